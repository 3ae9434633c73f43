using System.Globalization;
using System.Text.Json.Serialization;

namespace Silo.Core.Reputation;

/// <summary>What a finding is about (SES recommendation types BOUNCE, COMPLAINT, FEEDBACK_3P, IP_LISTING).</summary>
public enum FindingType
{
    Bounce,
    Complaint,

    /// <summary>Reports of third parties, such as spam traps. Found elsewhere, not from counters.</summary>
    FeedbackThirdParty,

    /// <summary>A sending IP is on a blocklist. Found elsewhere, not from counters.</summary>
    IpListing,

    /// <summary>The hour's volume leaves the tenant's own history. Silo's own: SES has no such finding.</summary>
    Volume,
}

/// <summary>LOW may affect deliverability; HIGH likely does, and pauses under the standard policy.</summary>
public enum FindingImpact
{
    Low,
    High,
}

/// <summary>
/// One thing found about a tenant's reputation, with its evidence. At most one per type is open at a time. The numbers are those of
/// <see cref="UpdatedAt"/>: of the opening or the last change; <see cref="ReputationRules.Refresh"/> gives those of now.
/// </summary>
public sealed record Finding
{
    // Required and of value types: left out when they are zero, as defaults are, they could not be read again.
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required FindingType Type { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required FindingImpact Impact { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required DateTimeOffset OpenedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Null while it is open.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>The window that showed it.</summary>
    public ReputationWindow Window { get; init; }

    /// <summary>The denominator of the rate.</summary>
    public long Volume { get; init; }

    /// <summary>The numerator of the rate.</summary>
    public long Count { get; init; }

    /// <summary>One-sided lower confidence bound of the rate, 0 to 1.</summary>
    public double LowerBound { get; init; }

    /// <summary>One-sided upper confidence bound of the rate, 0 to 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double UpperBound { get; init; } = 1;

    /// <summary>The mailbox provider that has the most of <see cref="Count"/>; null where none has any, or it has no provider.</summary>
    public string? Provider { get; init; }

    /// <summary>Its part of <see cref="Count"/>.</summary>
    public long ProviderCount { get; init; }

    /// <summary>Its part of <see cref="Volume"/>.</summary>
    public long ProviderVolume { get; init; }

    /// <summary>Ids of the last messages with the bad outcome, at most <see cref="MaxSamples"/>, the newest last. Null for none.</summary>
    public IReadOnlyList<string>? SampleMessageIds { get; init; }

    public const int MaxSamples = 5;

    /// <summary>One sentence, as in SES's own findings: "Bounce rate 16.2% over a representative volume of 812 messages."</summary>
    public required string Description { get; init; }

    internal static string Describe(FindingType type, long count, long volume)
    {
        // Complaint thresholds differ in the second decimal of a percentage, bounce thresholds in the first digits.
        var (name, format) = type == FindingType.Bounce ? ("Bounce", "0.0") : ("Complaint", "0.00");
        var percentage = volume == 0 ? 0 : 100m * count / volume;
        return string.Create(CultureInfo.InvariantCulture,
            $"{name} rate {percentage.ToString(format, CultureInfo.InvariantCulture)}% over a representative volume of {volume} messages.");
    }
}
