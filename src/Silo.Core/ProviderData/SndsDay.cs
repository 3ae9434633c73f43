using System.Text.Json.Serialization;

namespace Silo.Core.ProviderData;

/// <summary>How much of the mail Microsoft's filter took for spam (SNDS, "filter result").</summary>
public enum SndsFilterResult
{
    Unknown,

    /// <summary>Below 10 %.</summary>
    Green,

    /// <summary>10 to 90 %.</summary>
    Yellow,

    /// <summary>Above 90 %.</summary>
    Red,
}

/// <summary>What Microsoft measured of an address on one day.</summary>
/// <param name="Day">On which the activity began, as SNDS writes it (Pacific time).</param>
public sealed record SndsDay([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateOnly Day)
{
    public long RecipientCommands { get; init; }

    public long DataCommands { get; init; }

    public long MessageRecipients { get; init; }

    public SndsFilterResult FilterResult { get; init; }

    /// <summary>Complaints by recipients, 0 to 1; null when SNDS does not say, or only that it is below something.</summary>
    public double? ComplaintRate { get; init; }

    /// <summary>SNDS says only that it is below this ("&lt; 0.1%").</summary>
    public double? ComplaintRateBelow { get; init; }

    public long TrapHits { get; init; }

    public string? SampleHello { get; init; }

    public string? SampleSender { get; init; }

    public string? Comments { get; init; }

    /// <summary>The newest days of both, at most <see cref="ProviderDataLimits.MaxDays"/>, the newest last; the same day again replaces.</summary>
    public static IReadOnlyList<SndsDay> Merge(IReadOnlyList<SndsDay> known, IReadOnlyList<SndsDay> newer) =>
        [.. known.Concat(newer).GroupBy(d => d.Day).OrderBy(g => g.Key).TakeLast(ProviderDataLimits.MaxDays).Select(g => g.Last())];
}

/// <summary>A row of SNDS.</summary>
/// <param name="Address">As it is written there.</param>
public sealed record SndsRow(string Address, SndsDay Day);
