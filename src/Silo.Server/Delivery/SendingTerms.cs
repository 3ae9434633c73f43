using Silo.Core.Messages;
using Silo.Core.QueueControl;

namespace Silo.Server.Delivery;

/// <summary>What a tenant that may send may not send: the gate asks it of each hand-over. Immutable.</summary>
/// <param name="AcceptedFrom">Mail that was accepted before expires. Null without such a limit.</param>
/// <param name="Orders">Orders about queued mail that are in force.</param>
public sealed record SendingTerms(DateTimeOffset? AcceptedFrom, IReadOnlyList<QueueOrder> Orders)
{
    public static SendingTerms None { get; } = new(null, []);

    public bool IsTooOld(Envelope envelope) => envelope.AcceptedAt < AcceptedFrom;

    public bool Forbid(Envelope envelope, string recipient) =>
        IsTooOld(envelope) || (Orders.Count > 0 && QueueOrder.Find(Orders, envelope, recipient) is not null);
}
