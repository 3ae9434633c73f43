using System.Text.Json.Serialization;

namespace Silo.Core.Trust;

/// <summary>How far a tenant is trusted: part of its state, carried whole by each event that changes it.</summary>
public sealed record TenantTrust
{
    public static TenantTrust None { get; } = new();

    /// <summary>As it was when the tenant was told of it last; null for none.</summary>
    public TrustTier? Tier { get; init; }

    /// <summary>When it came to the tier; a change of the tier itself does not move it.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary><see cref="Tenants.TenantLedger.Delivered"/> of then.</summary>
    public long DeliveredBefore { get; init; }

    /// <summary><see cref="Tenants.TenantLedger.HighFindings"/> of then: only later ones move it down.</summary>
    public long HighFindingsBefore { get; init; }

    /// <summary>The policy that a tier gave it last; null before any did. While another one holds, that is its operator's, and stays.</summary>
    public string? TierPolicy { get; init; }

    /// <summary><see cref="TierPolicy"/> is still to be put in force.</summary>
    public bool PolicyIsDue { get; init; }

    /// <summary>The one that is open, or the last one.</summary>
    public TrustReview? Review { get; init; }

    /// <summary>A person is not asked about a promotion before.</summary>
    public DateTimeOffset? AskAgainAt { get; init; }

    /// <summary>A person is not asked about rejected mail before.</summary>
    public DateTimeOffset? RejectsAskAgainAt { get; init; }
}

/// <summary>The values are stored: append only.</summary>
public enum TrustReviewState
{
    Open = 0,

    /// <summary>Somebody looked, and it stays in the queue.</summary>
    Held = 1,
    Approved = 2,
    Declined = 3,

    /// <summary>What it asked about is past.</summary>
    Withdrawn = 4,
}

/// <summary>What a person is asked. The values are stored: append only.</summary>
public enum TrustReviewReason
{
    /// <summary>May it move up to the next tier?</summary>
    Promotion = 0,

    /// <summary>A content check rejects more of its mail than is usual: may it go on?</summary>
    Rejects = 1,
}

/// <summary>A question to a person about a tenant, with what was known when it was asked.</summary>
public sealed record TrustReview
{
    public const int MaxTextLength = 512;

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required TrustReviewState State { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required TrustReviewReason Reason { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>Where a promotion leads to.</summary>
    public string? ToTier { get; init; }

    public required TrustEvidence Evidence { get; init; }

    /// <summary>When it was decided, held or withdrawn last.</summary>
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>Who decided, 1 to <see cref="MaxTextLength"/> characters.</summary>
    public string? By { get; init; }

    /// <summary>Why, 1 to <see cref="MaxTextLength"/> characters.</summary>
    public string? Note { get; init; }

    [JsonIgnore]
    public bool IsOpen => State is TrustReviewState.Open or TrustReviewState.Held;
}

/// <summary>What a tenant has shown at one moment. Rates are of the last week, and of sends since a reinstatement.</summary>
/// <param name="Days">Whole days in the tier.</param>
/// <param name="Delivered">Recipients delivered or handed over to since it is in the tier.</param>
/// <param name="BounceUpper">Upper confidence bound of the bounce rate, 0 to 1; 1 while nothing is known.</param>
/// <param name="ComplaintUpper">The same of the complaint rate.</param>
/// <param name="Accepted">Recipients accepted in the last week, rejected ones included.</param>
/// <param name="RejectLower">Lower confidence bound of <paramref name="Rejected"/> of <paramref name="Accepted"/>.</param>
public sealed record TrustEvidence(
    int Days, long Delivered, int OpenFindings, long Bounces, long BounceVolume, double BounceUpper, long Complaints, long ComplaintVolume,
    double ComplaintUpper, long Rejected, long Accepted, double RejectLower);
