using Silo.Core.Delivery;
using Silo.Core.Messages;

namespace Silo.Server.Tenants;

/// <summary>Reaches the tenants that belong to this process, for those who let their mail leave.</summary>
public interface IOwnTenants
{
    ITenantDelivery Get(string name);

    /// <summary>Drops the activation of a tenant: its next call loads it from the store, wherever that is then.</summary>
    void Discard(string name);
}

/// <summary>
/// What the dispatcher of the silo that owns a tenant asks it and tells it. Tickets are those of that silo's spool, so nobody else can use
/// it. No properties and no generics, so that a grain interface can inherit it as it is.
/// </summary>
public interface ITenantDelivery
{
    /// <summary>Permits for hand-overs that may start now, and the instant from which to ask for more.</summary>
    ValueTask<Permits> Permit(PermitRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the outcomes of hand-overs; answers the ticket of the commit that settles them, or 0 when nothing was to be stored.
    /// </summary>
    ValueTask<long> Record(OutcomeBatch batch, CancellationToken cancellationToken);

    /// <summary>
    /// Does to queued units what the orders in force say; answers the ticket of the commit, or 0 when nothing was to be stored. The units
    /// are in nobody else's hands.
    /// </summary>
    ValueTask<long> Sift(SiftBatch batch, CancellationToken cancellationToken);

    /// <summary>
    /// The queue was walked through to its end: nothing is left to cancel, so the orders to cancel end; and unless one holds, nothing is
    /// held.
    /// </summary>
    /// <param name="ordersSince">Of the orders that the walk went by; of others it says nothing.</param>
    ValueTask Sifted(long tenantKey, long incarnation, long ordersSince, CancellationToken cancellationToken);

    /// <summary>Puts the current state in line for the disk, so that the log need not be replayed from further back.</summary>
    ValueTask Checkpoint(CancellationToken cancellationToken);
}

/// <summary>What became of permits since the tenant was told last; each is told once.</summary>
/// <param name="Started">Hand-overs that passed the gate: their permits are spent.</param>
/// <param name="Unused">Permits with which nothing started: they are given back.</param>
/// <param name="InHand">Units that are released and whose outcome is not known, now.</param>
public readonly record struct PermitUse(int Started, int Unused, int InHand)
{
    /// <summary>Units that are released and whose outcome is not stored, now.</summary>
    public int Unsettled { get; init; }

    /// <summary>Of the unused ones, those that were given under a cap of a warm-up and have no outcome. Null for none.</summary>
    public IReadOnlyList<ReturnedPermits>? Returned { get; init; }
}

/// <param name="Incarnation">Who asks: an owner of the tenant that is not the present one gets nothing.</param>
/// <param name="Wanted">Hand-overs that could start now; 0 only tells what became of earlier permits.</param>
public sealed record PermitRequest(long TenantKey, long Incarnation, int Wanted, PermitUse Use)
{
    /// <summary>The mailbox provider that all of them go to, by name. Null when none is wanted.</summary>
    public string? Provider { get; init; }

    /// <summary>
    /// The sending domain that they leave for, or <see cref="Core.Tenants.WarmUpLedger.OtherDomains"/>; of several that share a warm-up
    /// any. Null while the queue does not follow that the tenant warms up by domain, and for mail that overflows.
    /// </summary>
    public string? SendingDomain { get; init; }

    /// <summary>The pool by which they overflow; null for mail that has to ask the warm-up.</summary>
    public string? OverflowPool { get; init; }
}

/// <param name="Granted">Hand-overs that may start now; 0 while paused, and for who does not own the tenant.</param>
/// <param name="AskAgainAt">When to ask again if fewer were granted than wanted; null while only a change of status can help.</param>
public sealed record Permits(int Granted, DateTimeOffset? AskAgainAt)
{
    /// <summary>The tenant's weight among others, as it is now (<see cref="Core.Tenants.TenantLimits.Weight"/>).</summary>
    public double Weight { get; init; } = 1;

    /// <summary>What <see cref="AskAgainAt"/> is about.</summary>
    public PermitShortage Shortage { get; init; }

    /// <summary>For what they are good.</summary>
    public PermitTerm? Term { get; init; }
}

/// <param name="Unit">As released.</param>
/// <param name="Envelope">Null when the message was gone or could not be read.</param>
/// <param name="StartedAt">When the hand-over began; null when it did not.</param>
public sealed record Outcome(
    Storage.QueuedUnit Unit, Envelope? Envelope, long ReleaseId, DeliveryResult Result, DateTimeOffset? StartedAt, DateTimeOffset EndedAt)
{
    /// <summary>The spool holds no message for the unit any more.</summary>
    public bool MessageIsGone { get; init; }

    /// <summary>Of the permit that it had.</summary>
    public PermitTerm? Term { get; init; }

    /// <inheritdoc cref="Core.Tenants.TenantEvent.CommonCause"/>
    public bool CommonCause { get; init; }
}

/// <param name="TenantKey">Whose units these are: outcomes for a tenant that was deleted since then are dropped.</param>
/// <param name="Incarnation">Who handed over: outcomes of an owner that is not the present one are dropped.</param>
public sealed record OutcomeBatch(long TenantKey, long Incarnation, IReadOnlyList<Outcome> Outcomes, PermitUse Use)
{
    /// <summary>Some were told before, and it is not known whether they were stored: those that were are to be left out.</summary>
    public bool Repeated { get; init; }
}

/// <summary>A unit that waits in the queue, and the envelope of its message.</summary>
public sealed record SiftedUnit(Storage.QueuedUnit Unit, Envelope Envelope)
{
    /// <summary>It waits for so long that its sender is to be told. Null for one that orders may mean.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>With <see cref="WaitsFor"/>: what the sender is told.</summary>
    public DelayType Delay { get; init; }
}

/// <param name="Incarnation">Who found them: an owner that is not the present one is not answered.</param>
public sealed record SiftBatch(long TenantKey, long Incarnation, IReadOnlyList<SiftedUnit> Units)
{
    /// <summary>Units that wait for a warm-up or overflowed from it, and are to leave by another pool. Null for none.</summary>
    public IReadOnlyList<Storage.QueuedUnit>? Overflowing { get; init; }

    /// <summary>Of these: the pool to overflow to; null for back to the one that each names.</summary>
    public string? OverflowPool { get; init; }
}
