using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Silo.Core.Ownership;
using Silo.Core.Pacing;
using Silo.Server.Egress;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// The budgets of this silo, account → pool → route (pool × provider) → tenant, as the plan of pools says, and the scheduler that shares
/// them. Owned by the dispatcher's loop.
/// </summary>
internal sealed partial class EgressPacing
{
    private readonly Dictionary<string, SharedLevel> _pools = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Pool, MailboxProvider Provider), PacedRoute> _routes = [];
    private readonly Dictionary<SharedLevel, PacedRoute> _routesByLevel = [];
    private readonly PacedAddresses _addresses;
    private readonly Dictionary<Lane, LaneQueue> _lanes = [];
    private readonly int _slotsPerTenant;
    private readonly int _slots;
    private readonly AccountLimits _account;
    private readonly int _quantum;
    private readonly TimeProvider _time;
    private readonly PacingClock _clock;
    private EgressPlan _plan = new(0, [], []);

    /// <param name="transport">The way out.</param>
    /// <param name="host">The host that this silo runs on.</param>
    public EgressPacing(DispatchOptions options, AccountLimits account, ITransport transport, string host, TimeProvider time)
    {
        (_slotsPerTenant, _slots, _account, _time) = (options.InFlightPerTenant, options.InFlight, account, time);
        _quantum = Math.Max(options.Quantum, DispatchOptions.SmallestQuantum);
        _clock = new PacingClock(ReadClocks());
        Scheduler = new EgressScheduler(new Budget(account.Current with { InFlight = _slots }, Now), _quantum);
        _addresses = new PacedAddresses(Scheduler, transport, host);
        Parked = new ParkedRoutes(this);
    }

    public EgressScheduler Scheduler { get; }

    /// <summary>The time that budgets go by; no jump of one clock moves it.</summary>
    public DateTimeOffset Now => _clock.Read(ReadClocks());

    public ParkedRoutes Parked { get; }

    /// <summary>Another plan of pools holds from now on.</summary>
    public void Apply(EgressPlan plan)
    {
        _plan = plan;
        var now = Now;
        foreach (var (name, level) in _pools)
        {
            Scheduler.SetLimits(level, LimitsOf(plan.Find(name)), now);
            SetOpen(level, plan.Find(name)?.IsPaused(null) != true);
        }

        _addresses.Follow(plan, now);
        foreach (var route in _routes.Values)
        {
            route.Apply(plan.Find(route.Pool), _addresses.Of(plan, route.Pool), now);
            SetOpen(route);
        }

        FollowShares();
        foreach (var lane in _lanes.Values.Where(l => l.Route != RouteOf(l.Key)).ToArray()) Move(lane);
    }

    /// <summary>To be called each second: throttles and rests end by time, and what is gone is forgotten when nothing of it is in hand.</summary>
    public void Refresh()
    {
        var now = Now;
        if (_addresses.Refresh(now)) Choose();
        var account = _account.Current with { InFlight = _slots };
        if (account != Scheduler.Account.Budget.Limits) Scheduler.SetLimits(Scheduler.Account, account, now);
        foreach (var route in _routes.Values)
        {
            route.Refresh(now);
            if (_plan.Find(route.Pool) is not null || !route.IsIdle) continue;
            _routes.Remove((route.Pool, route.Provider));
            _routesByLevel.Remove(route.Level);
            Parked.Forget(route);
            Scheduler.RemoveLevel(route.Level);
        }

        foreach (var (name, level) in _pools)
        {
            if (_plan.Find(name) is not null || _routes.Keys.Any(r => r.Pool == name)) continue;
            _pools.Remove(name);
            Scheduler.RemoveLevel(level);
        }

        _addresses.Prune(_plan);
        FollowShares();
    }

    /// <summary>Whether mail can name a pool.</summary>
    public bool Knows(string pool) => _plan.Find(pool) is not null;

    /// <summary>False for a route whose pool is gone, and with it all of its mail.</summary>
    public bool Knows(PacedRoute route) => _routesByLevel.ContainsKey(route.Level);

    /// <summary>Nothing can leave from an address until then, by the time of budgets. True when that is news.</summary>
    public bool Failed(PacedAddress address, string reason, DateTimeOffset until)
    {
        var isNews = address.Failed(reason, until, Now);
        Choose();
        return isNews;
    }

    public PacedTenant AddTenant(string name) =>
        Scheduler.AddTenant(name, new Budget(new BudgetLimits(InFlight: _slotsPerTenant), Now));

    public void Remove(PacedTenant tenant) => Scheduler.RemoveTenant(tenant);

    public void Add(LaneQueue lane)
    {
        lane.Route = RouteOf(lane.Key);
        lane.Paced = Scheduler.AddLane(
            lane.Tenant.Paced, lane.Key.Stream, lane.Route.Level, lane.Tenant.Providers.Find(lane.Key));
        _lanes.Add(lane.Paced, lane);
    }

    public void Remove(LaneQueue lane)
    {
        _lanes.Remove(lane.Paced);
        Scheduler.RemoveLane(lane.Paced);
    }

    public LaneQueue LaneOf(in Grant grant) => _lanes[grant.Lane];

    /// <summary>Makes pacing know how many units of a lane may leave, and are not granted yet.</summary>
    public void Sync(LaneQueue lane)
    {
        var missing = (lane.IsHeld || lane.IsStranded ? 0 : Math.Max(lane.Ready - lane.Granted, 0)) - lane.Paced.Due;
        if (missing > 0) Scheduler.AddDue(lane.Paced, missing, Now);
        else if (missing < 0) Scheduler.RemoveDue(lane.Paced, -missing);
        // Behind what is granted other units come first than those that are known.
        if (lane.Granted == 0 && lane.CountPreferring(_quantum) is { } run) Scheduler.Prefer(lane.Paced, Math.Max(lane.Preferred, 0), run);
    }

    /// <summary>Whoever sets limits through the cluster client may have checked nothing; this silo must not fall over it.</summary>
    public void SetWeight(PacedTenant tenant, double weight)
    {
        var allowed = double.IsNaN(weight) ? 1 : Math.Clamp(weight, EgressScheduler.MinWeight, EgressScheduler.MaxWeight);
        if (allowed != tenant.Weight) Scheduler.SetWeight(tenant, allowed);
    }

    public void SetOpen(PacingLevel level, bool open)
    {
        if (open != level.Budget.IsClosed) return;
        if (open) Scheduler.Open(level, level.Budget, Now);
        else Scheduler.Close(level.Budget);
    }

    /// <summary>A route rests, or is tried, or works again.</summary>
    public void Follow(PacedRoute route)
    {
        route.FollowRest(Now);
        SetOpen(route);
    }

    /// <summary>A budget of the tenant towards one provider, which lanes of it pass from now on.</summary>
    public ProviderLevel AddProvider(PacedTenant tenant, string name) =>
        Scheduler.AddProvider(tenant, name, new Budget(BudgetLimits.None, Now));

    public void Remove(ProviderLevel provider) => Scheduler.RemoveProvider(provider);

    /// <summary>The way that was granted. The source is null where mail leaves by no address of its pool, or when it is gone since.</summary>
    public (PacedRoute Route, PacedSource? Source) WayOf(in Grant grant)
    {
        var route = _routesByLevel[grant.Lane.Level];
        return (route, route.SourceOf(grant));
    }

    /// <summary>The route that mail of a lane takes. Mail whose pool is gone leaves as mail that names none.</summary>
    private PacedRoute RouteOf(LaneKey lane)
    {
        var pool = (_plan.PoolFor(lane.Pool) ?? _plan.PoolFor(null))!.Name;
        if (_routes.TryGetValue((pool, lane.Provider), out var route)) return route;
        var planned = _plan.Find(pool)!;
        if (!_pools.TryGetValue(pool, out var level))
        {
            _pools.Add(pool, level = Scheduler.AddLevel(BudgetKey.OfPool(pool).ToString(), new Budget(LimitsOf(planned), Now)));
            SetOpen(level, !planned.IsPaused(null));
        }

        route = new PacedRoute(Scheduler, level, planned, lane.Provider, _addresses.Of(_plan, pool), Now);
        _routes.Add((pool, lane.Provider), route);
        _routesByLevel.Add(route.Level, route);
        SetOpen(route);
        FollowShares();
        return route;
    }

    /// <summary>Its mail has another way from now on; what is in hand ends where it began.</summary>
    public void Move(LaneQueue lane)
    {
        Remove(lane);
        Add(lane);
        Sync(lane);
    }

    private void SetOpen(PacedRoute route) =>
        SetOpen(route.Level, !route.IsResting && _plan.Find(route.Pool)?.IsPaused(route.Provider.Name) != true);

    private static BudgetLimits LimitsOf(SendingPool? pool) => pool?.Limits?.ToBudget() ?? BudgetLimits.None;

    private void Choose()
    {
        foreach (var route in _routes.Values) route.Choose();
    }

    /// <summary>Both clocks of this machine; on any thread.</summary>
    public LeaseInstant ReadClocks() => new(_time.GetElapsedTime(0), _time.GetUtcNow());
}
