using Silo.Core.Reputation;

namespace Silo.Server.Metrics;

/// <summary>How long a bucket of a series is.</summary>
public enum MetricsPeriod
{
    Hour,
    Day,

    /// <summary>One from end to end, in whole days.</summary>
    Total,
}

/// <summary>What is told apart.</summary>
[Flags]
public enum MetricsDimensions
{
    None = 0,
    Tenant = 1,
    Identity = 2,
    ConfigurationSet = 4,

    /// <summary>The recipients' mailbox provider: SES's ISP.</summary>
    Provider = 8,
}

/// <summary>Which mail counts; null in a member for all.</summary>
public sealed record MetricsFilter
{
    public static MetricsFilter All { get; } = new();

    public string? TenantName { get; init; }

    /// <summary>As identities are stored (<see cref="Accounts.IdentityName.Normalize"/>).</summary>
    public string? Identity { get; init; }

    /// <summary>Empty for mail without one.</summary>
    public string? ConfigurationSet { get; init; }

    public string? Provider { get; init; }
}

/// <summary>A question to <see cref="MetricsReader"/>.</summary>
/// <param name="From">The bucket that it lies in is the first; buckets are of UTC.</param>
/// <param name="To">Where the last bucket ends, or a moment in it.</param>
public sealed record MetricsRequest(IReadOnlyList<Metric> Metrics, DateTimeOffset From, DateTimeOffset To, MetricsPeriod Period)
{
    public const int MaxRows = 5_000;
    public const int MaxTop = 1_000;

    /// <summary>How far back and how long a question may reach.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(60);

    /// <summary>The previous period of equal length is looked at up to this length.</summary>
    public static readonly TimeSpan LongestCompared = TimeSpan.FromDays(30);

    /// <summary>Hours of an identity or configuration set of no single tenant are kept so long.</summary>
    public static readonly TimeSpan HoursOfNames = TimeSpan.FromDays(7);

    public MetricsFilter Filter { get; init; } = MetricsFilter.All;

    public MetricsDimensions By { get; init; }

    /// <summary>The largest first, by this one; null for the order of time and names. With <see cref="MetricsPeriod.Total"/> alone.</summary>
    public Metric? RankBy { get; init; }

    /// <summary>The first so many of a ranking, 1 to <see cref="MaxTop"/>; null for all, which may be too many.</summary>
    public int? Top { get; init; }

    /// <summary>With <see cref="MetricsPeriod.Total"/> alone: each row also with its values in the time before, of equal length.</summary>
    public bool WithPrevious { get; init; }

    /// <summary>The hours that its buckets cover.</summary>
    internal (int From, int To) Hours()
    {
        var length = Period == MetricsPeriod.Hour ? 1 : 24;
        return (RollUpKey.HourOf(From) / length * length, RollUpKey.HourOf(To.AddTicks(-1)) / length * length + length);
    }

    /// <summary>Why it is not answered: a sentence that begins with the member; null when it is.</summary>
    public string? Fault(DateTimeOffset now)
    {
        if (From >= To) return "From must be before To";
        if (To - From > Longest) return $"To must be at most {Longest.Days} days after From";
        if (WithPrevious && To - From > LongestCompared) return $"To must be at most {LongestCompared.Days} days after From for a comparison";
        if (Period != MetricsPeriod.Total && (RankBy is not null || Top is not null || WithPrevious))
            return "Period must be TOTAL for a ranking or a comparison";
        if (Top is < 1 or > MaxTop) return $"Top must be 1 to {MaxTop}, not {Top}";
        if (Period != MetricsPeriod.Hour || Filter.TenantName is not null) return null;
        if ((By & MetricsDimensions.Tenant) != 0) return "Period must not be HOUR where tenants are told apart";
        var isOfNames = (By & (MetricsDimensions.Identity | MetricsDimensions.ConfigurationSet)) != 0
            || Filter.Identity is not null || Filter.ConfigurationSet is not null;
        return isOfNames && now - From > HoursOfNames
            ? $"From must be within {HoursOfNames.Days} days for the hours of identities and configuration sets, unless TenantName is given"
            : null;
    }
}

/// <param name="From">Where the first bucket begins.</param>
/// <param name="To">Where the last bucket ends.</param>
/// <param name="Rows">Buckets and names with nothing in them have none.</param>
/// <param name="IsCut">There were more than <see cref="MetricsRequest.MaxRows"/>, or than the top that was asked for.</param>
public sealed record MetricsAnswer(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<MetricsRow> Rows, bool IsCut)
{
    /// <summary>For mail that there was none of.</summary>
    public static MetricsAnswer Empty(MetricsRequest request)
    {
        var (from, to) = request.Hours();
        return new MetricsAnswer(RollUpKey.Begin(from), RollUpKey.Begin(to), [], false);
    }
}

/// <param name="Start">Where the bucket begins.</param>
/// <param name="TenantName">Null where tenants are not told apart, and for one that is gone.</param>
/// <param name="Identity">Null where not told apart, and for mail whose identity is not known.</param>
/// <param name="ConfigurationSet">Null where not told apart, and for mail without one.</param>
/// <param name="Provider">Null where not told apart; empty for what is about no single recipient.</param>
/// <param name="Values">By the metrics of the question.</param>
public sealed record MetricsRow(
    DateTimeOffset Start, string? TenantName, string? Identity, string? ConfigurationSet, string? Provider, IReadOnlyList<MetricsValue> Values);

/// <param name="Count">Never below 0.</param>
/// <param name="Of">The denominator of the metric's rate; null for a metric without one.</param>
public readonly record struct MetricsValue(long Count, long? Of)
{
    /// <summary>In the time before, where it was asked for.</summary>
    public long? PreviousCount { get; init; }

    public long? PreviousOf { get; init; }

    /// <summary>0 to 1; null without a denominator, or while it is 0.</summary>
    public double? Rate => Share(Count, Of);

    public double? PreviousRate => Share(PreviousCount, PreviousOf);

    /// <summary>By what part the count has grown: 0.5 for half as much again; null where there was nothing before.</summary>
    public double? CountChange => PreviousCount is > 0 and var before ? (Count - before) / (double)before : null;

    /// <summary>The difference of the rates, in parts of one.</summary>
    public double? RateChange => Rate - PreviousRate;

    private static double? Share(long? count, long? of) => count is { } part && of is > 0 and var whole ? part / (double)whole : null;
}
