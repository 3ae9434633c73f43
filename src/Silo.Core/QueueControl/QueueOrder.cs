using Silo.Core.Messages;

namespace Silo.Core.QueueControl;

/// <summary>What is to become of queued mail. The values are stored: append only.</summary>
public enum QueueAction
{
    /// <summary>It stays in the queue until the order is taken back; mail that comes meanwhile is held as well.</summary>
    Hold = 0,

    /// <summary>It is taken out of the queue, for good. Mail that is accepted after the order is not meant.</summary>
    Cancel = 1,

    /// <summary>
    /// It leaves by another sending pool. Mail that is accepted after the order is not meant, and what is in hand stays where it is.
    /// </summary>
    Reroute = 2,
}

/// <summary>
/// An order about queued mail, in force from the moment at which it is stored: nothing that matches begins to leave any more, however much
/// of it there is. The queue is brought in line with it afterwards.
/// </summary>
/// <param name="Id">Unique among the tenant's orders.</param>
/// <param name="At">When it was given.</param>
/// <param name="Cause">1 to 512 characters, for the audit and for who asks why a message did not leave.</param>
public sealed record QueueOrder(string Id, QueueAction Action, QueueFilter Filter, DateTimeOffset At, string Cause)
{
    /// <summary>Orders that a tenant may have in force.</summary>
    public const int MaxInForce = 100;

    public const int MaxCauseLength = 512;

    /// <summary>
    /// With <see cref="QueueAction.Reroute"/>: the pool. A tenant has at most one such order in force, so that two cannot pass mail to and
    /// fro.
    /// </summary>
    public string? ToPool { get; init; }

    /// <inheritdoc cref="QueueFilter.Matches"/>
    public bool Matches(Envelope envelope, string recipient, string? pool, string? provider) =>
        (Action == QueueAction.Hold || envelope.AcceptedAt <= At) && (Action != QueueAction.Reroute || pool != ToPool)
        && Filter.Matches(envelope, recipient, pool, provider);

    /// <summary>
    /// What becomes of a delivery: the pool that it goes to, null for the one that it names, and the order to cancel or hold that decides
    /// about it there.
    /// </summary>
    public static (string? ToPool, QueueOrder? Order) Decide(
        IReadOnlyList<QueueOrder> orders, Envelope envelope, string recipient, string? pool, string? provider)
    {
        var order = Find(orders, envelope, recipient, pool, provider);
        return order is { Action: QueueAction.Reroute } ? (order.ToPool, Find(orders, envelope, recipient, order.ToPool, provider)) : (null, order);
    }

    /// <summary>
    /// The order that decides about a delivery: one to cancel, then one to reroute, then one to hold. Null when none means it.
    /// </summary>
    public static QueueOrder? Find(IReadOnlyList<QueueOrder> orders, Envelope envelope, string recipient, string? pool, string? provider)
    {
        QueueOrder? found = null;
        for (var i = 0; i < orders.Count; i++)
        {
            if (!orders[i].Matches(envelope, recipient, pool, provider)) continue;
            if (orders[i].Action == QueueAction.Cancel) return orders[i];
            if (found is null || orders[i].Action == QueueAction.Reroute) found = orders[i];
        }

        return found;
    }
}
