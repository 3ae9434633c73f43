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
        return new Explanation(lane.Tenant.IsPaused, waitsFor, waitsFor is null ? null : lane.WaitsSince, EarliestAt(lane, position, now));
    }

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
        return earliest;
    }

    private static DateTimeOffset Later(DateTimeOffset earliest, Budget budget, int position, DateTimeOffset now)
    {
        var at = budget.EarliestFor(position, now);
        return at > earliest ? at : earliest;
    }
}
