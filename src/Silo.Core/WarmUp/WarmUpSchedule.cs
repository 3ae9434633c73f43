namespace Silo.Core.WarmUp;

/// <summary>Where in a plan an instant lies. Day and hour are counted from the start of the warm-up, not from midnight.</summary>
/// <param name="Day">From 0.</param>
/// <param name="Hour">0 to 23.</param>
/// <param name="HourStart">The instant from which "this hour" counts.</param>
public readonly record struct WarmUpPosition(int Day, int Hour, DateTimeOffset DayStart, DateTimeOffset HourStart);

/// <summary>What may still leave.</summary>
/// <param name="Messages">0 or more in the rest of this hour; null for no cap.</param>
/// <param name="NextAt">When the next slice begins; <see cref="DateTimeOffset.MaxValue"/> without a cap.</param>
public readonly record struct WarmUpAllowance(long? Messages, DateTimeOffset NextAt);

/// <summary>
/// Spreads the cap of a day over its hours. Computed anew from plan, start, what was sent and the time: nothing is carried from
/// tick to tick, so a lost tick or a restart loses nothing.
/// </summary>
public static class WarmUpSchedule
{
    public const int SlicesPerDay = 24;

    /// <summary>
    /// What may still leave in this hour: the hour's slice less what left in it, and never more than the day's cap less what left today.
    /// A slice that was not used is not made up for later in the day: a burst is what warm-up is to prevent.
    /// </summary>
    /// <param name="sentToday">Sent since <see cref="WarmUpPosition.DayStart"/>, 0 or more.</param>
    /// <param name="sentThisHour">Sent since <see cref="WarmUpPosition.HourStart"/>, 0 or more.</param>
    public static WarmUpAllowance Allowance(
        WarmUpPlan plan, DateTimeOffset startedAt, long sentToday, long sentThisHour, DateTimeOffset now)
    {
        var position = PositionAt(startedAt, now);
        if (plan.CapFor(position.Day) is not { } cap) return new WarmUpAllowance(null, DateTimeOffset.MaxValue);
        var left = Math.Min(Slice(cap, position.Hour) - sentThisHour, cap - sentToday);
        return new WarmUpAllowance(Math.Max(left, 0), position.HourStart + TimeSpan.FromHours(1));
    }

    /// <summary>The part of a day's cap that belongs to an hour (0 to 23). The parts differ by 1 at most and sum to the cap.</summary>
    public static long Slice(long cap, int hour) => (cap * (hour + 1) / SlicesPerDay) - (cap * hour / SlicesPerDay);

    /// <summary>
    /// Day, hour and their beginnings; an instant before the start, as after a step of the clock, lies in the first hour.
    /// </summary>
    public static WarmUpPosition PositionAt(DateTimeOffset startedAt, DateTimeOffset now)
    {
        var hours = Math.Max((now.UtcTicks - startedAt.UtcTicks) / TimeSpan.TicksPerHour, 0);
        var day = (int)(hours / SlicesPerDay);
        return new WarmUpPosition(
            day, (int)(hours % SlicesPerDay), startedAt + TimeSpan.FromDays(day), startedAt + TimeSpan.FromHours(hours));
    }

    /// <summary>How far the warm-up is, as SES's WarmupPercentage: 1 at the start, rising steadily with time, 100 when it is done.</summary>
    public static int Percentage(WarmUpPlan plan, DateTimeOffset startedAt, DateTimeOffset now)
    {
        var whole = plan.Days * TimeSpan.TicksPerDay;
        var elapsed = Math.Clamp(now.UtcTicks - startedAt.UtcTicks, 0, whole);
        return Math.Max(1, (int)(elapsed * 100 / whole));
    }

    /// <summary>
    /// When a warm-up began that is at this percentage (0 to 100) now: <see cref="Percentage"/> answers the same one, and 1 for 0.
    /// </summary>
    public static DateTimeOffset StartOf(WarmUpPlan plan, int percentage, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(percentage);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percentage, 100);
        return now - TimeSpan.FromTicks(plan.Days * TimeSpan.TicksPerDay / 100 * percentage);
    }
}
