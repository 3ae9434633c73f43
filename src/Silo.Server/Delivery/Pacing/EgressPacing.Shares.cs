using Silo.Core.Delivery;
using Silo.Core.Pacing;
using Silo.Server.Egress.Sharing;

namespace Silo.Server.Delivery.Pacing;

// Which of the budgets all silos keep together, and what mail waits for that has no share of one.
internal sealed partial class EgressPacing
{
    // Null: this silo keeps all limits by itself.
    private EgressShares? _shares;

    /// <summary>From now on this silo has of limits what their owners lease to it.</summary>
    public void ShareBy(EgressShares shares)
    {
        _shares = shares;
        FollowShares();
    }

    /// <summary>To be kept with what was granted, and asked before it starts.</summary>
    public GrantHold HoldOf(in Grant grant)
    {
        if (_shares is null) return new GrantHold(ReadClocks(), []);
        var source = WayOf(grant).Source;
        return new GrantHold(ReadClocks(), _shares.HoldsOf(grant.Lane.Level, source?.Pace.Budget, source?.Address.Whole));
    }

    /// <summary>Mail that left by a source has ended: warm-ups go by that.</summary>
    public void Count(PacedSource source, DeliveryResult result)
    {
        var isDelivered = result.Kind is DeliveryResultKind.Delivered or DeliveryResultKind.HandedOver;
        var isRefused = result.Kind == DeliveryResultKind.Blocked || result.DeferralScope == DeferralScope.SlowDown;
        if (_shares is null || (!isDelivered && !isRefused)) return;
        _shares.Count(source.Pace.Budget, isDelivered ? 1 : 0, isRefused ? 1 : 0);
        _shares.Count(source.Address.Whole, isDelivered ? 1 : 0, isRefused ? 1 : 0);
    }

    /// <summary>As the plan is now.</summary>
    private void FollowShares()
    {
        if (_shares is null) return;
        var keys = new HashSet<BudgetKey>();
        Follow(PoolKey.Account, "", BudgetKey.Account, Scheduler.Account, Scheduler.Account.Budget, _account.Configured);
        foreach (var (name, level) in _pools)
            Follow(PoolKey.OfPool(name), "", BudgetKey.OfPool(name), level, level.Budget, LimitsOf(_plan.Find(name)));
        foreach (var route in _routes.Values)
        {
            var pool = PoolKey.OfPool(route.Pool);
            Follow(pool, PoolKey.OfRoute(route.Provider.Name), route.Pace.Key, route.Level, route.Pace.Budget, route.Pace.Planned);
            foreach (var source in route.Sources)
            {
                var name = PoolKey.OfSource(source.Pace.Key.Name, route.Provider.Name);
                var towards = WarmUpTerms.Of(source.Address.Ip, route.Provider.Name) is { } terms && !terms.IsOver(Now);
                Follow(pool, name, source.Pace.Key, route.Level, source.Pace.Budget, source.Pace.Planned, towards);
            }
        }

        foreach (var routes in _routes.Values.SelectMany(r => r.Sources.Select(s => (Route: r, s.Address))).GroupBy(r => r.Address))
        {
            var address = routes.Key;
            if (WarmUpTerms.Of(address.Ip, "") is not { } terms || terms.IsOver(Now)) continue;
            keys.Add(address.Key);
            _shares.Follow(
                PoolKey.OfPool(address.Ip.Pool.Name), PoolKey.OfAddress(address.Key.Name), address.Key,
                [.. routes.Select(r => r.Route.Level)], address.Whole, BudgetLimits.None, isWarmingUp: true);
        }

        _shares.Keep(keys);

        void Follow(string pool, string name, BudgetKey key, SharedLevel level, Budget budget, BudgetLimits planned, bool isWarmingUp = false)
        {
            keys.Add(key);
            _shares.Follow(pool, name, key, [level], budget, planned, isWarmingUp);
        }
    }

    /// <summary>The budget of which this silo lacks its share, when that is what holds up mail at a level; null when it is not.</summary>
    private string? LacksShareOf(SharedLevel level)
    {
        if (Lacks(level.Budget)) return $"share of {level.Name}";
        if (!level.LeavesBySource || !_routesByLevel.TryGetValue(level, out var route)) return null;
        var open = route.Sources.Where(s => s.IsOpen).ToArray();
        if (open.Length == 0) return null;
        // Where all wait for their next hour, the first one says so for all.
        if (open.All(s => IsAtCap(s.Pace.Budget) || IsAtCap(s.Address.Whole)))
            return $"warm-up of {(IsAtCap(open[0].Address.Whole) ? open[0].Address.Key : open[0].Pace.Key)}";
        return open.All(s => Lacks(s.Pace.Budget) || Lacks(s.Address.Whole)) ? $"share of {open[0].Pace.Key}" : null;

        bool IsAtCap(Budget budget) => budget.LeasedQuota is { Left: 0 } quota && quota.IsUsedUp(Now);

        bool Lacks(Budget budget) => budget.LacksShare || budget.LacksBlock(Now);
    }
}
