using System.Globalization;

namespace Silo.Core.SenderAuthentication;

/// <summary>An IP address as a number, which networks are compared by. IPv4 fills the low 32 bits.</summary>
public readonly record struct IpNumber(bool IsV6, UInt128 Bits)
{
    private const int BitsOfV4 = 32;
    private const int BitsOfV6 = 128;

    /// <summary>
    /// IPv4 as four decimal numbers without leading zeros, IPv6 as in RFC 4291 2.2; one that stands for an IPv4 address
    /// (<c>::ffff:192.0.2.1</c>) is that address (RFC 7208 5).
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpNumber address)
    {
        var isRead = text.Contains(':') ? TryParseV6(text, out address) : TryParseV4(text, out address);
        if (isRead && address.IsV6 && address.Bits >> BitsOfV4 == 0xffff) address = new IpNumber(false, (uint)address.Bits);
        return isRead;
    }

    /// <summary>The same network of so many leading bits; addresses of the other family never are.</summary>
    public bool IsIn(IpNumber network, int prefixLength)
    {
        if (IsV6 != network.IsV6) return false;
        var rest = (IsV6 ? BitsOfV6 : BitsOfV4) - prefixLength;
        return rest >= BitsOfV6 || Bits >> rest == network.Bits >> rest;
    }

    /// <summary>As macros write it: decimal numbers, or of IPv6 all 32 digits, with dots between them (RFC 7208 7.3).</summary>
    public string ToDotted() => string.Join('.', Parts());

    /// <summary>Where its names are (RFC 1035 3.5, RFC 3596 2.5).</summary>
    public string ToPointerName() => string.Join('.', Parts().Reverse()) + (IsV6 ? ".ip6.arpa" : ".in-addr.arpa");

    private IEnumerable<string> Parts()
    {
        var (width, mask) = IsV6 ? (4, 0xf) : (8, 0xff);
        for (var at = (IsV6 ? BitsOfV6 : BitsOfV4) - width; at >= 0; at -= width)
        {
            var part = (int)(Bits >> at) & mask;
            yield return IsV6 ? part.ToString("x", CultureInfo.InvariantCulture) : part.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static bool TryParseV4(ReadOnlySpan<char> text, out IpNumber address)
    {
        address = default;
        uint bits = 0;
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (++parts > 4 || part.Length is 0 or > 3 || part.ContainsAnyExceptInRange('0', '9')) return false;
            if (part.Length > 1 && part[0] == '0') return false;
            var number = int.Parse(part, CultureInfo.InvariantCulture);
            if (number > 255) return false;
            bits = (bits << 8) | (uint)number;
        }

        address = new IpNumber(false, bits);
        return parts == 4;
    }

    private static bool TryParseV6(ReadOnlySpan<char> text, out IpNumber address)
    {
        address = default;
        var gap = text.IndexOf("::");
        if (gap < 0) return Groups(text, mayEndInV4: true, out var all, out var count) && count == 8 && Made(all, out address);
        if (text[(gap + 1)..].IndexOf("::") >= 0) return false;
        if (!Groups(text[..gap], mayEndInV4: false, out var high, out var before)) return false;
        if (!Groups(text[(gap + 2)..], mayEndInV4: true, out var low, out var after)) return false;
        // Two colons stand for one group at least.
        if (before + after > 7) return false;
        return Made((before == 0 ? UInt128.Zero : high << (16 * (8 - before))) | low, out address);
    }

    private static bool Made(UInt128 bits, out IpNumber address)
    {
        address = new IpNumber(true, bits);
        return true;
    }

    private static bool Groups(ReadOnlySpan<char> text, bool mayEndInV4, out UInt128 bits, out int count)
    {
        (bits, count) = (UInt128.Zero, 0);
        if (text.IsEmpty) return true;
        while (true)
        {
            var colon = text.IndexOf(':');
            var group = colon < 0 ? text : text[..colon];
            if (colon < 0 && mayEndInV4 && group.Contains('.'))
            {
                if (!TryParseV4(group, out var v4)) return false;
                (bits, count) = ((bits << BitsOfV4) | v4.Bits, count + 2);
                return count <= 8;
            }

            if (group.Length is 0 or > 4 || ++count > 8 || !TryHex(group, out var number)) return false;
            bits = (bits << 16) | number;
            if (colon < 0) return true;
            text = text[(colon + 1)..];
        }
    }

    private static bool TryHex(ReadOnlySpan<char> digits, out ushort number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigit(digit)) return false;
            number = (ushort)((number << 4) | (char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10));
        }

        return true;
    }
}
