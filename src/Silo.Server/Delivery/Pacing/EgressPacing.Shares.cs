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
    public GrantHold HoldOf(in Grant grant) => new(
        ReadClocks(), _shares is null ? [] : _shares.HoldsOf(grant.Lane.Level, grant.Source < 0 ? null : grant.Lane.Level.Sources[grant.Source]));

    /// <summary>As the plan is now.</summary>
    private void FollowShares()
    {
        if (_shares is null) return;
        var keys = new HashSet<BudgetKey>();
        Follow(PoolKey.Account, "", BudgetKey.Account, Scheduler.Account, Scheduler.Account.Budget, _account);
        foreach (var (name, level) in _pools)
            Follow(PoolKey.OfPool(name), "", BudgetKey.OfPool(name), level, level.Budget, LimitsOf(_plan.Find(name)));
        foreach (var route in _routes.Values)
        {
            var pool = PoolKey.OfPool(route.Pool);
            Follow(pool, PoolKey.OfRoute(route.Provider.Name), route.Pace.Key, route.Level, route.Pace.Budget, route.Pace.Planned);
            foreach (var source in route.Sources)
            {
                var name = PoolKey.OfSource(source.Pace.Key.Name, route.Provider.Name);
                Follow(pool, name, source.Pace.Key, route.Level, source.Pace.Budget, source.Pace.Planned);
            }
        }

        _shares.Keep(keys);

        void Follow(string pool, string name, BudgetKey key, SharedLevel level, Budget budget, BudgetLimits planned)
        {
            keys.Add(key);
            _shares.Follow(pool, name, key, level, budget, planned);
        }
    }

    /// <summary>The budget of which this silo lacks its share, when that is what holds up mail at a level; null when it is not.</summary>
    private string? LacksShareOf(SharedLevel level)
    {
        if (Lacks(level.Budget)) return $"share of {level.Name}";
        if (!level.LeavesBySource || !_routesByLevel.TryGetValue(level, out var route)) return null;
        var open = route.Sources.Where(s => s.IsOpen).ToArray();
        return open.Length > 0 && open.All(s => Lacks(s.Pace.Budget)) ? $"share of {open[0].Pace.Key}" : null;

        static bool Lacks(Budget budget) => budget.LacksShare || budget.LacksBlock;
    }
}
