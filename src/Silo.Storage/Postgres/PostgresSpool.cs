using System.Text.Json;
using Npgsql;
using Silo.Core.Messages;
using Silo.Storage.Writing;

namespace Silo.Storage.Postgres;

internal sealed class PostgresSpool(
    PostgresWriter writer, TicketBook tickets, PostgresIdReserve ids, PostgresReaders readers, long incarnation) : ISpool
{
    internal const string QueuePage =
        $"""
        SELECT {UnitRows.Columns} FROM units u
        WHERE u.tenant_key = $1 AND (u.due, u.unit_id) > ($2, $3) AND u.due < $4 ORDER BY u.due, u.unit_id LIMIT $5
        """;

    internal const string Message = "SELECT envelope, content FROM messages WHERE message_key = $1";

    internal const string Envelopes = "SELECT message_key, envelope FROM messages WHERE message_key = ANY ($1)";

    internal const string InHand =
        """
        SELECT u.unit_id FROM unnest($1, $2) AS s (unit_id, release) JOIN units u ON u.unit_id = s.unit_id AND u.settled_release < s.release
        """;

    // Of this incarnation or of none that lives.
    private const string MineOrNobodys =
        "(t.owner IS NULL OR t.owner = $1 OR EXISTS (SELECT 1 FROM incarnations d WHERE d.incarnation = t.owner AND d.dead))";

    private const string Backlogs =
        $"""
        SELECT b.tenant_key, t.name, b.units, b.due
        FROM (SELECT u.tenant_key, count(*) AS units, min(u.due) AS due FROM units u WHERE u.due < $2 GROUP BY u.tenant_key) b
        JOIN tenants t ON t.tenant_key = b.tenant_key WHERE {MineOrNobodys}
        """;

    private const string Counts =
        """
        SELECT c.tenant_key, t.name, c.queued, c.set_aside
        FROM (SELECT u.tenant_key, count(*) FILTER (WHERE u.due < $1) AS queued, count(*) FILTER (WHERE u.due = $1) AS set_aside
            FROM units u GROUP BY u.tenant_key) c
        JOIN tenants t ON t.tenant_key = c.tenant_key
        """;

    private const string Marks =
        """
        SELECT DISTINCT m.day, m.unit, m.state FROM unnest($2, $3) AS s (day, unit)
        JOIN feedback_marks m ON m.day = s.day AND m.tenant_key = $1 AND m.unit = s.unit
        """;

    private static readonly string Unsettled = UnitRows.SelectUnsettled(MineOrNobodys);
    private static readonly long SetAside = DateTimeOffset.MaxValue.UtcTicks;

    public long NextIds(int count) => ids.Take(count);

    public long Enqueue(SpoolWrite write) => writer.Enqueue(write);

    public ValueTask WhenCommitted(long ticket, CancellationToken cancellationToken) => tickets.When(ticket, cancellationToken);

    public void Observe(Action<IReadOnlyList<SpoolWrite>> committed) => writer.Observe(committed);

    public ValueTask<IReadOnlyList<QueuedUnit>> ReadQueue(
        long tenantKey, QueueCursor after, int limit, bool includeSetAside, CancellationToken cancellationToken) =>
        readers.List(QueuePage, UnitRows.Read, cancellationToken,
            Long(tenantKey), Long(after.DueAt.UtcTicks), Long(after.UnitId), Long(includeSetAside ? SetAside + 1 : SetAside), Long(limit));

    public ValueTask<IReadOnlyList<TenantBacklog>> ReadBacklogs(CancellationToken cancellationToken) =>
        readers.List(Backlogs, r => new TenantBacklog(r.GetInt64(0), r.GetString(1), r.GetInt64(2), TenantRows.Instant(r, 3)),
            cancellationToken, Long(incarnation), Long(SetAside));

    public ValueTask<IReadOnlyList<TenantQueueCount>> CountQueued(CancellationToken cancellationToken) =>
        readers.List(Counts, r => new TenantQueueCount(r.GetInt64(0), r.GetString(1), r.GetInt64(2), r.GetInt64(3)),
            cancellationToken, Long(SetAside));

    public ValueTask<StoredMessage?> ReadMessage(long messageKey, CancellationToken cancellationToken) =>
        readers.Read(Message, async rows => await rows.ReadAsync(CancellationToken.None)
            ? new StoredMessage(
                messageKey, JsonSerializer.Deserialize(TenantRows.Bytes(rows, 0), EnvelopeJson.Default.Envelope)!,
                TenantRows.Bytes(rows, 1))
            : null, cancellationToken, Long(messageKey));

    public async ValueTask<IReadOnlyDictionary<long, Envelope>> ReadEnvelopes(
        IReadOnlyCollection<long> messageKeys, CancellationToken cancellationToken)
    {
        var found = await readers.List(
            Envelopes, r => (Key: r.GetInt64(0), Envelope: JsonSerializer.Deserialize(TenantRows.Bytes(r, 1), EnvelopeJson.Default.Envelope)!),
            cancellationToken, new NpgsqlParameter<long[]> { TypedValue = [.. messageKeys] });
        return found.ToDictionary(f => f.Key, f => f.Envelope);
    }

    public ValueTask<IReadOnlyList<UnsettledUnit>> ReadUnsettled(CancellationToken cancellationToken) =>
        readers.Read(Unsettled, UnitRows.ReadUnsettled, cancellationToken, Long(incarnation));

    public async ValueTask<IReadOnlySet<long>> FindInHand(IReadOnlyCollection<ReleasedUnitId> units, CancellationToken cancellationToken)
    {
        var found = await readers.List(InHand, r => r.GetInt64(0), cancellationToken,
            new NpgsqlParameter<long[]> { TypedValue = [.. units.Select(u => u.UnitId)] },
            new NpgsqlParameter<long[]> { TypedValue = [.. units.Select(u => u.ReleaseId)] });
        return found.ToHashSet();
    }

    public async ValueTask<IReadOnlyDictionary<FeedbackKey, int>> FindFeedback(
        long tenantKey, IReadOnlyCollection<FeedbackKey> units, CancellationToken cancellationToken)
    {
        var found = await readers.List(
            Marks, r => (Key: new FeedbackKey(r.GetInt32(0), FeedbackKey.ReadUnit(r.GetFieldValue<byte[]>(1))), State: r.GetInt32(2)),
            cancellationToken, Long(tenantKey), new NpgsqlParameter<int[]> { TypedValue = [.. units.Select(u => u.Day)] },
            new NpgsqlParameter<byte[][]> { TypedValue = [.. units.Select(BytesOf)] });
        return found.ToDictionary(f => f.Key, f => f.State);
    }

    public ValueTask<AcceptedSend?> FindSend(UInt128 call, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hours = SendKey.HoursUpTo(now);
        return readers.Read(SendKeyRows.Find, async rows => await rows.ReadAsync(CancellationToken.None)
            ? new AcceptedSend(rows.GetString(0), SendKey.Read(rows.GetFieldValue<byte[]>(1)), TenantRows.Instant(rows, 2))
            : null, cancellationToken,
            new NpgsqlParameter<short[]> { TypedValue = SendKeyRows.SlotsOf(hours) }, new NpgsqlParameter<int[]> { TypedValue = hours },
            new NpgsqlParameter<byte[]> { TypedValue = SendKey.BytesOf(call) }, Long((now - SendKey.Kept).UtcTicks));
    }

    private static byte[] BytesOf(FeedbackKey key)
    {
        var unit = new byte[FeedbackKey.UnitBytes];
        key.WriteUnit(unit);
        return unit;
    }

    private static NpgsqlParameter<long> Long(long value) => new() { TypedValue = value };
}
