using System.Net;
using System.Net.Sockets;

namespace Silo.Smtp.Server;

/// <summary>Who speaks on a connection.</summary>
/// <param name="address">IPv4 addresses as such, also where they came to a socket of IPv6.</param>
public sealed class SmtpPeer(IPAddress address)
{
    public IPAddress Address { get; } = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>What limits count: of IPv6 everybody has a whole /64 network.</summary>
    public IPAddress Network => NetworkOf(Address);

    /// <summary>What is said is encrypted from here on.</summary>
    public bool IsTls { get; internal set; }

    private static IPAddress NetworkOf(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
