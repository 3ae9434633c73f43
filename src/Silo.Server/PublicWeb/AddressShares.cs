using System.Net;

namespace Silo.Server.PublicWeb;

/// <summary>
/// How many connections each address has; of IPv6 each /64. What is exempt is not counted: proxies that are trusted bring connections of many,
/// and the machine itself is none of the world. Safe for several threads.
/// </summary>
/// <param name="most">At a time from one address.</param>
internal sealed class AddressShares(int most, IReadOnlyList<IPNetwork> exempt)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, int> _byAddress = [];

    /// <summary>Takes a place; each that was taken is to be given back with <see cref="Give"/>.</summary>
    public bool TryTake(IPAddress address)
    {
        if (IsExempt(address)) return true;
        var key = AddressLimiter.KeyOf(address);
        lock (_lock)
        {
            var has = _byAddress.GetValueOrDefault(key);
            if (has >= most) return false;
            _byAddress[key] = has + 1;
            return true;
        }
    }

    public void Give(IPAddress address)
    {
        if (IsExempt(address)) return;
        var key = AddressLimiter.KeyOf(address);
        lock (_lock)
        {
            if (--_byAddress[key] == 0) _byAddress.Remove(key);
        }
    }

    private bool IsExempt(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IPAddress.IsLoopback(plain) || exempt.Any(n => n.Contains(plain));
    }
}
