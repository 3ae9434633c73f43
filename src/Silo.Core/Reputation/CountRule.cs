using System.Globalization;

namespace Silo.Core.Reputation;

/// <summary>A finding that follows from a number that everybody agrees on: reports, listings. No bounds, no volume.</summary>
/// <param name="Total">All that counts now: the finding closes by it.</param>
/// <param name="New">Of these, what came since the last reinstatement: it opens and is raised by that.</param>
internal readonly record struct CountedFinding(FindingType Type, int Total, int New, int Low, int High);

internal static class CountRule
{
    public static FindingChanges Judge(
        CountedFinding counted, IReadOnlyList<Finding> open, DateTimeOffset? countsFrom, DateTimeOffset now, FindingChanges changes)
    {
        Finding? finding = null;
        for (var i = 0; i < open.Count; i++)
            if (open[i].Type == counted.Type) finding = open[i];
        if (finding is null)
            return counted.New >= counted.Low ? changes with { Opened = [.. changes.Opened, New(counted, now)] } : changes;
        if (counted.Total < counted.Low) return Close(finding, now, changes);
        if (finding.OpenedAt < countsFrom && counted.New >= counted.Low)
            return Close(finding, now, changes) with { Opened = [.. changes.Opened, New(counted, now)] };
        // What came before a reinstatement keeps a finding as it is, and raises none: also not the one that newer ones opened.
        var impact = counted.New >= counted.High ? FindingImpact.High : counted.Total < counted.High ? FindingImpact.Low : finding.Impact;
        if (impact == finding.Impact) return changes;
        var changed = finding with
        {
            Impact = impact, UpdatedAt = now, Count = counted.Total, Volume = counted.Total,
            Description = Describe(counted.Type, counted.Total),
        };
        return impact == FindingImpact.High
            ? changes with { Raised = [.. changes.Raised, changed] }
            : changes with { Lowered = [.. changes.Lowered, changed] };
    }

    public static FindingChanges Close(Finding finding, DateTimeOffset now, FindingChanges changes) =>
        changes with { Closed = [.. changes.Closed, finding with { ClosedAt = now, UpdatedAt = now }] };

    private static Finding New(CountedFinding counted, DateTimeOffset now) => new()
    {
        Type = counted.Type, Impact = counted.New >= counted.High ? FindingImpact.High : FindingImpact.Low, OpenedAt = now, UpdatedAt = now,
        Window = ReputationWindow.Week, Count = counted.New, Volume = counted.New, LowerBound = 0, UpperBound = 1,
        Description = Describe(counted.Type, counted.New),
    };

    private static string Describe(FindingType type, int count) => type == FindingType.IpListing
        ? string.Create(CultureInfo.InvariantCulture, $"Listed by {count} blocklist{(count == 1 ? "" : "s")}.")
        : string.Create(CultureInfo.InvariantCulture,
            $"{count} report{(count == 1 ? "" : "s")} of spam traps or abuse by third parties within 7 days.");
}
