using Silo.Core.QueueControl;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;

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

    public TenantLimits Limits { get; init; } = TenantLimits.None;

    /// <summary>Recipients that mail was accepted for in this UTC day; a daily quota counts them.</summary>
    public long AcceptedToday { get; init; }

    /// <summary>The same in this calendar month.</summary>
    public long AcceptedThisMonth { get; init; }

    /// <summary>Null without one.</summary>
    public TenantWarmUp? WarmUp { get; init; }

    /// <summary>Its caps and their use, the total first; empty without one.</summary>
    public IReadOnlyList<WarmUpReport> WarmUpUse { get; init; } = [];

    /// <summary>Findings that are open, and those that closed within 30 days.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Orders about queued mail that are in force, the oldest first.</summary>
    public IReadOnlyList<QueueOrder> Orders { get; init; } = [];

    /// <summary>Units by state, since the tenant was created.</summary>
    public required TenantBooks Books { get; init; }

    /// <summary>Units that are with a transport now; the other open ones are queued.</summary>
    public int InHand { get; init; }

    public required ReputationVolume LastDay { get; init; }
}
