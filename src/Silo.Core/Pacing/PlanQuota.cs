namespace Silo.Core.Pacing;

/// <summary>Which plan quota of a tenant is used up. The numbers cross between silos.</summary>
public enum PlanPeriod
{
    Day = 0,
    Month = 1,
}

/// <summary>Why a message is refused.</summary>
/// <param name="Period">The quota that is used up; of two the one that ends later.</param>
/// <param name="Limit">Recipients in the period.</param>
/// <param name="EndsAt">When the next period begins.</param>
public sealed record PlanRefusal(PlanPeriod Period, long Limit, DateTimeOffset EndsAt);

/// <summary>
/// What a tenant's plan lets it send per UTC day and calendar month, in recipients. Over it mail is refused at admission (SES:
/// LimitExceededException); rates and warm-up wait instead.
/// </summary>
public static class PlanQuota
{
    /// <summary>Null: all of a message's recipients have room in the day and the month of its acceptance.</summary>
    /// <param name="perDay">0 or more; null for none.</param>
    /// <param name="perMonth">0 or more; null for none.</param>
    /// <param name="recipients">1 or more.</param>
    public static PlanRefusal? Check(long? perDay, long? perMonth, PlanUse use, int recipients, DateTimeOffset acceptedAt)
    {
        var (day, month) = (PlanUse.DayOf(acceptedAt), PlanUse.MonthOf(acceptedAt));
        if (use.InMonth(acceptedAt) + recipients > perMonth)
            return new PlanRefusal(PlanPeriod.Month, perMonth.Value, Start(month.AddMonths(1)));
        return use.OnDay(acceptedAt) + recipients > perDay ? new PlanRefusal(PlanPeriod.Day, perDay.Value, Start(day.AddDays(1))) : null;
    }

    private static DateTimeOffset Start(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);
}
