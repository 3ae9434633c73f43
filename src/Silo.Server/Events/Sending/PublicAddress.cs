using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Silo.Server.Events.Sending;

/// <summary>
/// Which addresses a stranger's URL may lead this server to: those of the public Internet (IANA special-purpose address registries), and
/// the networks that the operator allows.
/// </summary>
internal sealed class PublicAddress(bool allowsAll, IReadOnlyList<IPNetwork> allowed)
{
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
            // Public by its number, but the metadata service of a cloud, from inside of it.
            "168.63.129.16/32",
            // IETF protocol assignments (Teredo among them), documentation.
            "2001::/23", "2001:db8::/32", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    public static PublicAddress Of(PublishingOptions options) =>
        new(options.AllowPrivateAddresses, [.. options.AllowedNetworks.Select(IPNetwork.Parse)]);

    public bool Allows(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return allowsAll || allowed.Any(n => n.Contains(address)) || IsPublic(address);
    }

    private static bool IsPublic(IPAddress address)
    {
        if (NotPublic.Any(n => n.Contains(address))) return false;
        if (address.AddressFamily == AddressFamily.InterNetwork) return true;
        // These carry an IPv4 address, and lead to it.
        if (Nat64.Contains(address)) return IsPublic(Within(address, 12));
        if (SixToFour.Contains(address)) return IsPublic(Within(address, 2));
        return GlobalUnicast.Contains(address);
    }

    private static IPAddress Within(IPAddress address, int at)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(four, BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]));
        return new IPAddress(four);
    }
}
