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
        Look(level, now);
        return place;
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
