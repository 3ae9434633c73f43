using System.Text.Json.Serialization;

namespace Silo.Core.ProviderData;

/// <summary>What Google measured of a domain on one day. What is null or missing was not published, which is not 0.</summary>
/// <param name="Day">As Google counts days (Pacific time).</param>
public sealed record GoogleDay([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateOnly Day)
{
    /// <summary>Of the mail that reached inboxes, what its readers reported as spam: 0 to 1.</summary>
    public double? SpamRate { get; init; }

    /// <summary>The same by feedback loop, of those that Google named on this day.</summary>
    public IReadOnlyList<LoopRate> Loops { get; init; } = [];

    /// <summary>
    /// Of a tenant that is alone on the domain: the worse of the domain's rate and that of the loops that name it. Feedback-ID is a header
    /// that senders write: it accuses nobody on a domain of several, and excuses nobody.
    /// </summary>
    public double? RateOf(string tenant) => Loops.Where(l => l.IsOf(tenant)).Select(l => l.SpamRate).Append(SpamRate).Max();

    /// <summary>What is told again of the same day replaces what was known of it, metric by metric: they may come in pages.</summary>
    public GoogleDay Merge(GoogleDay newer) => newer with
    {
        SpamRate = newer.SpamRate ?? SpamRate,
        Loops =
        [
            .. Loops.Concat(newer.Loops).GroupBy(l => l.Id, StringComparer.Ordinal)
                .Select(g => new LoopRate(g.Key, g.Last().SpamRate ?? g.First().SpamRate))
                .OrderBy(l => l.Id, StringComparer.Ordinal).Take(ProviderDataLimits.MaxLoops),
        ],
    };

    /// <summary>The newest days of both, at most <see cref="ProviderDataLimits.MaxDays"/>, the newest last.</summary>
    public static IReadOnlyList<GoogleDay> Merge(IReadOnlyList<GoogleDay> known, IReadOnlyList<GoogleDay> newer) =>
    [
        .. known.Concat(newer).GroupBy(d => d.Day).OrderBy(g => g.Key).TakeLast(ProviderDataLimits.MaxDays)
            .Select(g => g.Aggregate((a, b) => a.Merge(b))),
    ];
}

/// <summary>A feedback loop: one of the first three fields of Feedback-ID, as Google names it.</summary>
/// <param name="SpamRate">0 to 1; null when Google named the loop and published no rate.</param>
public sealed record LoopRate(string Id, double? SpamRate)
{
    /// <summary>Whether it is a tenant's: its name, or a whole Feedback-ID tag:set:tenant:sender with it in its place.</summary>
    public bool IsOf(string tenant) => Id == tenant || (Id.Split(':') is [_, _, var named, _] && named == tenant);
}
