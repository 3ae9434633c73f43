namespace Silo.Core.Reputation;

/// <summary>
/// Where findings begin. The defaults are the thresholds that SES names for tenants (bounces 10 and 15 %, complaints 0.5 and 1 %);
/// SES does not publish its representative volumes.
/// </summary>
public sealed record ReputationThresholds
{
    /// <summary>The order decides which window an opening finding is explained by.</summary>
    public static IReadOnlyList<ReputationWindow> AllWindows { get; } = [ReputationWindow.Day, ReputationWindow.Week, ReputationWindow.Hour];

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

    /// <summary>
    /// As <see cref="ErrorLevel"/>, of looks that open a finding LOW about complaints. Default 0.024: complaints are few, and at the level for
    /// bounces a tenant at twice the threshold would send thousands of messages before it is told.
    /// </summary>
    public double LowComplaintErrorLevel { get; init; } = 0.024;

    /// <summary>As <see cref="LowComplaintErrorLevel"/>, of looks that find HIGH. Default 0.0105.</summary>
    public double HighComplaintErrorLevel { get; init; } = 0.0105;

    /// <summary>A finding closes after this long without a bad outcome, 1 hour to 30 days. Default 7 days.</summary>
    public TimeSpan QuietPeriod { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The windows in which bounces are judged, in the order in which an opening finding is explained. Default all.</summary>
    public IReadOnlyList<ReputationWindow> BounceWindows { get; init; } = AllWindows;

    /// <summary>The same for complaints.</summary>
    public IReadOnlyList<ReputationWindow> ComplaintWindows { get; init; } = AllWindows;

    /// <summary>Reports of third parties within 7 days, 1 to 1,000,000. Default 3; SES names none.</summary>
    public int LowReports { get; init; } = 3;

    /// <summary>As <see cref="LowReports"/>, and not below it. Default 10.</summary>
    public int HighReports { get; init; } = 10;

    /// <summary>Blocklists that list it at a time, 1 to 50. Default 1; SES names none.</summary>
    public int LowListings { get; init; } = 1;

    /// <summary>As <see cref="LowListings"/>, and not below it. Default 2.</summary>
    public int HighListings { get; init; } = 2;

    /// <summary>Robust z-score of an hour's volume, 2 to 1,000. Default 6.</summary>
    public double LowVolumeScore { get; init; } = 6;

    /// <summary>As <see cref="LowVolumeScore"/>, and not below it. Default 12.</summary>
    public double HighVolumeScore { get; init; } = 12;

    /// <summary>Recipients in an hour before its volume is judged, 1 to 1,000,000,000. Default 1,000.</summary>
    public int HourlyVolumeFloor { get; init; } = 1_000;

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
        Require(LowComplaintErrorLevel is >= 1e-9 and <= 0.05,
            $"{nameof(LowComplaintErrorLevel)} is {LowComplaintErrorLevel}, not 1e-9 to 0.05.");
        Require(HighComplaintErrorLevel is >= 1e-9 and <= 0.05,
            $"{nameof(HighComplaintErrorLevel)} is {HighComplaintErrorLevel}, not 1e-9 to 0.05.");
        Require(QuietPeriod >= TimeSpan.FromHours(1) && QuietPeriod <= TimeSpan.FromDays(30),
            $"{nameof(QuietPeriod)} is {QuietPeriod}, not 1 hour to 30 days.");
        Require(BounceWindows.Count > 0, $"{nameof(BounceWindows)} is empty.");
        Require(ComplaintWindows.Count > 0, $"{nameof(ComplaintWindows)} is empty.");
        Require(LowReports is >= 1 and <= 1_000_000, $"{nameof(LowReports)} is {LowReports}, not 1 to 1,000,000.");
        Require(HighReports >= LowReports && HighReports <= 1_000_000,
            $"{nameof(HighReports)} is {HighReports}, not between {nameof(LowReports)} ({LowReports}) and 1,000,000.");
        Require(LowListings is >= 1 and <= ExternalReports.MaxListings,
            $"{nameof(LowListings)} is {LowListings}, not 1 to {ExternalReports.MaxListings}.");
        Require(HighListings >= LowListings && HighListings <= ExternalReports.MaxListings,
            $"{nameof(HighListings)} is {HighListings}, not between {nameof(LowListings)} ({LowListings}) and {ExternalReports.MaxListings}.");
        Require(LowVolumeScore is >= 2 and <= 1_000, $"{nameof(LowVolumeScore)} is {LowVolumeScore}, not 2 to 1,000.");
        Require(HighVolumeScore >= LowVolumeScore && HighVolumeScore <= 1_000,
            $"{nameof(HighVolumeScore)} is {HighVolumeScore}, not between {nameof(LowVolumeScore)} ({LowVolumeScore}) and 1,000.");
        Require(HourlyVolumeFloor is >= 1 and <= 1_000_000_000, $"{nameof(HourlyVolumeFloor)} is {HourlyVolumeFloor}, not 1 to 1,000,000,000.");
        return errors;

        void Require(bool holds, FormattableString error)
        {
            if (!holds) errors.Add(FormattableString.Invariant(error));
        }
    }
}
