using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Storage;

namespace Silo.Server.Insights;

/// <summary>All that happened to a message, by the log.</summary>
/// <param name="Acceptance">Null when the log does not hold it any more.</param>
/// <param name="Deliveries">One for each recipient, in the order of the message.</param>
internal sealed record MessageHistory(
    string MessageId, long TenantKey, TenantEvent? Acceptance, IReadOnlyList<DeliveryHistory> Deliveries)
{
    public string From => Deliveries[0].Row.From;

    public string? Subject => Deliveries[0].Row.Subject;

    public IReadOnlyList<MessageTag> Tags => Acceptance?.Mail?.Tags ?? [];
}

/// <param name="Events">In their order, the acceptance first.</param>
internal sealed record DeliveryHistory(InsightRow Row, IReadOnlyList<TenantEvent> Events);

/// <summary>Finds histories.</summary>
internal sealed class MessageHistories(ISiloStore store, InsightIndexer indexer, InsightOptions options, TimeProvider time)
{
    // A batch of another silo that is under way keeps readers of the log below it for so long.
    private static readonly TimeSpan JustNow = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private const int Looks = 5;

    /// <param name="tenantName">Null for whosever it is.</param>
    /// <returns>Null when there is no such message of the tenant's, or it is too long ago.</returns>
    public async ValueTask<MessageHistory?> Find(string messageId, string? tenantName, CancellationToken cancellationToken)
    {
        if (!MessageIdFormat.TryParse(messageId, out var acceptedMs, out var message)) return null;
        var now = time.GetUtcNow();
        var acceptedAt = DateTimeOffset.FromUnixTimeMilliseconds(acceptedMs);
        if (acceptedAt < now - TimeSpan.FromDays(options.RetentionDays)) return null;
        long? tenantKey = null;
        if (tenantName is not null)
        {
            if (await store.Tenants.Load(tenantName, cancellationToken) is not { } tenant) return null;
            tenantKey = tenant.TenantKey;
        }

        for (var look = 0; look < Looks; look++)
        {
            if (look > 0) await Task.Delay(Pause, time, cancellationToken);
            await indexer.CatchUp(cancellationToken);
            var rows = await store.Insights.Find(acceptedMs, message, tenantKey, cancellationToken);
            if (rows.Count > 0) return await Read(messageId, rows, cancellationToken);
            if (now - acceptedAt > JustNow) break;
        }

        return null;
    }

    private async ValueTask<MessageHistory> Read(string messageId, IReadOnlyList<InsightRow> rows, CancellationToken cancellationToken)
    {
        // Ids are unique; whoever had two by the same would be shown the first one's.
        rows = [.. rows.Where(r => r.Key == rows[0].Key)];
        long[] positions = [.. rows.SelectMany(r => r.Positions).Distinct().Order().Take(10_000)];
        var events = (await store.Events.ReadAt(positions, cancellationToken))
            .ToDictionary(e => e.Position, e => TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span));
        List<DeliveryHistory> deliveries =
        [
            .. rows.Select(r => new DeliveryHistory(r, [.. r.Positions.Where(events.ContainsKey).Select(p => events[p]).OrderBy(e => e.Sequence)])),
        ];
        return new MessageHistory(
            messageId, rows[0].Key.TenantKey, events.Values.FirstOrDefault(e => e.Kind == TenantEventKind.Accepted), deliveries);
    }
}
