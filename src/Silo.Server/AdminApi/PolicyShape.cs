using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Recommendations;

namespace Silo.Server.AdminApi;

/// <summary>Reputation policies as operations take and answer them.</summary>
internal static class PolicyShape
{
    private const int MaxFloor = 1_000_000;
    private const int MaxHourlyFloor = 1_000_000_000;

    private static readonly FindingType[] Types = Enum.GetValues<FindingType>();
    private static readonly string[] TypeNames = [.. Types.Select(Recommendation.NameOf)];
    private static readonly string[] WindowNames = ["HOUR", "DAY", "WEEK"];
    private static readonly string[] ActionNames = ["NOTIFY", "THROTTLE", "PARK_PROVIDER", "PAUSE"];

    /// <summary>Null with failed checks.</summary>
    public static CustomPolicy? Check(string name, PutPolicyRequest request, MemberChecks checks)
    {
        var findings = new List<FindingPolicy>();
        if ((request.Findings?.Count ?? 0) > Types.Length)
            checks.Fail($"Findings must have at most {Types.Length} members, one of each type");
        else
            for (var i = 0; i < (request.Findings?.Count ?? 0); i++)
                if (CheckFinding(request.Findings![i], $"Findings[{i}]", checks) is { } finding) findings.Add(finding);
        foreach (var twice in findings.GroupBy(f => f.Type).Where(g => g.Count() > 1))
            checks.Fail($"Findings names {Recommendation.NameOf(twice.Key)} twice");
        checks.Range(request.ErrorLevel, "ErrorLevel", 1e-9, 0.05);
        checks.Range(request.QuietHours, "QuietHours", 1, 720);
        return checks.Error is null
            ? new CustomPolicy
            {
                Name = name, Revision = 1, Findings = findings.Count == 0 ? null : findings, ErrorLevel = request.ErrorLevel,
                QuietHours = request.QuietHours,
            }
            : null;
    }

    /// <summary>
    /// With everything that holds, also what the policy itself leaves open: what is put back as it was read changes nothing.
    /// </summary>
    public static PolicyDescription Describe(
        string name, string arn, CustomPolicy? policy, ReputationThresholds thresholds,
        Func<FindingType, FindingImpact, PolicyAction> actionFor) =>
        new(
            name, arn, policy?.Revision, [.. Types.Select(t => Of(t, thresholds, actionFor))], policy?.ErrorLevel,
            new ErrorLevelsShape(thresholds.ErrorLevel, thresholds.LowComplaintErrorLevel, thresholds.HighComplaintErrorLevel),
            thresholds.QuietPeriod.TotalHours);

    private static FindingPolicy? CheckFinding(FindingPolicyShape? shape, string at, MemberChecks checks)
    {
        if (!checks.Required(shape, at)) return null;
        checks.Required(shape!.Type, $"{at}.Type");
        checks.OneOf(shape.Type, $"{at}.Type", TypeNames);
        if (Array.IndexOf(TypeNames, shape.Type) is var index && index < 0) return null;
        var type = Types[index];
        var (low, high) = LimitsOf(type);
        checks.Range(shape.Low, $"{at}.Low", low, high);
        checks.Range(shape.High, $"{at}.High", low, high);
        if (type is FindingType.FeedbackThirdParty or FindingType.IpListing)
        {
            if (shape.Low is { } l && l != Math.Floor(l)) checks.Fail($"{at}.Low must be a whole number");
            if (shape.High is { } h && h != Math.Floor(h)) checks.Fail($"{at}.High must be a whole number");
            if (shape.VolumeFloor is not null) checks.Fail($"{at}.VolumeFloor belongs to BOUNCE, COMPLAINT and VOLUME");
        }

        checks.Range(shape.VolumeFloor, $"{at}.VolumeFloor", 1, type == FindingType.Volume ? MaxHourlyFloor : MaxFloor);
        var windows = CheckWindows(shape.Windows, type, at, checks);
        var policy = new FindingPolicy
        {
            Type = type, Low = shape.Low, High = shape.High, VolumeFloor = shape.VolumeFloor, Windows = windows,
            OnLow = CheckAction(shape.OnLow, $"{at}.OnLow", checks), OnHigh = CheckAction(shape.OnHigh, $"{at}.OnHigh", checks),
        };
        var (effectiveLow, effectiveHigh) = ThresholdsOf(
            type, new CustomPolicy { Name = "", Revision = 0, Findings = [policy] }.Thresholds(ReputationThresholds.Default));
        if (effectiveHigh < effectiveLow) checks.Fail($"{at}.High ({effectiveHigh}) must not be below Low ({effectiveLow})");
        return policy;
    }

    private static IReadOnlyList<ReputationWindow>? CheckWindows(
        IReadOnlyList<string?>? windows, FindingType type, string at, MemberChecks checks)
    {
        if (windows is null) return null;
        if (type is not (FindingType.Bounce or FindingType.Complaint)) checks.Fail($"{at}.Windows belongs to BOUNCE and COMPLAINT");
        if (windows.Count is < 1 or > 3 || windows.Distinct().Count() != windows.Count)
            checks.Fail($"{at}.Windows must have 1 to 3 members, none twice");
        foreach (var window in windows)
            if (checks.Required(window, $"{at}.Windows")) checks.OneOf(window, $"{at}.Windows", WindowNames);
        // In the order of the standard policy, whatever order they are given in.
        return [.. ReputationThresholds.AllWindows.Where(w => windows.Contains(NameOf(w)))];
    }

    private static PolicyAction? CheckAction(PolicyActionShape? shape, string at, MemberChecks checks)
    {
        if (shape is null) return null;
        checks.Required(shape.Action, $"{at}.Action");
        checks.OneOf(shape.Action, $"{at}.Action", ActionNames);
        checks.Range(shape.Factor, $"{at}.Factor", PolicyAction.MinFactor, 1);
        if (shape is { Action: "THROTTLE", Factor: null }) checks.Fail($"{at}.Factor is required with THROTTLE");
        if (shape is { Action: not "THROTTLE", Factor: not null }) checks.Fail($"{at}.Factor belongs to THROTTLE");
        var kind = Array.IndexOf(ActionNames, shape.Action);
        return kind < 0 ? null : new PolicyAction((PolicyActionKind)kind, shape.Factor);
    }

    private static FindingPolicyShape Of(
        FindingType type, ReputationThresholds thresholds, Func<FindingType, FindingImpact, PolicyAction> actionFor)
    {
        var (low, high) = ThresholdsOf(type, thresholds);
        return new FindingPolicyShape(
            Recommendation.NameOf(type), low, high,
            type switch
            {
                FindingType.Bounce => thresholds.BounceVolumeFloor,
                FindingType.Complaint => thresholds.ComplaintVolumeFloor,
                FindingType.Volume => thresholds.HourlyVolumeFloor,
                _ => null,
            },
            type switch
            {
                FindingType.Bounce => [.. thresholds.BounceWindows.Select(NameOf)],
                FindingType.Complaint => [.. thresholds.ComplaintWindows.Select(NameOf)],
                _ => null,
            },
            ToWire(actionFor(type, FindingImpact.Low)), ToWire(actionFor(type, FindingImpact.High)));
    }

    public static string NameOf(ReputationWindow window) => WindowNames[(int)window];

    public static string NameOf(PolicyActionKind kind) => ActionNames[(int)kind];

    private static PolicyActionShape ToWire(PolicyAction action) => new(NameOf(action.Kind), action.Factor);

    private static (double Low, double High) LimitsOf(FindingType type) => type switch
    {
        FindingType.FeedbackThirdParty => (1, MaxFloor),
        FindingType.IpListing => (1, ExternalReports.MaxListings),
        FindingType.Volume => (2, 1_000),
        _ => (0.0001, 0.4999),
    };

    private static (double Low, double High) ThresholdsOf(FindingType type, ReputationThresholds t) => type switch
    {
        FindingType.Bounce => (t.LowBounceRate, t.HighBounceRate),
        FindingType.Complaint => (t.LowComplaintRate, t.HighComplaintRate),
        FindingType.FeedbackThirdParty => (t.LowReports, t.HighReports),
        FindingType.IpListing => (t.LowListings, t.HighListings),
        _ => (t.LowVolumeScore, t.HighVolumeScore),
    };
}

/// <param name="Findings">At most one of each type; of types that are left out the standard policy holds.</param>
/// <param name="ErrorLevel">
/// One-sided, of one look at one rate, 1e-9 to 0.05: one for all looks. Absent for 0.00135, but of looks that find complaints 0.024 (LOW)
/// and 0.0105 (HIGH).
/// </param>
/// <param name="QuietHours">A finding about a rate closes after so long without a bad outcome, 1 to 720; absent for 168.</param>
internal sealed record PutPolicyRequest(IReadOnlyList<FindingPolicyShape?>? Findings, double? ErrorLevel, double? QuietHours);

/// <param name="Type">BOUNCE, COMPLAINT, FEEDBACK_3P, IP_LISTING or VOLUME.</param>
/// <param name="Low">A rate (0.0001 to 0.4999), a number of reports or listings, or a robust z-score (2 to 1,000).</param>
/// <param name="VolumeFloor">Below it nothing is judged.</param>
/// <param name="Windows">HOUR, DAY, WEEK.</param>
internal sealed record FindingPolicyShape(
    string? Type, double? Low, double? High, int? VolumeFloor, IReadOnlyList<string?>? Windows, PolicyActionShape? OnLow,
    PolicyActionShape? OnHigh);

/// <param name="Action">NOTIFY, THROTTLE, PARK_PROVIDER or PAUSE.</param>
/// <param name="Factor">Of a throttle, 0.01 to 1.</param>
internal sealed record PolicyActionShape(string? Action, double? Factor);

/// <param name="Revision">One more with each change; absent for SES's own.</param>
/// <param name="ErrorLevel">As the policy has it; absent when it leaves that open.</param>
/// <param name="ErrorLevels">What holds.</param>
internal sealed record PolicyDescription(
    string PolicyName, string PolicyArn, long? Revision, IReadOnlyList<FindingPolicyShape> Findings, double? ErrorLevel,
    ErrorLevelsShape ErrorLevels, double QuietHours);

/// <summary>One-sided, of one look at one rate.</summary>
/// <param name="Standard">Of looks at bounces, and of those that close a finding.</param>
/// <param name="ComplaintLow">Of looks that open a finding LOW about complaints.</param>
/// <param name="ComplaintHigh">Of looks that find complaints HIGH.</param>
internal sealed record ErrorLevelsShape(double Standard, double ComplaintLow, double ComplaintHigh);
