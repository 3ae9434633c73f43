namespace Silo.Core.Pacing;

// What people ask: why it has not left, and when it will.
public sealed partial class EgressScheduler
{
    /// <param name="position">The unit's place in its lane, 1 for the next.</param>
    public Explanation Explain(Lane lane, int position, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(position, 1);
        now = Latest(now);
        var waitsFor = lane.Due > 0 ? WaitsFor(lane) : null;
        var earliest = EarliestAt(lane, position, now);
        return new Explanation(lane.Tenant.IsPaused, waitsFor, waitsFor is null ? null : lane.WaitsSince, earliest)
        {
            EstimatedAt = EstimatedAt(lane, position, earliest, now),
        };
    }

    /// <summary>
    /// The sum of the weights of the tenants with mail due that leads through the level: what a silo names when it asks for a share
    /// (<see cref="ShareRequest.Demand"/>).
    /// </summary>
    public double DemandOf(SharedLevel level) => level.Demand;

    private static PacingLevel WaitsFor(Lane lane)
    {
        if (lane.WaitsAt is not { } turn) return lane.Provider!;
        if (lane.Tenant.IsPaused || (turn.Parent is null && lane.Tenant.IsBlocked)) return lane.Tenant;
        // A level that has room itself can wait for one around it.
        for (var level = turn.Level; level is not null; level = level.Parent)
        {
            if (level.IsBlocked) return level;
        }

        return turn.Level;
    }

    private static DateTimeOffset EarliestAt(Lane lane, int position, DateTimeOffset now)
    {
        var earliest = lane.Tenant.Budget.EarliestFor(position, now);
        if (lane.Provider is { } provider) earliest = Later(earliest, provider.Budget, position, now);
        for (var level = lane.Level; level is not null; level = level.Parent) earliest = Later(earliest, level.Budget, position, now);
        return lane.Level.LeavesBySource
            ? Later(earliest, lane.Level.SourceList.Select(s => s.EarliestFor(1, now)).DefaultIfEmpty(DateTimeOffset.MaxValue).Min())
            : earliest;
    }

    private static DateTimeOffset EstimatedAt(Lane lane, int position, DateTimeOffset earliest, DateTimeOffset now)
    {
        for (var turn = lane.Leaf; turn is not null; turn = turn.Parent)
        {
            var level = turn.Level;
            if (level.HasRoom(now)) continue;
            var share = lane.Tenant.Weight / Math.Max(level.Demand, lane.Tenant.Weight) * turn.PartOf(lane);
            var units = Math.Min(Math.Ceiling(position / share), int.MaxValue);
            earliest = Later(earliest, level.Budget, (long)units, now);
            if (level.LeavesBySource) earliest = Later(earliest, EstimatedBySources(level, units, now));
        }

        return earliest;
    }

    /// <summary>As if each source that lets mail go took its part of it by its rate.</summary>
    private static DateTimeOffset EstimatedBySources(SharedLevel level, double units, DateTimeOffset now)
    {
        var sum = level.SourceList.Sum(RateOf);
        return level.SourceList.Where(s => RateOf(s) > 0)
            .Select(s => s.EarliestFor((long)Math.Ceiling(double.IsInfinity(sum) ? 1 : units * RateOf(s) / sum), now))
            .DefaultIfEmpty(DateTimeOffset.MaxValue).Min();
    }

    private static double RateOf(Source source) =>
        source.IsRemoved || source.Budget.IsClosed || source.Whole?.IsClosed == true ? 0
            : Math.Min(source.Budget.Limits.RatePerSecond ?? double.PositiveInfinity, source.Whole?.Limits.RatePerSecond ?? double.PositiveInfinity);

    private static DateTimeOffset Later(DateTimeOffset earliest, Budget budget, long position, DateTimeOffset now) =>
        Later(earliest, budget.EarliestFor(position, now));

    private static DateTimeOffset Later(DateTimeOffset earliest, DateTimeOffset at) => at > earliest ? at : earliest;
}
