using Silo.Core.Messages;

namespace Silo.Core.QueueControl;

/// <summary>What is to become of queued mail. The values are stored: append only.</summary>
public enum QueueAction
{
    /// <summary>It stays in the queue until the order is taken back; mail that comes meanwhile is held as well.</summary>
    Hold = 0,

    /// <summary>It is taken out of the queue, for good. Mail that is accepted after the order is not meant.</summary>
    Cancel = 1,
}

/// <summary>
/// An order about queued mail, in force from the moment at which it is stored: nothing that matches begins to leave any more, however much of
/// it there is. The queue is brought in line with it afterwards.
/// </summary>
/// <param name="Id">Unique among the tenant's orders.</param>
/// <param name="At">When it was given.</param>
/// <param name="Cause">1 to 512 characters, for the audit and for who asks why a message did not leave.</param>
public sealed record QueueOrder(string Id, QueueAction Action, QueueFilter Filter, DateTimeOffset At, string Cause)
{
    /// <summary>Orders that a tenant may have in force.</summary>
    public const int MaxInForce = 100;

    public const int MaxCauseLength = 512;

    /// <inheritdoc cref="QueueFilter.Matches"/>
    public bool Matches(Envelope envelope, string recipient, string? pool, string? provider) =>
        (Action == QueueAction.Hold || envelope.AcceptedAt <= At) && Filter.Matches(envelope, recipient, pool, provider);

    /// <summary>The order that decides about a delivery; one to cancel before one to hold. Null when none means it.</summary>
    public static QueueOrder? Find(IReadOnlyList<QueueOrder> orders, Envelope envelope, string recipient, string? pool, string? provider)
    {
        QueueOrder? hold = null;
        for (var i = 0; i < orders.Count; i++)
        {
            if (!orders[i].Matches(envelope, recipient, pool, provider)) continue;
            if (orders[i].Action == QueueAction.Cancel) return orders[i];
            hold ??= orders[i];
        }

        return hold;
    }
}
