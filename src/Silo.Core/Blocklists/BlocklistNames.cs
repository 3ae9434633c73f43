using System.Globalization;

namespace Silo.Core.Blocklists;

/// <summary>The names that lists are asked for (RFC 5782 2.1, 2.4 and 3).</summary>
public static class BlocklistNames
{
    /// <summary>The IPv4 address that every list of addresses has (RFC 5782 5).</summary>
    public static ReadOnlySpan<byte> TestAddress => [127, 0, 0, 2];

    /// <summary>The IPv4 address that none has, unless it lists everything (RFC 5782 5).</summary>
    public static ReadOnlySpan<byte> CleanAddress => [127, 0, 0, 1];

    /// <summary>The same of IPv6, ::ffff:7f00:1.</summary>
    public static ReadOnlySpan<byte> CleanAddress6 => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1];

    /// <param name="zone">The list.</param>
    /// <param name="address">4 or 16 bytes: octets in reverse, or the nibbles of all of them.</param>
    public static string Of(BlocklistZone zone, ReadOnlySpan<byte> address)
    {
        if (address.Length is not (4 or 16)) throw new ArgumentOutOfRangeException(nameof(address), address.Length, "4 or 16 bytes");
        var labels = new List<string>(33);
        for (var i = address.Length - 1; i >= 0; i--)
        {
            if (address.Length == 4)
            {
                labels.Add(address[i].ToString(CultureInfo.InvariantCulture));
                continue;
            }

            labels.Add((address[i] & 15).ToString("x", CultureInfo.InvariantCulture));
            labels.Add((address[i] >> 4).ToString("x", CultureInfo.InvariantCulture));
        }

        labels.Add(zone.QueryName);
        return string.Join('.', labels);
    }

    /// <param name="zone">The list.</param>
    /// <param name="domain">In A-labels, without a final dot.</param>
    public static string Of(BlocklistZone zone, string domain) => $"{domain}.{zone.QueryName}";
}
