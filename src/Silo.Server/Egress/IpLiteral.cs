using System.Net;
using System.Net.Sockets;

namespace Silo.Server.Egress;

/// <summary>Addresses as they are given in requests and kept in the store.</summary>
internal static class IpLiteral
{
    private const int MaxLength = 45;

    /// <summary>
    /// The canonical form (RFC 5952 for IPv6) of an address that mail can leave from, or null when the text is none: IPv4 only as four
    /// decimal numbers; neither unspecified nor multicast nor broadcast; no zone, and no IPv4 address in the form of IPv6.
    /// </summary>
    public static string? Read(string? text)
    {
        if (text is null || text.Length > MaxLength || text.Contains('%') || text.Contains('[')) return null;
        if (!IPAddress.TryParse(text, out var address)) return null;
        var canonical = address.ToString();
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            // The parser also takes 127.1, 0x7f000001 and numbers in octal.
            var first = address.GetAddressBytes()[0];
            var isMulticast = first is >= 224 and <= 239;
            return canonical == text && first != 0 && !isMulticast && !address.Equals(IPAddress.Broadcast) ? canonical : null;
        }

        var cannotSend = address.Equals(IPAddress.IPv6Any) || address.IsIPv6Multicast || address.IsIPv4MappedToIPv6;
        return cannotSend ? null : canonical;
    }

    /// <summary>Others can see it: neither of this machine nor of a private network (RFC 1918, 4193, 6598).</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal) return false;
        return address.AddressFamily != AddressFamily.InterNetwork || address.GetAddressBytes() switch
        {
            [0, ..] or [10, ..] or [192, 168, ..] or [169, 254, ..] => false,
            [172, var second, ..] => second is < 16 or > 31,
            [100, var second, ..] => second is < 64 or > 127,
            _ => true,
        };
    }
}
