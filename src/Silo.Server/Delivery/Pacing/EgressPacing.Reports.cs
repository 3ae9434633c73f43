using Silo.Core.Pacing;
using Silo.Server.Tenants;

namespace Silo.Server.Delivery.Pacing;

// What people ask: what mail passes, how much of it is in use, what it waits for.
internal sealed partial class EgressPacing
{
    public LaneReport ReportOf(LaneQueue lane)
    {
        var explanation = lane.Paced.Due > 0 ? Scheduler.Explain(lane.Paced, 1, Now) : default;
        return new LaneReport(
            lane.Key.Stream, lane.Route.Pool, lane.Key.Provider.Name, lane.Ready, lane.Count - lane.Ready,
            lane.Cursor != QueuePlace.End, NameOf(lane.Tenant, explanation.WaitsFor), explanation.Since,
            lane.Paced.Due > 0 ? explanation.EstimatedAt : null);
    }

    public BudgetReport ReportOf(SharedLevel level)
    {
        var route = _routesByLevel.GetValueOrDefault(level);
        return ReportOf(level.Name, level.Budget, route?.Pace) with
        {
            BlockedSince = level.BlockedSince, ParkedUntil = route?.Deferring?.RestsUntil, ParkedReason = route?.Deferring?.Reason,
        };
    }

    /// <summary>The addresses by which mail of some routes leaves, each as a whole once, and towards each provider.</summary>
    public IEnumerable<BudgetReport> ReportSources(IEnumerable<PacedRoute> routes)
    {
        var sources = routes.SelectMany(r => r.Sources).ToArray();
        foreach (var address in sources.Select(s => s.Address).Distinct()) yield return ReportOf(address);
        foreach (var source in sources) yield return ReportOf(source);
    }

    public IReadOnlyList<BudgetReport> ReportOfPool(string pool)
    {
        if (!_pools.TryGetValue(pool, out var level)) return [];
        var routes = _routes.Values.Where(r => r.Pool == pool).OrderBy(r => r.Provider.Name, StringComparer.Ordinal).ToArray();
        return [ReportOf(level), .. routes.Select(r => ReportOf(r.Level)), .. ReportSources(routes)];
    }

    public IReadOnlyList<BudgetReport> ReportOfAddress(string ip) => _addresses.Find(ip) is { } address
        ? [ReportOf(address), .. _routes.Values.SelectMany(r => r.Sources).Where(s => s.Address == address).Select(ReportOf)]
        : [];

    /// <summary>What a tenant's mail waits for, as people read it.</summary>
    public string? NameOf(TenantQueue queue, PacingLevel? level)
    {
        if (level == queue.Paced && queue.RestsFor == PermitShortage.WarmUp) return "warm-up";
        if (level is ProviderLevel && queue.Providers.IsParked(level))
            return level.Name.Replace("warm-up", "finding", StringComparison.Ordinal);
        if (level is SharedLevel lacking && LacksShareOf(lacking) is { } share) return share;
        return level is SharedLevel shared && _routesByLevel.TryGetValue(shared, out var route) ? route.WaitsFor() : level?.Name;
    }

    private BudgetReport ReportOf(PacedAddress address) =>
        ReportOf(address.Key.ToString(), address.Whole, null) with { ClosedFor = address.ClosedFor };

    private BudgetReport ReportOf(PacedSource source)
    {
        var report = ReportOf(source.Pace.Key.ToString(), source.Pace.Budget, source.Pace);
        return report with { IsClosed = !source.IsOpen, ClosedFor = source.ClosedFor };
    }

    private BudgetReport ReportOf(string name, Budget budget, PacedBudget? pace)
    {
        var (use, throttle) = (budget.Use(Now), pace?.Throttle(Now));
        var limits = use.Limits;
        return new BudgetReport(
            name, limits.RatePerSecond, limits.RatePerSecond is null ? null : limits.Burst, use.Available, limits.PerDay, use.UsedToday,
            use.InFlight, limits.InFlight, use.IsClosed, null, throttle?.Reason, throttle?.SlowedSince);
    }
}
