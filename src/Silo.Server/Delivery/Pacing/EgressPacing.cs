using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Silo.Core.Ownership;
using Silo.Core.Pacing;
using Silo.Server.Egress;
using Silo.Server.Tenants;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// The budgets of this silo, account → pool → route (pool × provider) → tenant, as the plan of pools says, and the scheduler that shares
/// them. Owned by the dispatcher's loop.
/// </summary>
internal sealed class EgressPacing
{
    private readonly Dictionary<string, SharedLevel> _pools = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Pool, MailboxProvider Provider), PacedRoute> _routes = [];
    private readonly Dictionary<Lane, LaneQueue> _lanes = [];
    private readonly int _slotsPerTenant;
    private readonly TimeProvider _time;
    private readonly PacingClock _clock;
    private readonly long _origin;
    private EgressPlan _plan = new(0, [], []);

    public EgressPacing(DispatchOptions options, BudgetLimits account, TimeProvider time)
    {
        (_slotsPerTenant, _time, _origin) = (options.InFlightPerTenant, time, time.GetTimestamp());
        _clock = new PacingClock(ReadClocks());
        Parked = new ParkedRoutes(this);
        Scheduler = new EgressScheduler(
            new Budget(account with { InFlight = options.InFlight }, Now), Math.Max(options.Quantum, DispatchOptions.SmallestQuantum));
    }

    public EgressScheduler Scheduler { get; }

    /// <summary>The time that budgets go by; no jump of one clock moves it.</summary>
    public DateTimeOffset Now => _clock.Read(ReadClocks());

    public IEnumerable<PacedRoute> Routes => _routes.Values;

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

        foreach (var route in _routes.Values)
        {
            route.Apply(plan, now);
            SetOpen(route);
        }

        foreach (var lane in _lanes.Values.Where(l => l.Paced.Level != RouteOf(l.Key).Level).ToArray()) Move(lane);
    }

    public PacedTenant AddTenant(string name) =>
        Scheduler.AddTenant(name, new Budget(new BudgetLimits(InFlight: _slotsPerTenant), Now));

    public void Remove(PacedTenant tenant) => Scheduler.RemoveTenant(tenant);

    public void Add(LaneQueue lane)
    {
        lane.Paced = Scheduler.AddLane(
            lane.Tenant.Paced, lane.Key.Stream, RouteOf(lane.Key).Level, lane.Tenant.Providers.Find(lane.Key.Provider));
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
        var missing = Math.Max(lane.Ready - lane.Granted, 0) - lane.Paced.Due;
        if (missing > 0) Scheduler.AddDue(lane.Paced, missing, Now);
        else if (missing < 0) Scheduler.RemoveDue(lane.Paced, -missing);
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

    /// <summary>A budget of the tenant towards one provider, which its lanes to that provider pass from now on.</summary>
    public ProviderLevel AddProvider(PacedTenant tenant, MailboxProvider provider) =>
        Scheduler.AddProvider(tenant, $"warm-up × {provider.Name}", new Budget(BudgetLimits.None, Now));

    public void Remove(ProviderLevel provider) => Scheduler.RemoveProvider(provider);

    /// <summary>The route that mail of a lane takes. Mail whose pool is gone leaves as mail that names none.</summary>
    public PacedRoute RouteOf(LaneKey lane)
    {
        var pool = (_plan.PoolFor(lane.Pool) ?? _plan.PoolFor(null))!.Name;
        if (_routes.TryGetValue((pool, lane.Provider), out var route)) return route;
        var planned = _plan.Find(pool)!;
        if (!_pools.TryGetValue(pool, out var level))
        {
            _pools.Add(pool, level = Scheduler.AddLevel($"pool {pool}", new Budget(LimitsOf(planned), Now)));
            SetOpen(level, !planned.IsPaused(null));
        }

        _routes.Add((pool, lane.Provider), route = new PacedRoute(Scheduler, level, pool, lane.Provider, _plan, Now));
        SetOpen(route);
        return route;
    }

    public LaneReport ReportOf(LaneQueue lane)
    {
        var explanation = lane.Paced.Due > 0 ? Scheduler.Explain(lane.Paced, 1, Now) : default;
        return new LaneReport(
            lane.Key.Stream, RouteOf(lane.Key).Pool, lane.Key.Provider.Name, lane.Ready, lane.Count - lane.Ready,
            lane.Cursor != QueuePlace.End, NameOf(lane.Tenant, explanation.WaitsFor), explanation.Since, lane.Paced.Due > 0 ? explanation.EstimatedAt : null);
    }

    public BudgetReport ReportOf(SharedLevel level)
    {
        var use = level.Budget.Use(Now);
        var route = _routes.Values.FirstOrDefault(r => r.Level == level);
        var throttle = route?.Throttle(Now);
        var limits = use.Limits;
        return new BudgetReport(
            level.Name, limits.RatePerSecond, limits.RatePerSecond is null ? null : limits.Burst, use.Available, limits.PerDay, use.UsedToday,
            use.InFlight, limits.InFlight, use.IsClosed, level.BlockedSince, throttle?.Reason, throttle?.SlowedSince)
        {
            ParkedUntil = route?.Deferring?.RestsUntil, ParkedReason = route?.Deferring?.Reason,
        };
    }

    /// <summary>What a tenant's mail waits for, as people read it.</summary>
    public static string? NameOf(TenantQueue queue, PacingLevel? level) =>
        level == queue.Paced && queue.RestsFor == PermitShortage.WarmUp ? "warm-up" : level?.Name;

    /// <summary>Its mail has another way from now on; what is in hand ends where it began.</summary>
    public void Move(LaneQueue lane)
    {
        Remove(lane);
        Add(lane);
        Sync(lane);
    }

    private void SetOpen(PacedRoute route) =>
        SetOpen(route.Level, !route.IsResting && _plan.Find(route.Pool)?.IsPaused(route.Provider.Name) != true);

    private static BudgetLimits LimitsOf(SendingPool? pool) => pool?.Limits is { } limits
        ? new BudgetLimits(limits.RatePerSecond, limits.Burst ?? Math.Max(limits.RatePerSecond ?? 1, 1), limits.DailyQuota)
        : BudgetLimits.None;

    private LeaseInstant ReadClocks() => new(_time.GetElapsedTime(_origin), _time.GetUtcNow());
}
