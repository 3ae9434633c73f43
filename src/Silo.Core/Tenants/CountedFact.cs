using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Silo.Core.Reputation;

namespace Silo.Core.Tenants;

/// <summary>What an event of a tenant adds to counts, and takes out of them: the same for its rates and its roll-ups.</summary>
/// <param name="TakenBack">What the unit counted as before; one unit.</param>
/// <param name="SentAt">Decides the bucket.</param>
/// <param name="Provider">Null for what is about no single recipient.</param>
internal readonly record struct CountedFact(ReputationFact? Added, ReputationFact? TakenBack, DateTimeOffset SentAt, string? Provider)
{
    /// <summary>What an earlier event took back that had not counted; one unit.</summary>
    public ReputationFact? Restored { get; init; }

    /// <summary>Null for what counts nowhere: answers of simulators, decisions.</summary>
    public static CountedFact? Of(TenantEvent e)
    {
        if (e.Simulated) return null;
        var fact = e.Repeated ? null : FactOf(e);
        var added = e.OwnDomain && fact == ReputationFact.HardBounced ? null : fact;
        var before = fact is null or ReputationFact.Complained ? null : FactOf(e.Previous);
        if (added is null && before is null && e.Restores is null) return null;
        return new CountedFact(added, before, e.SentAt ?? e.At, e.Recipient is { } to ? MailboxProvider.NameOf(to, e.Provider) : null)
        {
            Restored = FactOf(e.Restores),
        };
    }

    private static ReputationFact? FactOf(UnitState? state) => state switch
    {
        UnitState.Delivered => ReputationFact.Delivered,
        UnitState.HandedOver => ReputationFact.HandedOver,
        _ => null,
    };

    internal static ReputationFact? FactOf(TenantEvent e) => e.Kind switch
    {
        TenantEventKind.Accepted => ReputationFact.Sent,
        TenantEventKind.Suppressed => ReputationFact.Suppressed,
        TenantEventKind.HandedOver => ReputationFact.HandedOver,
        TenantEventKind.Delivered => ReputationFact.Delivered,
        // Told of a good address by a provider that took it for an unknown one: no more the tenant's than a block.
        TenantEventKind.HardBounced when e.CommonCause => ReputationFact.Blocked,
        // Bounced by a list, ours or that of the way out: nobody was asked.
        TenantEventKind.HardBounced when e.Bounce is BounceSubType.Suppressed or BounceSubType.OnAccountSuppressionList
            or BounceSubType.OnTenantSuppressionList => ReputationFact.Suppressed,
        TenantEventKind.HardBounced => ReputationFact.HardBounced,
        TenantEventKind.SoftBounced => ReputationFact.SoftBounced,
        TenantEventKind.Blocked => ReputationFact.Blocked,
        TenantEventKind.Deferred => ReputationFact.Deferred,
        TenantEventKind.Expired => ReputationFact.Expired,
        TenantEventKind.Cancelled => ReputationFact.Cancelled,
        TenantEventKind.Rejected => ReputationFact.Rejected,
        TenantEventKind.Complained => ReputationFact.Complained,
        TenantEventKind.Opened => ReputationFact.Opened,
        TenantEventKind.Clicked => ReputationFact.Clicked,
        TenantEventKind.Unsubscribed => ReputationFact.Unsubscribed,
        _ => null,
    };
}
