using Silo.Core.WarmUp;

namespace Silo.Server.Egress;

/// <summary>The warm-up of an address, as it is stored: which plan, and where in it.</summary>
public sealed record IpWarmUp
{
    private static readonly WarmUpPlan AutomaticAdaptive = WarmUpPlan.Create(WarmUpPlan.Automatic.DailyCaps, WarmUpMode.Adaptive).Plan!;

    /// <summary>
    /// Where the plan began. A warm-up that was set to a percentage has the start that it would have had.
    /// </summary>
    public required DateTimeOffset StartedAt { get; init; }

    public WarmUpMode Mode { get; init; }

    /// <summary>Messages per day of a custom plan; null for <see cref="WarmUpPlan.Automatic"/>.</summary>
    public IReadOnlyList<long>? DailyCaps { get; init; }

    /// <summary>
    /// Caps towards single providers, by <see cref="Core.Addresses.MailboxProvider.Name"/>, within those of <see cref="DailyCaps"/>; after
    /// the last one of a provider only the day's total holds. Null for none.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>>? ProviderCaps { get; init; }

    /// <summary>How much of an adaptive plan has been gone through, in days that counted; null in a plan by time.</summary>
    public TimeSpan? Position { get; init; }

    /// <summary>Declared warm, whatever plan and clock say.</summary>
    public bool IsDone { get; init; }

    /// <summary>The automatic plan from its first day.</summary>
    public static IpWarmUp Begin(DateTimeOffset now) => new() { StartedAt = now };

    /// <summary>Taken for warm from the start.</summary>
    public static IpWarmUp Done(DateTimeOffset now) => new() { StartedAt = now, IsDone = true };

    /// <param name="isManaged">The address is in a managed pool: the automatic plan, adaptive, is the only one there.</param>
    public WarmUpPlan Plan(bool isManaged = false)
    {
        if (isManaged) return AutomaticAdaptive;
        if (DailyCaps is null) return Mode == WarmUpMode.Adaptive ? AutomaticAdaptive : WarmUpPlan.Automatic;

        // It was checked before it was stored; should a later release allow more, the cautious plan is the one for this one.
        return WarmUpPlan.Create(DailyCaps, Mode).Plan ?? WarmUpPlan.Automatic;
    }

    /// <summary>SES WarmupPercentage, 1 to 100.</summary>
    public int Percentage(DateTimeOffset now)
    {
        if (IsDone) return 100;
        var plan = Plan();
        return WarmUpSchedule.Percentage(plan, StartedAt, plan.Mode == WarmUpMode.Adaptive ? StartedAt + (Position ?? TimeSpan.Zero) : now);
    }

    /// <summary>The same plan at a percentage of it, 0 to 100; 100 ends it, less takes it up again.</summary>
    public IpWarmUp At(int percentage, DateTimeOffset now)
    {
        if (percentage == 100) return this with { IsDone = true };
        var start = WarmUpSchedule.StartOf(Plan(), percentage, now);
        return this with { IsDone = false, StartedAt = start, Position = Mode == WarmUpMode.Adaptive ? now - start : null };
    }
}
