namespace Silo.Storage.Insights;

/// <summary>
/// A stretch of acceptances, up to the next slice's first. So the slice of a message follows from its id alone. A slice ends with its hour or
/// at 65,536 rows: what comes in within it lands near by, however many tenants it is of, and what one tenant has in a month lies in as many
/// places as there are slices.
/// </summary>
/// <param name="FirstMs">The first instant of acceptance that is its own, in milliseconds since 1970.</param>
/// <param name="LastMs">The latest acceptance in it.</param>
/// <param name="Day">The day whose table it lies in, days since the year 1.</param>
internal sealed record InsightSlice(long Number, long FirstMs, long LastMs, int Day, long Rows)
{
    public const long MaxRows = 65_536;

    private const long MaxMs = 3_600_000;

    public string Table => TableOf(Day);

    public static string TableOf(int day) => FormattableString.Invariant($"insights_{day}");

    public static int DayOf(long ms) => (int)(DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcTicks / TimeSpan.TicksPerDay);

    /// <summary>The slice that is to begin before rows of these acceptances are written; null when none is.</summary>
    public static InsightSlice? Next(IReadOnlyList<InsightSlice> slices, long firstMs, long lastMs)
    {
        if (slices.Count == 0) return new(1, firstMs, firstMs, DayOf(lastMs), 0);
        var newest = slices[^1];
        if (newest.Rows < MaxRows && lastMs - newest.FirstMs < MaxMs && DayOf(lastMs) <= newest.Day) return null;
        // Behind all that is there: the slice of what was written must not change.
        var begins = Math.Max(Math.Max(newest.LastMs, newest.FirstMs) + 1, firstMs);
        return begins > lastMs ? null : new(newest.Number + 1, begins, begins, Math.Max(newest.Day, DayOf(lastMs)), 0);
    }

    /// <summary>Index of the slice of an acceptance; -1 for one before all of them.</summary>
    public static int Find(IReadOnlyList<InsightSlice> slices, long acceptedMs)
    {
        var (low, high) = (0, slices.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (slices[middle].FirstMs <= acceptedMs) low = middle + 1;
            else high = middle;
        }

        return low - 1;
    }

    /// <summary>The oldest day of which all was accepted before the instant; null when there is none. The newest stays: others go on from it.</summary>
    public static int? DayToDrop(IReadOnlyList<InsightSlice> slices, long cutoffMs) =>
        slices.Count > 0 && slices[0].Day is var oldest && oldest != slices[^1].Day
        && slices.TakeWhile(s => s.Day == oldest).All(s => s.LastMs < cutoffMs) ? oldest : null;
}
