using Silo.Server.Egress;

namespace Silo.Server.Tests.Delivery.Pacing;

/// <summary>Plans of pools and their addresses, as operators would make them.</summary>
internal static class Addresses
{
    private static long _version;

    /// <summary>One of the pool "news", unless it is put elsewhere.</summary>
    public static DedicatedIp Ip(string ip, Func<DedicatedIp, DedicatedIp>? with = null)
    {
        var made = new DedicatedIp
        {
            Ip = ip, PoolName = "news", CreatedAt = DateTimeOffset.UnixEpoch, HelloName = $"m{ip.Split('.')[^1]}.silo.test",
            WarmUp = IpWarmUp.Done(DateTimeOffset.UnixEpoch),
        };
        return with?.Invoke(made) ?? made;
    }

    /// <summary>The pools "news" and "other", with addresses.</summary>
    public static EgressPlan Plan(PoolLimits? limits, params DedicatedIp[] ips) => new(
        Interlocked.Increment(ref _version), [Pool("news") with { Limits = limits }, Pool("other") with { Limits = limits }], ips);

    public static EgressPlan Plan(params DedicatedIp[] ips) => Plan(null, ips);

    public static EgressPlan Nothing() => new(Interlocked.Increment(ref _version), [], []);

    public static SendingPool Pool(string name) => new() { Name = name, CreatedAt = DateTimeOffset.UnixEpoch };

    public static DedicatedIp Paused(this DedicatedIp ip, string? provider = null) =>
        ip with { Pauses = [new PoolPause(provider, "Listed.", DateTimeOffset.UnixEpoch)] };
}
