using Silo.Core.Reputation;
using Silo.Core.Suspension;

namespace Silo.Server.Tenants;

/// <summary>A tenant at one moment, for the edges and for people.</summary>
public sealed record TenantDescription
{
    public required string Name { get; init; }

    /// <summary>"tn-" and 30 hex digits; a tenant re-created under the same name has another.</summary>
    public required string TenantId { get; init; }

    /// <summary>arn:aws:ses:region:account:tenant/name/id.</summary>
    public required string Arn { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required TenantStanding Standing { get; init; }

    public TenantSuppression? Suppression { get; init; }

    /// <summary>Findings that are open, and those that closed within 30 days.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Units by state, since the tenant was created.</summary>
    public required TenantBooks Books { get; init; }

    public required ReputationVolume LastDay { get; init; }
}

/// <summary>
/// The books of a tenant in delivery units: accepted = queued + in hand + handed over + delivered + bounced + suppressed + expired +
/// cancelled + rejected, at any moment and after any crash.
/// </summary>
public sealed record TenantBooks
{
    public long Accepted { get; init; }

    /// <summary>Waiting, in hand or set aside; what the spool holds.</summary>
    public long Queued { get; init; }

    public long InHand { get; init; }

    public long HandedOver { get; init; }

    public long Delivered { get; init; }

    public long Bounced { get; init; }

    public long Suppressed { get; init; }

    public long Expired { get; init; }

    public long Cancelled { get; init; }

    public long Rejected { get; init; }

    /// <summary>Hand-overs that were repeated since their outcome was unknown. Not a state of its own.</summary>
    public long PossibleDuplicates { get; init; }
}
