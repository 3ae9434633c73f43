using Silo.Core.QueueControl;
using Silo.Storage;

namespace Silo.Server.AdminApi;

/// <summary>What an order would mean if it were given now. Deliveries on their way out at this moment are counted too.</summary>
internal readonly record struct QueueCount(long Deliveries, long Messages)
{
    private const int PageSize = 2_000;

    /// <summary>Null when there is no such tenant. Takes a while with a long queue: every envelope is read.</summary>
    public static async ValueTask<QueueCount?> Of(ISiloStore store, string tenantName, QueueOrder order, CancellationToken cancellationToken)
    {
        if (await store.Tenants.Load(tenantName, cancellationToken) is not { } tenant) return null;
        var (deliveries, messages, cursor) = (0L, new HashSet<long>(), default(QueueCursor));
        while (true)
        {
            var units = await store.Spool.ReadQueue(tenant.TenantKey, cursor, PageSize, includeSetAside: true, cancellationToken);
            var envelopes = await store.Spool.ReadEnvelopes([.. units.Select(u => u.MessageKey).Distinct()], cancellationToken);
            foreach (var unit in units)
            {
                if (!envelopes.TryGetValue(unit.MessageKey, out var envelope)
                    || !order.Matches(envelope, unit.Recipient, unit.LeavesBy, unit.Provider)) continue;
                deliveries++;
                messages.Add(unit.MessageKey);
            }

            if (units.Count < PageSize) return new QueueCount(deliveries, messages.Count);
            cursor = new QueueCursor(units[^1].DueAt, units[^1].Id);
        }
    }
}
