using System.Text.Json.Serialization;

namespace Silo.Core.Reputation;

/// <summary>
/// The reports about a tenant of the last 7 days, and the lists that name it now: part of the fold of its events. Beyond the limits the
/// oldest listing is dropped, and the two reports that are nearest to each other become one.
/// </summary>
public sealed class ExternalReports
{
    public const int MaxReports = 100;
    public const int MaxListings = 50;

    /// <summary>How long a report counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromDays(7);

    /// <summary>A listing ends by itself so long after it was told last: who watches blocklists may be gone.</summary>
    public static readonly TimeSpan ListingWindow = TimeSpan.FromDays(3);

    private List<ReportMark> _reports = [];
    private List<ReportMark> _listings = [];

    public IReadOnlyList<ReportMark> Reports => _reports;

    /// <summary>By the source that lists it, one each; some may have ended (<see cref="ListedAt"/>).</summary>
    public IReadOnlyList<ReportMark> Listings => _listings;

    internal bool IsEmpty => _reports.Count == 0 && _listings.Count == 0;

    internal static ExternalReports Read(IReadOnlyList<ReportMark>? reports, IReadOnlyList<ReportMark>? listings) =>
        new() { _reports = [.. reports ?? []], _listings = [.. listings ?? []] };

    /// <param name="countsFrom">The last reinstatement: of reports before and after it none become one.</param>
    internal void Apply(ExternalReport report, DateTimeOffset at, DateTimeOffset? countsFrom)
    {
        if (report.IsListing)
        {
            var known = _listings.FirstOrDefault(l => l.Source == report.Source && Lists(l, at));
            _listings = [.. _listings.Where(l => l.Source != report.Source && Lists(l, at))];
            // Told again each time that somebody looks; it is listed since the first.
            if (report.Kind == ExternalReportKind.IpListed)
                _listings.Add(known is null ? new ReportMark(at, report.Source, 1) : known with { ToldAt = at });
            if (_listings.Count > MaxListings) _listings.RemoveAt(0);
            return;
        }

        _reports = [.. _reports.Where(r => at - r.At < Window), new ReportMark(at, report.Source, report.Count)];
        if (_reports.Count > MaxReports) JoinNearest(countsFrom ?? DateTimeOffset.MinValue);
    }

    // At the time of the older: no report counts longer than the window, and some leave it by a gap early.
    private void JoinNearest(DateTimeOffset mark)
    {
        var (nearest, least) = (0, TimeSpan.MaxValue);
        for (var i = 0; i + 1 < _reports.Count; i++)
        {
            var gap = (_reports[i + 1].At - _reports[i].At).Duration();
            if (gap < least && _reports[i].At >= mark == _reports[i + 1].At >= mark) (nearest, least) = (i, gap);
        }

        var (first, second) = (_reports[nearest], _reports[nearest + 1]);
        _reports[nearest] = (first.At <= second.At ? first : second) with { Count = first.Count + second.Count };
        _reports.RemoveAt(nearest + 1);
    }

    /// <summary>Opens, raises, lowers and closes the findings that follow from them; as <see cref="ReputationRules.Evaluate"/>.</summary>
    internal FindingChanges Evaluate(
        IReadOnlyList<Finding> open, ReputationThresholds thresholds, DateTimeOffset? countsFrom, DateTimeOffset now, FindingChanges changes)
    {
        var mark = countsFrom ?? DateTimeOffset.MinValue;
        changes = CountRule.Judge(
            new CountedFinding(
                FindingType.FeedbackThirdParty, _reports.Where(r => now - r.At < Window).Sum(r => r.Count),
                _reports.Where(r => now - r.At < Window && r.At >= mark).Sum(r => r.Count), thresholds.LowReports, thresholds.HighReports),
            open, countsFrom, now, changes);
        return CountRule.Judge(
            new CountedFinding(
                FindingType.IpListing, _listings.Count(l => Lists(l, now)), _listings.Count(l => Lists(l, now) && l.At >= mark),
                thresholds.LowListings, thresholds.HighListings),
            open, countsFrom, now, changes);
    }

    /// <summary>When the oldest report ceases to count; null without any.</summary>
    internal DateTimeOffset? NextLook => _reports.Count == 0 ? null : _reports[0].At + Window;

    /// <summary>When the first listing ends unless it is told again; null without any.</summary>
    internal DateTimeOffset? NextListingLook => _listings.Count == 0 ? null : _listings.Min(ToldLast) + ListingWindow;

    /// <summary>The listings that count at an instant.</summary>
    public IReadOnlyList<ReportMark> ListedAt(DateTimeOffset now) => [.. _listings.Where(l => Lists(l, now))];

    private static bool Lists(ReportMark listing, DateTimeOffset now) => now - ToldLast(listing) < ListingWindow;

    private static DateTimeOffset ToldLast(ReportMark listing) => listing.ToldAt ?? listing.At;
}

/// <param name="Count">Messages that it is about; 1 for a listing.</param>
public sealed record ReportMark(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset At, string Source,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int Count)
{
    /// <summary>Of a listing: when it was told last; null when that was only once.</summary>
    public DateTimeOffset? ToldAt { get; init; }
}
