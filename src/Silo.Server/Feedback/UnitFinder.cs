using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.AdminApi;
using Silo.Storage;

namespace Silo.Server.Feedback;

/// <param name="SentAt">When the hand-over began.</param>
/// <param name="Left">As what it counts since.</param>
internal sealed record FoundUnit(long TenantKey, string Recipient, DateTimeOffset SentAt, UnitState Left);

/// <summary>
/// Finds in the log how a unit left, when a report says less than is needed. Slow, so bounded; the log is in the order of time.
/// </summary>
internal sealed class UnitFinder(IEventLog log)
{
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(10);
    private const int PageSize = 1_000;
    private const int MostPages = 200;

    /// <summary>
    /// Null when it has not left, or the log has no such unit (any more), or not within the first 200,000 events since its acceptance.
    /// </summary>
    /// <param name="messageId">Of our form.</param>
    public async ValueTask<FoundUnit?> Find(string messageId, Predicate<string> isRecipient, CancellationToken cancellationToken)
    {
        if (!MessageIdFormat.TryGetAcceptedAt(messageId, out var acceptedAt)) return null;
        var position = await MessageFinder.FirstAfter(log, acceptedAt - Before, cancellationToken);
        for (var page = 0; page < MostPages; page++)
        {
            var events = await log.ReadFrom(position, PageSize, cancellationToken);
            foreach (var stored in events)
            {
                if (stored.Kind is not ((int)TenantEventKind.HandedOver or (int)TenantEventKind.Delivered)) continue;
                var e = TenantEvent.FromPayload(stored.Sequence, stored.At, stored.Kind, stored.Payload.Span);
                // What was told later has a state before; how it left is what is looked for.
                if (e.MessageId != messageId || e.Previous is not null || e.Recipient is not { } recipient || !isRecipient(recipient))
                    continue;
                return new FoundUnit(
                    stored.TenantKey, recipient, e.SentAt ?? e.At,
                    e.Kind == TenantEventKind.Delivered ? UnitState.Delivered : UnitState.HandedOver);
            }

            if (events.Count < PageSize) return null;
            position = events[^1].Position;
        }

        return null;
    }
}
