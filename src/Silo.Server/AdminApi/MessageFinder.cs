using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Storage;

namespace Silo.Server.AdminApi;

/// <summary>Finds whose message it is by its id alone, which says when it was accepted: the log of events is in the order of time.</summary>
internal static class MessageFinder
{
    // Between the id and the commit of the event: batches, a store that was busy, clocks of several machines.
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan After = TimeSpan.FromMinutes(1);
    private const int PageSize = 1_000;
    private const int MostPages = 200;

    /// <summary>Null when the log holds no such acceptance (any more), or not within its first 200,000 events around that time.</summary>
    public static async ValueTask<string?> FindTenant(
        ISiloStore store, string messageId, DateTimeOffset acceptedAt, CancellationToken cancellationToken)
    {
        var position = await FirstAfter(store.Events, acceptedAt - Before, cancellationToken);
        for (var page = 0; page < MostPages; page++)
        {
            var events = await store.Events.ReadFrom(position, PageSize, cancellationToken);
            foreach (var stored in events)
            {
                if (stored.Kind != (int)TenantEventKind.Accepted) continue;
                var e = TenantEvent.FromPayload(stored.Sequence, stored.At, stored.Kind, stored.Payload.Span);
                if (e.MessageId == messageId) return await store.Tenants.FindName(stored.TenantKey, cancellationToken);
            }

            if (events.Count < PageSize || events[^1].At > acceptedAt + After) return null;
            position = events[^1].Position;
        }

        return null;
    }

    /// <summary>A position from which on no event before the instant follows, give or take what clocks differ by.</summary>
    internal static async ValueTask<long> FirstAfter(IEventLog log, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var (low, high) = (0L, 1L);
        while (await IsBefore(high)) (low, high) = (high, high * 2);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (await IsBefore(middle)) low = middle;
            else high = middle;
        }

        return low;

        async ValueTask<bool> IsBefore(long position) =>
            position > 0 && await log.ReadFrom(position, 1, cancellationToken) is [var next] && next.At < at;
    }
}
