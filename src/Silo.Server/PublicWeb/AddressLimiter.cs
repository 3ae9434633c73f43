using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace Silo.Server.PublicWeb;

/// <summary>A token bucket for each address; of IPv6 for each /64, which is what one subscriber has. Idle ones are forgotten.</summary>
/// <param name="period">In which so many come back; null for a second.</param>
internal sealed class AddressLimiter(int perPeriod, int burst, TimeSpan? period = null) : IDisposable
{
    private readonly PartitionedRateLimiter<IPAddress> _limiter = PartitionedRateLimiter.Create<IPAddress, UInt128>(address =>
        RateLimitPartition.GetTokenBucketLimiter(KeyOf(address), _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst, TokensPerPeriod = perPeriod, ReplenishmentPeriod = period ?? TimeSpan.FromSeconds(1), QueueLimit = 0,
            // The partitions are replenished by one timer for all.
            AutoReplenishment = false,
        }));

    public bool Allows(IPAddress address)
    {
        using var lease = _limiter.AttemptAcquire(address);
        return lease.IsAcquired;
    }

    public void Dispose() => _limiter.Dispose();

    internal static UInt128 KeyOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        bytes.Clear();
        address.TryWriteBytes(bytes, out _);
        // The last octet tells the families apart: of IPv6 it is always clear.
        if (address.AddressFamily == AddressFamily.InterNetworkV6) bytes[8..].Clear();
        else bytes[15] = 1;
        return new UInt128(BitConverter.ToUInt64(bytes), BitConverter.ToUInt64(bytes[8..]));
    }
}
