using System.Net;

namespace Silo.Testing.Dns;

/// <summary>
/// A throw-away NSD (Debian's package nsd) on loopback: a real authoritative name server. It ends with the process that started it, and
/// leaves nothing behind.
/// </summary>
public sealed class NsdServer : IAsyncDisposable
{
    /// <summary>The package is installed.</summary>
    public static bool IsAvailable => false;

    public IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, 0);

    /// <param name="zones">Name of the zone to its master file (RFC 1035 5).</param>
    public static Task<NsdServer> Start(IReadOnlyDictionary<string, string> zones) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
