using Silo.Core.Reputation;
using Silo.Core.Suspension;

namespace Silo.Core.Tenants;

// What findings are made of besides the counters, and what became of them.
public sealed partial class TenantLedger
{
    /// <summary>Steps of findings that are remembered; the log of events has all.</summary>
    public const int MaxFindingHistory = 100;

    private OutcomeSamples _bounceSamples = new();
    private OutcomeSamples _complaintSamples = new();
    private OutcomeSamples _reportSamples = new();
    private IReadOnlyList<FindingRecord> _findingHistory = [];
    private (CustomPolicy Of, ReputationThresholds Platform, ReputationThresholds Thresholds)? _custom;

    public ExternalReports External { get; private init; } = new();

    public VolumeHistory Volumes { get; private init; } = new();

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<FindingRecord> FindingHistory => _findingHistory;

    /// <summary>What the tenant is judged by: its own policy's, where that says something.</summary>
    public ReputationThresholds ThresholdsOr(ReputationThresholds platform)
    {
        if (Standing.Custom is not { } policy) return platform;
        if (_custom is not { } known || !ReferenceEquals(known.Of, policy) || !ReferenceEquals(known.Platform, platform))
            _custom = known = (policy, platform, policy.Thresholds(platform));
        return known.Thresholds;
    }

    /// <summary>Message ids that show a finding; null where there are none.</summary>
    public IReadOnlyList<string>? SamplesOf(FindingType type) => type switch
    {
        FindingType.Bounce => _bounceSamples.ToList(),
        FindingType.Complaint => _complaintSamples.ToList(),
        FindingType.FeedbackThirdParty => _reportSamples.ToList(),
        _ => null,
    };

    /// <summary>One look at everything that findings come from; as <see cref="ReputationRules.Evaluate"/>.</summary>
    internal FindingChanges Evaluate(ReputationThresholds platform, DateTimeOffset at)
    {
        var (thresholds, open) = (ThresholdsOr(platform), Standing.OpenFindings);
        var changes = ReputationRules.Evaluate(Counters, open, thresholds, at);
        if (!External.IsEmpty || IsOpen(FindingType.FeedbackThirdParty) || IsOpen(FindingType.IpListing))
            changes = External.Evaluate(open, thresholds, Counters.CountsFrom, at, changes);
        return Volumes.Evaluate(open, thresholds, at, changes);
    }

    /// <summary>The part of <see cref="Evaluate"/> that an acceptance can change.</summary>
    internal FindingChanges EvaluateVolume(ReputationThresholds platform, DateTimeOffset at) =>
        Volumes.Evaluate(Standing.OpenFindings, ThresholdsOr(platform), at, FindingChanges.None);

    /// <summary>When a finding may close although nothing happens; null when none can.</summary>
    internal DateTimeOffset? NextLook(ReputationThresholds platform)
    {
        var (thresholds, open) = (ThresholdsOr(platform), Standing.OpenFindings);
        var next = ReputationRules.NextQuietCheck(Counters, open, thresholds);
        foreach (var finding in open)
        {
            var at = finding.Type switch
            {
                FindingType.Volume => VolumeHistory.NextLook(finding),
                FindingType.FeedbackThirdParty => External.NextLook ?? finding.OpenedAt,
                FindingType.IpListing => External.NextListingLook ?? finding.OpenedAt,
                _ => DateTimeOffset.MaxValue,
            };
            if (at < (next ?? DateTimeOffset.MaxValue)) next = at;
        }

        return next;
    }

    private bool IsOpen(FindingType type)
    {
        for (var i = 0; i < Standing.OpenFindings.Count; i++)
            if (Standing.OpenFindings[i].Type == type) return true;
        return false;
    }

    private void Look(TenantEvent e)
    {
        if (e.Report is { IsOfDestination: false } report)
        {
            External.Apply(report, e.At, Counters.CountsFrom);
            if (report.MessageId is { } reported) _reportSamples.Add(reported);
        }

        if (e.Kind == TenantEventKind.Accepted) Volumes.Count(e.Units, e.At);
        if (e.MessageId is { } id && e is { Simulated: false, Repeated: false })
        {
            if (e.Kind == TenantEventKind.HardBounced && CountedFact.FactOf(e) == ReputationFact.HardBounced && !e.OwnDomain) _bounceSamples.Add(id);
            else if (e.Kind == TenantEventKind.Complained && e.FeedbackLoop) _complaintSamples.Add(id);
        }

        if (e.Finding is { } finding && StepOf(e) is { } step)
        {
            _findingHistory =
            [
                .. _findingHistory.TakeLast(MaxFindingHistory - 1),
                new FindingRecord(e.At, finding.Type, step, finding.Impact, finding.Description),
            ];
        }
    }

    private static FindingStep? StepOf(TenantEvent e) => e.Kind switch
    {
        TenantEventKind.FindingOpened => FindingStep.Opened,
        TenantEventKind.FindingClosed => FindingStep.Closed,
        TenantEventKind.FindingChanged => e.Step ?? (e.Finding!.Impact == FindingImpact.High ? FindingStep.Raised : FindingStep.Lowered),
        _ => null,
    };
}
