using System.Collections.Frozen;
using Silo.Core.Messages;
using Silo.Core.QueueControl;
using Silo.Core.Tenants;

namespace Silo.Server.Delivery;

/// <summary>What a tenant that may send may not send: the gate asks it of each hand-over. Immutable.</summary>
/// <param name="AcceptedFrom">Mail that was accepted before expires. Null without such a limit.</param>
/// <param name="Orders">Orders about queued mail that are in force.</param>
public sealed record SendingTerms(DateTimeOffset? AcceptedFrom, IReadOnlyList<QueueOrder> Orders)
{
    public static SendingTerms None { get; } = new(null, []);

    /// <summary>False while the tenant is not in memory: what it forbids and how it warms up is not known then.</summary>
    public bool AreKnown => !ReferenceEquals(this, None);

    /// <summary>The tenant's event after which the orders are these. What was found out under others says nothing of them.</summary>
    public long OrdersSince { get; init; }

    /// <summary>Permits that were given under another warm-up, or before there was one, are void (<see cref="Tenants.PermitTerm.SetBy"/>).</summary>
    public long WarmUpSetBy { get; init; }

    /// <inheritdoc cref="Core.Tenants.WarmUpLedger.Domains"/>
    public FrozenSet<string>? WarmUpDomains { get; init; }

    /// <summary>By this pool alone mail may overflow now; null while none may.</summary>
    public string? OverflowPool { get; init; }

    /// <inheritdoc cref="Core.Tenants.TenantLedger.WaitsCountFrom"/>
    public DateTimeOffset? WaitsCountFrom { get; init; }

    /// <summary>The tenant's own settings of suppression; null without any.</summary>
    public TenantSuppression? Suppression { get; init; }

    /// <summary>Mail may still be held by orders that have ended.</summary>
    public bool HoldsMail { get; init; }

    /// <summary>The queue may not be in line with the orders yet.</summary>
    public bool NeedSift => HoldsMail || Orders.Count > 0;

    public bool IsTooOld(Envelope envelope) => envelope.LeavesFrom < AcceptedFrom;

    /// <inheritdoc cref="QueueFilter.Matches"/>
    public bool Forbid(Envelope envelope, string recipient, string? pool, string? provider) =>
        IsTooOld(envelope) || (Orders.Count > 0 && QueueOrder.Find(Orders, envelope, recipient, pool, provider) is not null);
}
