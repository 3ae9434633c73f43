using System.Text.Json;
using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

internal sealed class SqliteSpool(Writer writer, TicketBook tickets, IdReserve ids, ReaderPool readers, long firstId) : ISpool
{
    internal const string UnitColumns =
        "u.unit_id, u.message_key, u.units_of_message, u.recipient, u.due, u.attempts, u.first_attempt, u.crashes, u.possible_duplicate, "
        + "u.stream, u.pool, u.delays_told, u.provider, u.sending_domain, u.overflow_pool";

    // Two statements, since SQLite does not seek by (due, unit_id) > (…): a mailing of 100,000 that is due at one instant
    // would be walked from its start for each page.
    internal const string SameDue =
        $"SELECT {UnitColumns} FROM units u WHERE u.tenant_key = ?1 AND u.due = ?2 AND u.unit_id > ?3 ORDER BY u.unit_id LIMIT ?4";

    internal const string LaterDue =
        $"SELECT {UnitColumns} FROM units u WHERE u.tenant_key = ?1 AND u.due > ?2 AND u.due < ?3 ORDER BY u.due, u.unit_id LIMIT ?4";

    private static readonly long SetAside = DateTimeOffset.MaxValue.UtcTicks;

    public long NextIds(int count) => ids.Take(count);

    public long Enqueue(SpoolWrite write) => writer.Enqueue(write);

    public ValueTask WhenCommitted(long ticket, CancellationToken cancellationToken) => tickets.When(ticket, cancellationToken);

    public void Observe(Action<IReadOnlyList<SpoolWrite>> committed) => writer.Observe(committed);

    public ValueTask<IReadOnlyList<QueuedUnit>> ReadQueue(
        long tenantKey, QueueCursor after, int limit, bool includeSetAside, CancellationToken cancellationToken) =>
        readers.Read<IReadOnlyList<QueuedUnit>>(reader =>
        {
            var units = new List<QueuedUnit>();
            var due = after.DueAt.UtcTicks;
            var end = includeSetAside ? SetAside + 1 : SetAside;
            if (due < end) AddUnits(reader.Prepared(SameDue).Bind(0, tenantKey).Bind(1, due).Bind(2, after.UnitId).Bind(3, limit), units);
            if (units.Count == limit) return units;
            AddUnits(reader.Prepared(LaterDue).Bind(0, tenantKey).Bind(1, due).Bind(2, end).Bind(3, limit - units.Count), units);
            return units;
        }, cancellationToken);

    public ValueTask<IReadOnlyList<TenantBacklog>> ReadBacklogs(CancellationToken cancellationToken) =>
        readers.ReadMuch<IReadOnlyList<TenantBacklog>>(reader =>
        {
            var backlogs = new List<TenantBacklog>();
            using var rows = reader.Once(
                """
                SELECT b.tenant_key, t.name, b.units, b.due
                FROM (SELECT tenant_key, COUNT(*) AS units, MIN(due) AS due FROM units WHERE due < ?1 GROUP BY tenant_key) b
                JOIN tenants t ON t.tenant_key = b.tenant_key
                """);
            rows.Bind(0, SetAside);
            while (rows.Step()) backlogs.Add(new(rows.Long(0), rows.Text(1), rows.Long(2), rows.Instant(3)));
            return backlogs;
        }, cancellationToken);

    public ValueTask<IReadOnlyList<TenantQueueCount>> CountQueued(CancellationToken cancellationToken) =>
        readers.ReadMuch<IReadOnlyList<TenantQueueCount>>(reader =>
        {
            var counts = new List<TenantQueueCount>();
            using var rows = reader.Once(
                """
                SELECT c.tenant_key, t.name, c.queued, c.set_aside
                FROM (SELECT tenant_key, SUM(due < ?1) AS queued, SUM(due = ?1) AS set_aside FROM units GROUP BY tenant_key) c
                JOIN tenants t ON t.tenant_key = c.tenant_key
                """);
            rows.Bind(0, SetAside);
            while (rows.Step()) counts.Add(new(rows.Long(0), rows.Text(1), rows.Long(2), rows.Long(3)));
            return counts;
        }, cancellationToken);

    public ValueTask<StoredMessage?> ReadMessage(long messageKey, CancellationToken cancellationToken) =>
        readers.Read(reader =>
        {
            var row = reader.Prepared("SELECT envelope, content FROM messages WHERE message_key = ?1").Bind(0, messageKey);
            var message = row.Step()
                ? new StoredMessage(messageKey, JsonSerializer.Deserialize(row.Span(0), EnvelopeJson.Default.Envelope)!, row.Bytes(1))
                : null;
            row.Reset();
            return message;
        }, cancellationToken);

    public ValueTask<IReadOnlyDictionary<long, Envelope>> ReadEnvelopes(
        IReadOnlyCollection<long> messageKeys, CancellationToken cancellationToken) =>
        readers.ReadMuch<IReadOnlyDictionary<long, Envelope>>(reader =>
        {
            var envelopes = new Dictionary<long, Envelope>(messageKeys.Count);
            foreach (var key in messageKeys)
            {
                var row = reader.Prepared("SELECT envelope FROM messages WHERE message_key = ?1").Bind(0, key);
                if (row.Step()) envelopes[key] = JsonSerializer.Deserialize(row.Span(0), EnvelopeJson.Default.Envelope)!;
                row.Reset();
            }

            return envelopes;
        }, cancellationToken);

    public ValueTask<IReadOnlyList<UnsettledUnit>> ReadUnsettled(CancellationToken cancellationToken) =>
        readers.ReadMuch<IReadOnlyList<UnsettledUnit>>(reader => UnsettledUnits.Read(reader, firstId, null), cancellationToken);

    public ValueTask<IReadOnlySet<long>> FindInHand(IReadOnlyCollection<ReleasedUnitId> units, CancellationToken cancellationToken) =>
        readers.Read<IReadOnlySet<long>>(reader =>
        {
            var found = new HashSet<long>();
            foreach (var (unit, release) in units)
            {
                var row = reader.Prepared("SELECT 1 FROM units WHERE unit_id = ?1 AND settled_release < ?2").Bind(0, unit).Bind(1, release);
                if (row.Step()) found.Add(unit);
                row.Reset();
            }

            return found;
        }, cancellationToken);

    public ValueTask<IReadOnlyDictionary<FeedbackKey, int>> FindFeedback(
        long tenantKey, IReadOnlyCollection<FeedbackKey> units, CancellationToken cancellationToken) =>
        readers.Read<IReadOnlyDictionary<FeedbackKey, int>>(reader =>
        {
            var found = new Dictionary<FeedbackKey, int>();
            Span<byte> unit = stackalloc byte[FeedbackKey.UnitBytes];
            foreach (var key in units)
            {
                key.WriteUnit(unit);
                var row = reader.Prepared(FeedbackMarks.Find).Bind(0, key.Day).Bind(1, tenantKey).Bind(2, unit);
                if (row.Step()) found[key] = row.Int(0);
                row.Reset();
            }

            return found;
        }, cancellationToken);

    public ValueTask<AcceptedSend?> FindSend(UInt128 call, DateTimeOffset now, CancellationToken cancellationToken) =>
        readers.Read(reader =>
        {
            var key = SendKey.BytesOf(call);
            AcceptedSend? found = null;
            foreach (var hour in SendKey.HoursUpTo(now))
            {
                if (found is not null) break;
                var row = reader.Prepared(SendKeyWriter.Find).Bind(0, hour).Bind(1, key).Bind(2, (now - SendKey.Kept).UtcTicks);
                if (row.Step()) found = new AcceptedSend(row.Text(0), SendKey.Read(row.Span(1)), row.Instant(2));
                row.Reset();
            }

            return found;
        }, cancellationToken);

    private static void AddUnits(Statement rows, List<QueuedUnit> units)
    {
        while (rows.Step()) units.Add(UnitOf(rows));
        rows.Reset();
    }

    internal static QueuedUnit UnitOf(Statement row) => new(
        row.Long(0), row.Long(1), row.Int(2), row.Text(3), row.Instant(4), row.Int(5),
        row.IsNull(6) ? null : row.Instant(6), row.Int(7), row.Long(8) != 0)
    {
        Stream = (MailStream)row.Int(9), Pool = row.TextOrNull(10), DelaysTold = row.Int(11), Provider = row.TextOrNull(12),
        SendingDomain = row.TextOrNull(13), OverflowPool = row.TextOrNull(14),
    };
}
