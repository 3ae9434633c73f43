using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Silo.Core.Blocklists;

/// <summary>The IPv4 address that a list answers with: it stands for a message, not for a host (RFC 5782 2.3).</summary>
/// <param name="Value">The four octets, the first one highest.</param>
public readonly record struct BlocklistCode(uint Value)
{
    public static BlocklistCode Of(ReadOnlySpan<byte> octets) =>
        new((uint)octets[0] << 24 | (uint)octets[1] << 16 | (uint)octets[2] << 8 | octets[3]);

    /// <summary>Four decimal numbers with dots and nothing else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out BlocklistCode code)
    {
        code = default;
        if (text?.Split('.') is not { Length: 4 } parts) return false;
        uint value = 0;
        foreach (var part in parts)
        {
            if (part.Length is 0 or > 3 || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var octet)) return false;
            value = value << 8 | octet;
        }

        code = new BlocklistCode(value);
        return true;
    }

    /// <summary>127.0.0.0/8. What is outside was not meant as a code: a name that was taken over, a resolver that makes up answers.</summary>
    public bool IsLoopback => Value >> 24 == 127;

    /// <summary>127.255.255.0/24: the list did not look (Spamhaus, "return codes").</summary>
    public bool IsRefusal => Value >> 8 == 0x7FFFFF;

    /// <summary>127.0.0.1: URIBL and SURBL refuse with it, and RFC 5782 5 keeps it out of the lists.</summary>
    public bool IsOne => Value == 0x7F000001;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Value >> 24}.{(Value >> 16) & 255}.{(Value >> 8) & 255}.{Value & 255}");
}

/// <summary>Codes from one to another, both included.</summary>
public readonly record struct CodeRange(BlocklistCode First, BlocklistCode Last)
{
    public bool Contains(BlocklistCode code) => code.Value >= First.Value && code.Value <= Last.Value;

    /// <summary>As "127.0.0.2" or "127.0.0.2-127.0.0.11", within 127.0.0.0/8 and without refusals.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out CodeRange range)
    {
        range = default;
        var parts = text?.Split('-');
        if (parts is not { Length: 1 or 2 } || !BlocklistCode.TryParse(parts[0], out var first)) return false;
        if (!BlocklistCode.TryParse(parts[^1], out var last)) return false;
        range = new CodeRange(first, last);
        return first.Value <= last.Value && first.IsLoopback && last.IsLoopback && !first.IsRefusal && !last.IsRefusal;
    }
}
