namespace Silo.Core.Pacing;

/// <param name="From">The day, or the first day of the month, in UTC.</param>
/// <param name="Recipients">Accepted in it.</param>
public readonly record struct PlanCount(DateOnly From, long Recipients);

/// <summary>
/// For how many recipients a tenant's mail was accepted, by the UTC day and the calendar month of each acceptance's own time: the same
/// acceptances in the same order give the same counts.
/// </summary>
/// <remarks>
/// Each day has a count of its own, so that a clock that steps neither gives a day twice, when it goes back over midnight, nor takes one
/// away, when it was far ahead for a while. Of days and months the last four in which mail was accepted are known. Owned by one actor;
/// allocates nothing.
/// </remarks>
public sealed class PlanUse
{
    private const int Kept = 4;

    // The one that was counted in last comes first.
    private readonly PlanCount[] _days = new PlanCount[Kept];
    private readonly PlanCount[] _months = new PlanCount[Kept];

    /// <summary>As <see cref="Days"/> and <see cref="Months"/> told it; what is beyond what is kept is left out.</summary>
    public static PlanUse Read(IReadOnlyList<PlanCount> days, IReadOnlyList<PlanCount> months)
    {
        var use = new PlanUse();
        for (var i = 0; i < Math.Min(days.Count, Kept); i++) use._days[i] = days[i];
        for (var i = 0; i < Math.Min(months.Count, Kept); i++) use._months[i] = months[i];
        return use;
    }

    public IReadOnlyList<PlanCount> Days => [.. _days.Where(d => d.Recipients > 0)];

    public IReadOnlyList<PlanCount> Months => [.. _months.Where(m => m.Recipients > 0)];

    public static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    public static DateOnly MonthOf(DateTimeOffset at) => new(at.UtcDateTime.Year, at.UtcDateTime.Month, 1);

    /// <summary>Recipients accepted in the UTC day of this instant.</summary>
    public long OnDay(DateTimeOffset at) => Of(_days, DayOf(at));

    /// <summary>Recipients accepted in the calendar month of this instant.</summary>
    public long InMonth(DateTimeOffset at) => Of(_months, MonthOf(at));

    /// <param name="recipients">1 or more.</param>
    public void Count(int recipients, DateTimeOffset acceptedAt)
    {
        Count(_days, DayOf(acceptedAt), recipients);
        Count(_months, MonthOf(acceptedAt), recipients);
    }

    private static long Of(ReadOnlySpan<PlanCount> counts, DateOnly from)
    {
        foreach (var count in counts)
            if (count.From == from) return count.Recipients;
        return 0;
    }

    private static void Count(Span<PlanCount> counts, DateOnly from, int recipients)
    {
        var place = 0;
        while (place < Kept - 1 && counts[place].From != from) place++;
        var before = counts[place].From == from ? counts[place].Recipients : 0;
        counts[..place].CopyTo(counts[1..]);
        counts[0] = new PlanCount(from, before + recipients);
    }
}
