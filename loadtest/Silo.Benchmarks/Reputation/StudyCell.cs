using Silo.Core.Reputation;

namespace Silo.Benchmarks.Reputation;

/// <summary>A way to judge a tenant by what became of its mail.</summary>
internal enum StudyRule
{
    /// <summary>Silo's: the lower confidence bound is above the threshold.</summary>
    Bound,

    /// <summary>The ratio is above the threshold, with as much volume as Silo asks for.</summary>
    Floor,

    /// <summary>The ratio is above the threshold.</summary>
    Ratio,
}

/// <summary>Tenants that are alike: so much mail a day, of which so much is bad.</summary>
internal sealed record StudyCell(FindingType Type, double TrueRate, int PerDay, int Tenants, int Days)
{
    public const int Impacts = 2;
    public const int Rules = 3;

    private readonly List<long>[] _pausedAfter = [.. Enumerable.Range(0, Impacts * Rules).Select(_ => new List<long>())];
    private readonly double[] _tenantDays = new double[Impacts * Rules];

    /// <summary>Adds one tenant's run.</summary>
    /// <param name="pausedAfter">By impact and rule: messages until the pause, or null.</param>
    public void Add(IReadOnlyList<long?> pausedAfter)
    {
        for (var i = 0; i < pausedAfter.Count; i++)
        {
            if (pausedAfter[i] is { } messages) _pausedAfter[i].Add(messages);
            _tenantDays[i] += (double)(pausedAfter[i] ?? ((long)PerDay * Days)) / PerDay;
        }
    }

    public int Pauses(FindingImpact impact, StudyRule rule) => _pausedAfter[Index(impact, rule)].Count;

    /// <summary>Days of tenants that were not paused before.</summary>
    public double TenantDays(FindingImpact impact, StudyRule rule) => _tenantDays[Index(impact, rule)];

    /// <summary>Messages that a tenant sends until it is paused; null when fewer than that part of them ever are.</summary>
    /// <param name="part">0.5 for the median.</param>
    public long? Messages(FindingImpact impact, StudyRule rule, double part)
    {
        var sorted = _pausedAfter[Index(impact, rule)].Order().ToArray();
        var at = (int)Math.Ceiling(part * Tenants) - 1;
        return at < sorted.Length ? sorted[at] : null;
    }

    public static int Index(FindingImpact impact, StudyRule rule) => ((int)impact * Rules) + (int)rule;
}
