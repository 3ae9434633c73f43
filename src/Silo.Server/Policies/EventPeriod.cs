using Silo.Core.Tenants;
using Silo.Storage;

namespace Silo.Server.Policies;

/// <summary>The stored events of a period, in pages, in the order of their commits. What the log has dropped is not there any more.</summary>
internal static class EventPeriod
{
    private const int PageSize = 2_000;

    /// <summary>Events are committed within moments of their time, but not in the order of their times.</summary>
    private static readonly TimeSpan Disorder = TimeSpan.FromMinutes(10);

    /// <param name="isWanted">By tenant key; payloads of others are not read.</param>
    /// <param name="maxEvents">Of those that are wanted; the others are passed over, and the log's age is their limit.</param>
    /// <returns>How many events were taken, and whether all of the period were.</returns>
    public static async ValueTask<(long Looked, bool IsWhole)> Read(
        IEventLog log, DateTimeOffset from, DateTimeOffset to, Func<long, bool> isWanted, Action<long, TenantEvent> take, long maxEvents,
        CancellationToken cancellationToken)
    {
        var position = await Before(log, from - Disorder, cancellationToken);
        for (long looked = 0; ;)
        {
            var page = await log.ReadFrom(position, PageSize, cancellationToken);
            foreach (var e in page)
            {
                if (e.At > to + Disorder) return (looked, true);
                if (e.At < from || e.At >= to || !isWanted(e.TenantKey)) continue;
                if (looked == maxEvents) return (looked, false);
                looked++;
                take(e.TenantKey, TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span));
            }

            if (page.Count == 0) return (looked, true);
            position = page[^1].Position;
            // Nobody's sending waits for this, so it waits for others.
            await Task.Yield();
        }
    }

    /// <summary>A position before the first event at or after the instant: some sixty reads of one event, however long the log is.</summary>
    private static async ValueTask<long> Before(IEventLog log, DateTimeOffset instant, CancellationToken cancellationToken)
    {
        var (before, after) = (0L, 1L);
        while (await At(after) is { } at && at < instant) (before, after) = (after, after * 2);
        while (after - before > 1)
        {
            var middle = before + ((after - before) / 2);
            if (await At(middle) is { } at && at < instant) before = middle;
            else after = middle;
        }

        return before;

        async ValueTask<DateTimeOffset?> At(long position) =>
            await log.ReadFrom(position, 1, cancellationToken) is [{ At: var at }, ..] ? at : null;
    }
}
