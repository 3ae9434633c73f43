namespace Silo.Core.Reputation;

/// <summary>
/// Judges counters: opens, raises, lowers and closes findings about bounces and complaints. A rate counts as above a threshold when
/// the lower bound of its confidence interval is, in any window with the floor's volume; as below it when the upper bound is.
/// </summary>
public static class ReputationRules
{
    /// <summary>
    /// One look, to be taken after every recorded outcome and, for <see cref="NextQuietCheck"/>, at that time. Depends on its arguments
    /// alone: a replay of the same events with their times gives the same findings. Allocates nothing when nothing changes.
    /// </summary>
    /// <param name="counters">Only sends since <see cref="ReputationCounters.CountsFrom"/> are judged.</param>
    /// <param name="open">The findings that are open, at most one per type; types that counters do not show are left alone.</param>
    /// <param name="eventTime">The time of the event that was recorded last, not that of the replay.</param>
    public static FindingChanges Evaluate(
        ReputationCounters counters, IReadOnlyList<Finding> open, ReputationThresholds thresholds, DateTimeOffset eventTime)
    {
        var changes = Judge(new Rate(FindingType.Bounce, counters, thresholds, eventTime), open, FindingChanges.None);
        return Judge(new Rate(FindingType.Complaint, counters, thresholds, eventTime), open, changes);
    }

    /// <summary>The finding with the numbers of <paramref name="now"/>; impact, window and times stay. For display, not an event.</summary>
    public static Finding Refresh(Finding finding, ReputationCounters counters, ReputationThresholds thresholds, DateTimeOffset now) =>
        finding.Type is FindingType.Bounce or FindingType.Complaint
            ? WithNumbers(finding, new Rate(finding.Type, counters, thresholds, now), finding.Window)
            : finding;

    /// <summary>
    /// When an open finding closes if no further bad outcome comes, so that an idle tenant's is looked at without an event. Null when
    /// none of them depends on counters.
    /// </summary>
    public static DateTimeOffset? NextQuietCheck(
        ReputationCounters counters, IReadOnlyList<Finding> open, ReputationThresholds thresholds)
    {
        DateTimeOffset? next = null;
        foreach (var finding in open)
        {
            if (finding.Type is not (FindingType.Bounce or FindingType.Complaint)) continue;
            var at = new Rate(finding.Type, counters, thresholds, finding.OpenedAt).LastBadOutcomeAt ?? finding.OpenedAt;
            if (next is null || at + thresholds.QuietPeriod < next) next = at + thresholds.QuietPeriod;
        }

        return next;
    }

    private static FindingChanges Judge(Rate rate, IReadOnlyList<Finding> open, FindingChanges changes)
    {
        Finding? finding = null;
        for (var i = 0; i < open.Count && finding is null; i++)
            if (open[i].Type == rate.Type) finding = open[i];

        // Nothing opens on what closes: without a bad outcome in the quiet period, what is left in the windows is history.
        if (rate.IsQuiet) return finding is null ? changes : Close(finding, rate, changes);
        if (finding is null) return Exceeds(rate, FindingImpact.Low) ? Open(rate, changes) : changes;

        // Newer sends alone show it again: a new violation, although the old finding is not resolved yet.
        if (finding.OpenedAt < rate.CountsFrom && Exceeds(rate, FindingImpact.Low)) return Open(rate, Close(finding, rate, changes));

        // While a finding is open the tests that fail on a glance at the ratio come first.
        var isHigh = finding.Impact == FindingImpact.High;
        if (!isHigh && Exceeds(rate, FindingImpact.High)) return Raise(finding, rate, changes);
        if (IsCleared(finding, rate, rate.Threshold(FindingImpact.Low)) && !Exceeds(rate, FindingImpact.Low)) return Close(finding, rate, changes);
        if (isHigh && IsCleared(finding, rate, rate.Threshold(FindingImpact.High)) && !Exceeds(rate, FindingImpact.High))
            return Lower(finding, rate, changes);
        return changes;
    }

    private static bool Exceeds(Rate rate, FindingImpact impact)
    {
        var windows = rate.Windows;
        for (var i = 0; i < windows.Count; i++)
            if (Exceeds(rate, windows[i], impact)) return true;
        return false;
    }

    private static bool Exceeds(Rate rate, ReputationWindow window, FindingImpact impact)
    {
        var (count, volume) = rate.Of(window);
        return volume >= rate.VolumeFloor && BetaBounds.LowerExceeds(count, volume, rate.Threshold(impact), rate.ErrorLevelOf(impact));
    }

    // The finding's own window decides as long as it holds enough to judge. Once it has run nearly empty, as the hour after a burst
    // does, a longer window may: else a tenant of little volume would never be rid of it.
    private static bool IsCleared(Finding finding, Rate rate, double threshold)
    {
        for (var window = finding.Window; window <= ReputationWindow.Week; window++)
        {
            var (count, volume) = rate.Of(window);
            if (BetaBounds.UpperIsBelow(count, volume, threshold, rate.ErrorLevel)) return true;
            if (volume >= rate.VolumeFloor) return false;
        }

        return false;
    }

    private static FindingChanges Open(Rate rate, FindingChanges changes)
    {
        var isHigh = Exceeds(rate, FindingImpact.High);
        var window = rate.Windows.First(window => Exceeds(rate, window, isHigh ? FindingImpact.High : FindingImpact.Low));
        var finding = new Finding
        {
            Type = rate.Type,
            Impact = isHigh ? FindingImpact.High : FindingImpact.Low,
            OpenedAt = rate.Now,
            UpdatedAt = rate.Now,
            Description = "",
        };
        return changes with { Opened = [.. changes.Opened, WithNumbers(finding, rate, window)] };
    }

    private static FindingChanges Raise(Finding finding, Rate rate, FindingChanges changes)
    {
        var window = rate.Windows.First(window => Exceeds(rate, window, FindingImpact.High));
        var raised = WithNumbers(finding with { Impact = FindingImpact.High, UpdatedAt = rate.Now }, rate, window);
        return changes with { Raised = [.. changes.Raised, raised] };
    }

    private static FindingChanges Lower(Finding finding, Rate rate, FindingChanges changes)
    {
        var lowered = WithNumbers(finding with { Impact = FindingImpact.Low, UpdatedAt = rate.Now }, rate, finding.Window);
        return changes with { Lowered = [.. changes.Lowered, lowered] };
    }

    private static FindingChanges Close(Finding finding, Rate rate, FindingChanges changes) =>
        changes with { Closed = [.. changes.Closed, finding with { ClosedAt = rate.Now, UpdatedAt = rate.Now }] };

    private static Finding WithNumbers(Finding finding, Rate rate, ReputationWindow window)
    {
        var (count, volume) = rate.Of(window);
        var worst = rate.WorstProvider(window);
        return finding with
        {
            Provider = worst?.Provider,
            ProviderCount = worst?.Count ?? 0,
            ProviderVolume = worst?.Volume ?? 0,
            Window = window,
            Count = count,
            Volume = volume,
            LowerBound = BetaBounds.Lower(count, volume, rate.ErrorLevelOf(finding.Impact)),
            UpperBound = BetaBounds.Upper(count, volume, rate.ErrorLevel),
            Description = Finding.Describe(finding.Type, count, volume),
        };
    }

    /// <summary>One of the two rates of a tenant at one instant, with what it is measured against.</summary>
    private readonly struct Rate(FindingType type, ReputationCounters counters, ReputationThresholds thresholds, DateTimeOffset now)
    {
        public FindingType Type => type;

        public DateTimeOffset Now => now;

        public DateTimeOffset? CountsFrom => counters.CountsFrom;

        public IReadOnlyList<ReputationWindow> Windows => type == FindingType.Bounce ? thresholds.BounceWindows : thresholds.ComplaintWindows;

        public double Threshold(FindingImpact impact) => (type, impact) switch
        {
            (FindingType.Bounce, FindingImpact.Low) => thresholds.LowBounceRate,
            (FindingType.Bounce, _) => thresholds.HighBounceRate,
            (_, FindingImpact.Low) => thresholds.LowComplaintRate,
            _ => thresholds.HighComplaintRate,
        };

        public int VolumeFloor => type == FindingType.Bounce ? thresholds.BounceVolumeFloor : thresholds.ComplaintVolumeFloor;

        public double ErrorLevel => thresholds.ErrorLevelPerWindow;

        /// <summary>Of a look that opens a finding or raises it to this impact.</summary>
        public double ErrorLevelOf(FindingImpact impact) => type == FindingType.Bounce ? thresholds.ErrorLevelPerWindow
            : (impact == FindingImpact.Low ? thresholds.LowComplaintErrorLevel : thresholds.HighComplaintErrorLevel) / 3;

        public DateTimeOffset? LastBadOutcomeAt =>
            counters.LastBadOutcomeAt(type == FindingType.Bounce ? ReputationFact.HardBounced : ReputationFact.Complained);

        public (string Provider, long Count, long Volume)? WorstProvider(ReputationWindow window) => counters.WorstProvider(
            type == FindingType.Bounce ? ReputationFact.HardBounced : ReputationFact.Complained, window, now);

        public bool IsQuiet => LastBadOutcomeAt is not { } last || last + thresholds.QuietPeriod <= now;

        public (long Count, long Volume) Of(ReputationWindow window) => type == FindingType.Bounce
            ? counters.JudgedBounces(window, now.UtcTicks)
            : counters.JudgedComplaints(window, now.UtcTicks);
    }
}
