namespace Silo.Core.Pacing;

/// <summary>What a level allows. A limit that is null is none.</summary>
/// <param name="RatePerSecond">Recipients a second, 0 to 1e9.</param>
/// <param name="Burst">Recipients that may leave at once after a rest, above 0 to 1e15. Means nothing without a rate.</param>
/// <param name="PerDay">Recipients in any 24 hours, 0 or more (the sending quota of SES).</param>
/// <param name="InFlight">Recipients in hand at a time (slots, connections), 0 or more.</param>
public sealed record BudgetLimits(double? RatePerSecond = null, double Burst = 1, long? PerDay = null, int? InFlight = null)
{
    /// <summary>A level that limits nothing.</summary>
    public static BudgetLimits None { get; } = new();

    /// <summary>The burst of a rate for which nobody chose one: a second's worth, at least one recipient.</summary>
    public static double UsualBurst(double? ratePerSecond) => Math.Max(ratePerSecond ?? 1, 1);
}

/// <summary>How much of a level is in use. What has no limit is null.</summary>
/// <param name="Limits">What it allows.</param>
/// <param name="Available">Recipients that its rate, or the leased part of it, would let go now; negative in debt.</param>
/// <param name="UsedToday">Recipients in the last 24 hours, as the quota counts them (up to ten minutes longer).</param>
/// <param name="InFlight">Recipients in hand.</param>
/// <param name="IsClosed">Closed by hand.</param>
public sealed record BudgetUse(BudgetLimits Limits, double? Available, long? UsedToday, int InFlight, bool IsClosed);
