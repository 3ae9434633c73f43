namespace Silo.Core.Pacing;

// Source IPs of routes and pools.
public sealed partial class EgressScheduler
{
    /// <summary>Lets mail of a route or pool leave by one more source IP. Grants that name a source name it by its place.</summary>
    /// <returns>Its place in <see cref="SharedLevel.Sources"/>.</returns>
    public int AddSource(SharedLevel level, Budget source, DateTimeOffset now) => AddSource(level, source, null, now);

    /// <summary>As the other one, for an IP with a budget as a whole.</summary>
    /// <param name="source">The IP at this level: IP × provider, say. Each level has its own.</param>
    /// <param name="whole">The IP as a whole, the same for all routes that leave by it; null for none.</param>
    /// <returns>Its place in <see cref="SharedLevel.Sources"/>.</returns>
    public int AddSource(SharedLevel level, Budget source, Budget? whole, DateTimeOffset now)
    {
        if (whole is not null)
        {
            whole.Users ??= [];
            if (!whole.Users.Contains(level)) whole.Users.Add(level);
        }

        var place = level.AddSource(new Source(source, whole));
        level.LeavesBySource = true;
        Look(level, now);
        return place;
    }

    /// <summary>
    /// Whether mail of the level leaves by its sources alone, as it does from the first one on: then without any nothing leaves. If not, it
    /// leaves by the level's own budget, whatever sources there are.
    /// </summary>
    public void SetLeavesBySource(SharedLevel level, bool leavesBySource, DateTimeOffset now)
    {
        level.LeavesBySource = leavesBySource;
        Look(level, now);
    }

    /// <summary>
    /// The next units of a lane are to leave by one source as long as it has room; those behind them by whichever is next. Holds for its
    /// level as it is: a lane that is added elsewhere knows nothing of it.
    /// </summary>
    /// <param name="place">As <see cref="AddSource(SharedLevel, Budget, DateTimeOffset)"/> answered.</param>
    /// <param name="run">How many units it holds for, 0 for none. No grant reaches beyond them.</param>
    public void Prefer(Lane lane, int place, int run)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(run);
        if (run > 0) ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)place, (uint)lane.Level.SourceList.Count, nameof(place));
        lane.Preferred = (place, run);
    }

    /// <summary>Opens the budget of an IP as a whole that was closed: each route that leaves by it may go on.</summary>
    public void OpenWhole(Budget whole, DateTimeOffset now)
    {
        whole.IsClosed = false;
        LookAtUsers(whole, now);
    }

    /// <summary>Limits of an IP as a whole, for all that is reserved from now on.</summary>
    public void SetLimitsOfWhole(Budget whole, BudgetLimits limits, DateTimeOffset now)
    {
        now = Latest(now);
        whole.Change(limits, now);
        LookAtUsers(whole, now);
    }

    /// <summary>
    /// Nothing new leaves by the source. What is in hand goes on and is settled as ever: until then its place stays its own. A level whose
    /// sources are all removed lets nothing go. To drain an IP for a while, <see cref="Close"/> its budget, or that of the whole.
    /// </summary>
    public void RemoveSource(SharedLevel level, int place)
    {
        var source = level.SourceList[place];
        source.IsRemoved = true;
        if (source.Whole is { } whole && !level.SourceList.Exists(s => s.Whole == whole && !s.IsRemoved)) whole.Users!.Remove(level);
    }

    private void LookAtUsers(Budget budget, DateTimeOffset now)
    {
        if (budget.Users is not { } users) return;
        foreach (var level in users) Look(level, now);
    }
}
