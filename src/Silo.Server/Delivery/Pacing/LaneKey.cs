using Silo.Core.Addresses;
using Silo.Core.Pacing;
using Silo.Storage;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// What mail of one tenant has in common that leaves in its order: other mail does not wait for it. Of a unit it changes by an order to
/// reroute alone, which takes it out of its lane before, so that none can be in two.
/// </summary>
/// <param name="Pool">As the unit names it; null when it names none.</param>
internal readonly record struct LaneKey(MailStream Stream, string? Pool, MailboxProvider Provider)
{
    public static LaneKey Of(QueuedUnit unit) =>
        new(unit.Stream, unit.Pool, MailboxProvider.Of(unit.Recipient, unit.Provider));
}
