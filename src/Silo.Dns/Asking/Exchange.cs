using Silo.Dns.Wire;

namespace Silo.Dns.Asking;

internal enum ExchangeKind
{
    Answered,

    /// <summary>Nothing came that answers our question.</summary>
    TimedOut,

    /// <summary>The network or the server's machine says that there is no server.</summary>
    Unreachable,

    /// <summary>The answer breaks the format, or ended before it was whole.</summary>
    Malformed,
}

/// <summary>One question to one server and what became of it.</summary>
/// <param name="Kind">See there.</param>
/// <param name="Response">When Answered.</param>
/// <param name="Bytes">Of the response.</param>
/// <param name="Fault">When not answered: follows the server's name.</param>
internal readonly record struct Exchange(ExchangeKind Kind, Response? Response = null, int Bytes = 0, string? Fault = null)
{
    public bool IsTruncated => Response is { IsTruncated: true };

    /// <summary>RFC 6891 7: a server that does not know the extensions says that it cannot read the question.</summary>
    public bool RefusesExtensions => Response?.Code is ResponseCode.FormatError or ResponseCode.NotImplemented or ResponseCode.BadVersion;

    public static Exchange Failed(ExchangeKind kind, string fault) => new(kind, Fault: fault);
}
