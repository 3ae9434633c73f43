using System.Net;
using System.Net.Sockets;

namespace Silo.Server.Delivery.Mx;

/// <summary>Which addresses a stranger's name may lead us to.</summary>
internal static class MxAddress
{
    /// <summary>
    /// No address of this machine itself, of its link (where cloud platforms keep what is only for the machine), or of many machines.
    /// </summary>
    /// <param name="allowLoopback">Loopback counts as elsewhere.</param>
    public static bool IsElsewhere(IPAddress address, bool allowLoopback)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address)) return allowLoopback;
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return !address.Equals(IPAddress.IPv6Any) && !address.IsIPv6Multicast && !address.IsIPv6LinkLocal;
        var bytes = address.GetAddressBytes();
        // "This network" (0/8), link-local (169.254/16), multicast and reserved (224/3).
        return bytes[0] is not 0 and < 224 && !(bytes[0] == 169 && bytes[1] == 254);
    }
}
