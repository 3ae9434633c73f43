namespace Silo.Core.WarmUp;

/// <param name="Day">From 1, as people count.</param>
/// <param name="Cap">Messages that may leave; null once the plan is over.</param>
/// <param name="Sends">Messages that leave.</param>
/// <param name="Waits">Messages that wait for the next day at its end.</param>
public readonly record struct WarmUpCalendarDay(int Day, DateOnly Date, long? Cap, long Sends, long Waits);

/// <summary>
/// A dry run of a warm-up: what would leave and what would wait, day by day, if every day brought the same volume and all of it could
/// leave at once on the day that its cap allows.
/// </summary>
/// <param name="Days">From the first day to the one after the plan at which nothing waits any more, <see cref="MaxDays"/> at most.</param>
/// <param name="LongestWaitDays">The longest that a message waits, in whole days; null when the calendar ends before it has left.</param>
public sealed record WarmUpCalendar(IReadOnlyList<WarmUpCalendarDay> Days, int? LongestWaitDays)
{
    /// <summary>Days that are looked ahead at most: the longest plan and as many again.</summary>
    public const int MaxDays = 2 * WarmUpPlan.MaxDays;

    /// <param name="dailyVolume">Messages that come each day, 0 to <see cref="WarmUpPlan.MaxCap"/>.</param>
    public static WarmUpCalendar Of(WarmUpPlan plan, long dailyVolume, DateOnly firstDay)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(dailyVolume);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dailyVolume, WarmUpPlan.MaxCap);
        var days = new List<WarmUpCalendarDay>(plan.Days + 1);
        // First in, first out: with the same volume each day, the day from which the next message to leave is follows from how many left.
        var (left, longest) = (0L, 0);
        for (var day = 0; day < MaxDays; day++)
        {
            var came = dailyVolume * (day + 1);
            var cap = plan.CapFor(day);
            var sends = Math.Min(came - left, cap ?? long.MaxValue);
            if (sends > 0) longest = Math.Max(longest, day - (int)(left / dailyVolume));
            left += sends;
            days.Add(new WarmUpCalendarDay(day + 1, firstDay.AddDays(day), cap, sends, came - left));
            if (cap is null && came == left) return new WarmUpCalendar(days, longest);
        }

        return new WarmUpCalendar(days, null);
    }
}
