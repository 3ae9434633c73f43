using Silo.Storage;

namespace Silo.Server.AdminApi;

/// <summary>What is queued of one message.</summary>
/// <param name="Units">How many deliveries it was accepted with.</param>
/// <param name="Queued">How many of them are queued; those on their way out at this moment are counted too.</param>
/// <param name="EarliestDueAt">When the first of these is due; <see cref="DateTimeOffset.MaxValue"/> when all are set aside.</param>
internal sealed record QueuedMessage(int Units, int Queued, DateTimeOffset EarliestDueAt)
{
    private const int PageSize = 2_000;

    /// <summary>
    /// Null when none of it is queued. Nothing of it stands before its acceptance; with a long queue behind that it takes a while.
    /// </summary>
    public static async ValueTask<QueuedMessage?> Find(
        ISpool spool, long tenantKey, string messageId, DateTimeOffset acceptedAt, CancellationToken cancellationToken)
    {
        QueuedMessage? found = null;
        long? key = null;
        var cursor = new QueueCursor(acceptedAt.AddTicks(-1), long.MaxValue);
        while (found is null || found.Queued < found.Units)
        {
            var units = await spool.ReadQueue(tenantKey, cursor, PageSize, includeSetAside: true, cancellationToken);
            if (key is null)
            {
                var envelopes = await spool.ReadEnvelopes([.. units.Select(u => u.MessageKey).Distinct()], cancellationToken);
                foreach (var (messageKey, envelope) in envelopes)
                    if (envelope.MessageId == messageId) key = messageKey;
            }

            foreach (var unit in units.Where(u => u.MessageKey == key))
                found = new QueuedMessage(unit.UnitsOfMessage, (found?.Queued ?? 0) + 1, found?.EarliestDueAt ?? unit.DueAt);
            if (units.Count < PageSize) break;
            cursor = new QueueCursor(units[^1].DueAt, units[^1].Id);
        }

        return found;
    }
}
