using System.Collections.Immutable;

namespace Silo.Core.WarmUp;

/// <summary>How a plan moves on. The values are stored: append only.</summary>
public enum WarmUpMode
{
    /// <summary>A day is a day, whatever the volume, as SES's standard warm-up.</summary>
    Time = 0,

    /// <summary>
    /// A day counts when it was used and went well. The day is then given by whoever keeps that history.
    /// </summary>
    Adaptive = 1,
}

/// <summary>What is wrong with a list of daily caps.</summary>
public enum WarmUpPlanError
{
    /// <summary>No day at all.</summary>
    Empty,

    /// <summary>More than <see cref="WarmUpPlan.MaxDays"/> days.</summary>
    TooLong,

    /// <summary>A cap below 1 or above <see cref="WarmUpPlan.MaxCap"/>.</summary>
    CapOutOfRange,

    /// <summary>A cap below the day before's.</summary>
    Decreasing,
}

/// <param name="Day">The day at fault, from 0; for the length, the number of days.</param>
public readonly record struct WarmUpPlanProblem(WarmUpPlanError Error, int Day);

/// <summary>Either a plan or what is wrong, all of it.</summary>
public sealed record WarmUpPlanResult(WarmUpPlan? Plan, IReadOnlyList<WarmUpPlanProblem> Problems);

/// <summary>How many messages each day of a warm-up may see. After the last day there is no cap.</summary>
public sealed record WarmUpPlan
{
    public const int MaxDays = 365;

    /// <summary>The largest cap of a day, in messages.</summary>
    public const long MaxCap = 1_000_000_000;

    private WarmUpPlan(ImmutableArray<long> dailyCaps, WarmUpMode mode)
    {
        DailyCaps = dailyCaps;
        Mode = mode;
    }

    /// <summary>
    /// 45 days as in SES, which does not publish its curve. Here: 50 on the first day and a fifth more each day, 157,000 on the
    /// last; so a mailbox provider never sees volume jump, and 1,000 a day are reached after two and a half weeks.
    /// </summary>
    public static WarmUpPlan Automatic { get; } = new(AutomaticCaps(45), WarmUpMode.Time);

    /// <summary>Messages per day; none is below the one before.</summary>
    public ImmutableArray<long> DailyCaps { get; }

    public WarmUpMode Mode { get; }

    public int Days => DailyCaps.Length;

    /// <summary>A custom plan of 1 to <see cref="MaxDays"/> caps of 1 to <see cref="MaxCap"/>, flat or increasing.</summary>
    public static WarmUpPlanResult Create(IReadOnlyList<long> dailyCaps, WarmUpMode mode = WarmUpMode.Time)
    {
        var problems = new List<WarmUpPlanProblem>();
        if (dailyCaps.Count == 0) problems.Add(new(WarmUpPlanError.Empty, 0));
        if (dailyCaps.Count > MaxDays) problems.Add(new(WarmUpPlanError.TooLong, dailyCaps.Count));
        for (var day = 0; day < Math.Min(dailyCaps.Count, MaxDays); day++)
        {
            if (dailyCaps[day] is < 1 or > MaxCap) problems.Add(new(WarmUpPlanError.CapOutOfRange, day));
            if (day > 0 && dailyCaps[day] < dailyCaps[day - 1]) problems.Add(new(WarmUpPlanError.Decreasing, day));
        }

        return new WarmUpPlanResult(problems.Count == 0 ? new WarmUpPlan([.. dailyCaps], mode) : null, problems);
    }

    /// <summary>The cap of a day, the first being 0; null when the plan is over. Before the first day the first cap holds.</summary>
    public long? CapFor(int day) => day >= Days ? null : DailyCaps[Math.Max(day, 0)];

    public bool Equals(WarmUpPlan? other) => other is not null && Mode == other.Mode && DailyCaps.SequenceEqual(other.DailyCaps);

    public override int GetHashCode() => HashCode.Combine(Mode, Days, DailyCaps[0], DailyCaps[^1]);

    private static ImmutableArray<long> AutomaticCaps(int days)
    {
        var caps = ImmutableArray.CreateBuilder<long>(days);
        for (long day = 0, cap = 50; day < days; day++, cap += (cap + 4) / 5) caps.Add(cap);
        return caps.MoveToImmutable();
    }
}
