using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.AdminApi;
using Silo.Storage;

namespace Silo.Server.Feedback;

/// <param name="SentAt">When the hand-over began.</param>
/// <param name="Left">As what it counts since.</param>
internal sealed record FoundUnit(long TenantKey, string Recipient, DateTimeOffset SentAt, UnitState Left);

/// <summary>
/// Finds in the log how a unit left, when a report says less than is needed. Slow, so bounded; the log is in the order of time. Two at a
/// time: a report that says little costs its sender nothing. Safe for several threads.
/// </summary>
internal sealed class UnitFinder(IEventLog log) : IDisposable
{
    private const int MostAtOnce = 2;
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(10);
    private const int PageSize = 1_000;
    private const int MostPages = 200;

    // Between the id and the event, and what clocks of several machines differ by.
    private static readonly TimeSpan After = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turns = new(MostAtOnce);

    /// <summary>As <see cref="Find"/>, for what strangers ask: does not wait when others are being looked for.</summary>
    public async ValueTask<(FoundUnit? Unit, bool WasBusy)> FindUnlessBusy(
        string messageId, Predicate<string> isRecipient, CancellationToken cancellationToken)
    {
        if (!await _turns.WaitAsync(0, cancellationToken)) return (null, true);
        try
        {
            return (await Look(messageId, isRecipient, cancellationToken), false);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>
    /// Null when it has not left, or the log has no such unit (any more), or not within the first 200,000 events since its acceptance.
    /// </summary>
    /// <param name="messageId">Of our form.</param>
    public async ValueTask<FoundUnit?> Find(string messageId, Predicate<string> isRecipient, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            return await Look(messageId, isRecipient, cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    private async ValueTask<FoundUnit?> Look(string messageId, Predicate<string> isRecipient, CancellationToken cancellationToken)
    {
        if (!MessageIdFormat.TryGetAcceptedAt(messageId, out var acceptedAt)) return null;
        var position = await MessageFinder.FirstAfter(log, acceptedAt - Before, cancellationToken);
        for (var page = 0; page < MostPages; page++)
        {
            var events = await log.ReadFrom(position, PageSize, cancellationToken);
            // The log does not go back so far any more.
            if (page == 0 && events.Count > 0 && events[0].At > acceptedAt + After) return null;
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
