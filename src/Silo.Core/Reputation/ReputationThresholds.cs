namespace Silo.Core.Reputation;

/// <summary>
/// Where findings begin. The defaults are the thresholds that SES names for tenants (bounces 10 and 15 %, complaints 0.5 and 1 %);
/// SES does not publish its representative volumes.
/// </summary>
public sealed record ReputationThresholds
{
    public static ReputationThresholds Default { get; } = new();

    /// <summary>Hard bounces / (delivered + handed over + hard bounced), 0 to 0.5, exclusive. Default 0.10.</summary>
    public double LowBounceRate { get; init; } = 0.10;

    /// <summary>As <see cref="LowBounceRate"/>, and not below it. Default 0.15.</summary>
    public double HighBounceRate { get; init; } = 0.15;

    /// <summary>Complaints / delivered to providers with a feedback loop, 0 to 0.5, exclusive. Default 0.005.</summary>
    public double LowComplaintRate { get; init; } = 0.005;

    /// <summary>As <see cref="LowComplaintRate"/>, and not below it. Default 0.01.</summary>
    public double HighComplaintRate { get; init; } = 0.01;

    /// <summary>Outcomes in a window before bounces are judged in it, 1 to 1,000,000. Default 200.</summary>
    public int BounceVolumeFloor { get; init; } = 200;

    /// <summary>
    /// Deliveries to providers with a feedback loop in a window before complaints are judged in it, 1 to 1,000,000. Default 1,000.
    /// </summary>
    public int ComplaintVolumeFloor { get; init; } = 1000;

    /// <summary>
    /// One-sided error level of one look at one rate, 1e-9 to 0.05; the windows share it equally. Default 0.00135 (z = 3): a rate is
    /// looked at after every outcome, and each look spends error.
    /// </summary>
    public double ErrorLevel { get; init; } = 0.00135;

    /// <summary>A finding closes after this long without a bad outcome, 1 hour to 30 days. Default 7 days.</summary>
    public TimeSpan QuietPeriod { get; init; } = TimeSpan.FromDays(7);

    internal double ErrorLevelPerWindow => ErrorLevel / 3;

    /// <summary>Every value out of range or out of order, in words; empty when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        Require(LowBounceRate is > 0 and < 0.5, $"{nameof(LowBounceRate)} is {LowBounceRate}, not between 0 and 0.5.");
        Require(HighBounceRate >= LowBounceRate && HighBounceRate < 0.5,
            $"{nameof(HighBounceRate)} is {HighBounceRate}, not between {nameof(LowBounceRate)} ({LowBounceRate}) and 0.5.");
        Require(LowComplaintRate is > 0 and < 0.5, $"{nameof(LowComplaintRate)} is {LowComplaintRate}, not between 0 and 0.5.");
        Require(HighComplaintRate >= LowComplaintRate && HighComplaintRate < 0.5,
            $"{nameof(HighComplaintRate)} is {HighComplaintRate}, not between {nameof(LowComplaintRate)} ({LowComplaintRate}) and 0.5.");
        Require(BounceVolumeFloor is >= 1 and <= 1_000_000, $"{nameof(BounceVolumeFloor)} is {BounceVolumeFloor}, not 1 to 1,000,000.");
        Require(ComplaintVolumeFloor is >= 1 and <= 1_000_000,
            $"{nameof(ComplaintVolumeFloor)} is {ComplaintVolumeFloor}, not 1 to 1,000,000.");
        Require(ErrorLevel is >= 1e-9 and <= 0.05, $"{nameof(ErrorLevel)} is {ErrorLevel}, not 1e-9 to 0.05.");
        Require(QuietPeriod >= TimeSpan.FromHours(1) && QuietPeriod <= TimeSpan.FromDays(30),
            $"{nameof(QuietPeriod)} is {QuietPeriod}, not 1 hour to 30 days.");
        return errors;

        void Require(bool holds, FormattableString error)
        {
            if (!holds) errors.Add(FormattableString.Invariant(error));
        }
    }
}
