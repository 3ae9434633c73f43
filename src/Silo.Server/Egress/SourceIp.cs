using System.Collections.Frozen;
using System.Net;
using Silo.Core.WarmUp;

namespace Silo.Server.Egress;

/// <summary>A source address with its pool and its plans, made ready for use; it does not change.</summary>
public sealed class SourceIp
{
    private readonly FrozenDictionary<string, WarmUpPlan> _providerPlans;

    internal SourceIp(DedicatedIp ip, SendingPool pool)
    {
        Document = ip;
        Pool = pool;
        Address = IPAddress.Parse(ip.Ip);
        WarmUp = ip.WarmUp.IsDone ? null : ip.WarmUp.Plan(pool.IsManaged);
        _providerPlans = WarmUp is null || pool.IsManaged || ip.WarmUp.ProviderCaps is not { } caps
            ? FrozenDictionary<string, WarmUpPlan>.Empty
            : PlansOf(caps, WarmUp.Mode);
    }

    public DedicatedIp Document { get; }

    public SendingPool Pool { get; }

    public IPAddress Address { get; }

    /// <summary>The plan that paces the address from <see cref="IpWarmUp.StartedAt"/> on; null when it was declared warm.</summary>
    public WarmUpPlan? WarmUp { get; }

    /// <summary>The plan towards one provider, which holds beside <see cref="WarmUp"/>; null without one.</summary>
    public WarmUpPlan? WarmUpTowards(string provider) => _providerPlans.GetValueOrDefault(provider);

    private static FrozenDictionary<string, WarmUpPlan> PlansOf(IReadOnlyDictionary<string, IReadOnlyList<long>> caps, WarmUpMode mode)
    {
        var plans = new Dictionary<string, WarmUpPlan>(caps.Count, StringComparer.Ordinal);
        foreach (var (provider, days) in caps)
            if (WarmUpPlan.Create(days, mode).Plan is { } plan) plans.Add(provider, plan);
        return plans.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
