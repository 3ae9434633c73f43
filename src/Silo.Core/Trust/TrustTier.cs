using System.Text.Json.Serialization;
using Silo.Core.Messages;
using Silo.Core.Tenants;

namespace Silo.Core.Trust;

/// <summary>
/// What a tenant may do while little is known of it, or much. A tenant's events carry its tier whole (decision 15), so that they tell what
/// held without it. Stored: members may be added, never changed or removed.
/// </summary>
public sealed record TrustTier
{
    public const int MaxNameLength = 64;
    public const int MaxRank = 1_000;
    public const int MaxBlastRadius = 1_000_000;

    /// <summary>1 to <see cref="MaxNameLength"/> of A-Z a-z 0-9 - _.</summary>
    public required string Name { get; init; }

    /// <summary>0 to <see cref="MaxRank"/>, no two alike: tenants move up to the next higher one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int Rank { get; init; }

    /// <summary>Another one with each change of the tier; no two tiers ever had the same.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required long Revision { get; init; }

    /// <summary>New tenants begin here; at most one tier says so.</summary>
    public bool IsDefault { get; init; }

    /// <summary>standard, strict, none or the name of a policy of the platform's own. Null for the standard one.</summary>
    public string? Policy { get; init; }

    /// <summary>What holds where the tenant has no limit of its own. Null for none.</summary>
    public TenantLimits? Limits { get; init; }

    /// <summary>
    /// Deliveries that may be unresolved at most, however much evidence there is, 1 to <see cref="MaxBlastRadius"/>. Null leaves it to the
    /// evidence (<see cref="Silo.Core.Limits.EvidenceCap"/>).
    /// </summary>
    public int? BlastRadius { get; init; }

    public ContentCoverage ContentCheck { get; init; }

    /// <summary>A finding HIGH moves a tenant one tier down; one about volume does not.</summary>
    public bool DemoteOnFinding { get; init; }

    /// <summary>What a tenant has to show to move up. Null: only a person moves it.</summary>
    public TrustPromotion? Promotion { get; init; }
}

/// <summary>The evidence for the next tier. All of it, and no open finding but one about volume, and not paused.</summary>
public sealed record TrustPromotion
{
    public const int MaxDays = 365;
    public const long MaxDeliveries = 1_000_000_000;

    /// <summary>Whole days in the tier, 0 to <see cref="MaxDays"/>.</summary>
    public int MinDays { get; init; }

    /// <summary>Recipients delivered or handed over to since it is in the tier, 0 to <see cref="MaxDeliveries"/>.</summary>
    public long MinDelivered { get; init; }

    /// <summary>The upper bound of the last week's bounce rate is below, above 0 to 0.5. Null: it does not matter.</summary>
    public double? MaxBounceRate { get; init; }

    /// <summary>The same of the complaint rate: what is not known, as of mail to Gmail alone, is not low.</summary>
    public double? MaxComplaintRate { get; init; }

    /// <summary>A person has to agree.</summary>
    public bool NeedsReview { get; init; }
}
