namespace Silo.Core.Pacing;

/// <summary>Which plan quota of a tenant is used up.</summary>
public enum PlanPeriod
{
    Day,
    Month,
}

/// <summary>Why a message is refused.</summary>
/// <param name="Period">The quota that is used up; of two the one that ends later.</param>
/// <param name="Limit">Recipients in the period.</param>
/// <param name="EndsAt">When the next period begins.</param>
public readonly record struct PlanRefusal(PlanPeriod Period, long Limit, DateTimeOffset EndsAt);

/// <summary>
/// What a tenant's plan lets it send per UTC day and calendar month, in recipients. Over it mail is refused at admission (SES:
/// LimitExceededException); rates and warm-up wait instead. Either quota may be absent.
/// </summary>
/// <remarks>A clock that steps back over midnight goes on counting in the later day. Owned by one actor; allocates nothing.</remarks>
public sealed class PlanQuota
{
    private DateTimeOffset _day;
    private DateTimeOffset _month;

    /// <param name="perDay">0 or more; null for none.</param>
    /// <param name="perMonth">0 or more; null for none.</param>
    public PlanQuota(long? perDay, long? perMonth) => Change(perDay, perMonth);

    public long? PerDay { get; private set; }

    public long? PerMonth { get; private set; }

    /// <summary>Recipients accepted in the day of the latest instant shown.</summary>
    public long UsedToday { get; private set; }

    public long UsedThisMonth { get; private set; }

    /// <exception cref="ArgumentOutOfRangeException">A quota is negative.</exception>
    public void Change(long? perDay, long? perMonth)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(perDay ?? 0, nameof(perDay));
        ArgumentOutOfRangeException.ThrowIfNegative(perMonth ?? 0, nameof(perMonth));
        (PerDay, PerMonth) = (perDay, perMonth);
    }

    /// <summary>What was counted before, as it is known from the tenant's events after an activation.</summary>
    public void Restore(long usedToday, long usedThisMonth, DateTimeOffset now)
    {
        Advance(now);
        (UsedToday, UsedThisMonth) = (usedToday, usedThisMonth);
    }

    /// <summary>Counts all of a message's recipients (1 or more), or none and says why. Null: they are counted.</summary>
    public PlanRefusal? TryTake(int recipients, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(recipients, 1);
        Advance(now);
        if (UsedThisMonth + recipients > PerMonth) return new PlanRefusal(PlanPeriod.Month, PerMonth.Value, _month.AddMonths(1));
        if (UsedToday + recipients > PerDay) return new PlanRefusal(PlanPeriod.Day, PerDay.Value, _day.AddDays(1));
        UsedToday += recipients;
        UsedThisMonth += recipients;
        return null;
    }

    private void Advance(DateTimeOffset now)
    {
        var day = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        if (day <= _day) return;
        (_day, UsedToday) = (day, 0);
        var month = day.AddDays(1 - day.Day);
        if (month != _month) (_month, UsedThisMonth) = (month, 0);
    }
}
