using Silo.Core.Reputation;

namespace Silo.Benchmarks.Reputation;

/// <summary>
/// One tenant that sends evenly all day, each message bad with the same probability and known to be so at once: how many messages go by
/// until each rule pauses it. The counters and the rule are the real ones.
/// </summary>
/// <remarks>
/// Rules are asked at each bad outcome and when the volume reaches the floor: a good outcome in between only lowers a rate. Good outcomes
/// are recorded in runs that share a bucket.
/// </remarks>
internal sealed class StudyTenant(StudyCell cell, ReputationThresholds thresholds, int seed)
{
    private const int BucketSeconds = 300;
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly ReputationWindow[] Windows = Enum.GetValues<ReputationWindow>();

    private readonly Random _random = new(seed);
    private readonly ReputationCounters _counters = new();
    private readonly long?[] _pausedAfter = new long?[StudyCell.Impacts * StudyCell.Rules];
    private readonly double _interval = 86_400.0 / cell.PerDay;
    private IReadOnlyList<Finding> _open = [];

    private bool IsBounce => cell.Type == FindingType.Bounce;

    private int Floor => IsBounce ? thresholds.BounceVolumeFloor : thresholds.ComplaintVolumeFloor;

    public IReadOnlyList<long?> Run()
    {
        var total = (long)cell.PerDay * cell.Days;
        for (long sent = 0; sent < total && _pausedAfter.Contains(null);)
        {
            var good = Math.Min(Gap(), total - sent);
            while (good > 0)
            {
                var run = Math.Min(good, LastOfBucket(sent) - sent + 1);
                if (sent < Floor) run = Math.Min(run, Floor - sent);
                Record(sent, (int)run, isBad: false);
                (sent, good) = (sent + run, good - run);
                if (sent == Floor) Look(sent);
            }

            if (sent >= total) break;
            Record(sent, 1, isBad: true);
            Look(++sent);
        }

        return _pausedAfter;
    }

    /// <summary>Good messages until the next bad one.</summary>
    private long Gap() => (long)Math.Min(Math.Log(1 - _random.NextDouble()) / Math.Log(1 - cell.TrueRate), 1e15);

    private DateTimeOffset At(long message) => Start.AddSeconds(message * _interval);

    private long LastOfBucket(long message)
    {
        var end = (Math.Floor(message * _interval / BucketSeconds) + 1) * BucketSeconds;
        return Math.Max((long)Math.Ceiling(end / _interval) - 1, message);
    }

    private void Record(long message, int count, bool isBad)
    {
        var at = At(message);
        if (IsBounce) _counters.Record(isBad ? ReputationFact.HardBounced : ReputationFact.Delivered, at, false, count);
        else _counters.Record(ReputationFact.Delivered, at, true, count);
        if (isBad && !IsBounce) _counters.Record(ReputationFact.Complained, at, true, count);
    }

    private void Look(long sent)
    {
        var now = At(sent - 1);
        if (IsWanted(StudyRule.Bound))
        {
            _open = ReputationRules.Evaluate(_counters, _open, thresholds, now).Apply(_open);
            if (_open is [{ Impact: var impact }, ..])
            {
                for (var i = FindingImpact.Low; i <= impact; i++) Pause(i, StudyRule.Bound, sent);
            }
        }

        if (!IsWanted(StudyRule.Floor) && !IsWanted(StudyRule.Ratio)) return;
        foreach (var window in Windows)
        {
            var volume = _counters.Volume(window, now);
            var (bad, of) = IsBounce ? (volume.HardBounces, volume.Resolved) : (volume.Complaints, volume.FeedbackLoopDelivered);
            for (var impact = FindingImpact.Low; impact <= FindingImpact.High; impact++)
            {
                if (bad <= of * ThresholdOf(cell.Type, impact, thresholds)) continue;
                Pause(impact, StudyRule.Ratio, sent);
                if (of >= Floor) Pause(impact, StudyRule.Floor, sent);
            }
        }
    }

    private bool IsWanted(StudyRule rule) =>
        _pausedAfter[StudyCell.Index(FindingImpact.Low, rule)] is null || _pausedAfter[StudyCell.Index(FindingImpact.High, rule)] is null;

    private void Pause(FindingImpact impact, StudyRule rule, long sent) => _pausedAfter[StudyCell.Index(impact, rule)] ??= sent;

    public static double ThresholdOf(FindingType type, FindingImpact impact, ReputationThresholds thresholds) => (type, impact) switch
    {
        (FindingType.Bounce, FindingImpact.Low) => thresholds.LowBounceRate,
        (FindingType.Bounce, _) => thresholds.HighBounceRate,
        (_, FindingImpact.Low) => thresholds.LowComplaintRate,
        _ => thresholds.HighComplaintRate,
    };
}
