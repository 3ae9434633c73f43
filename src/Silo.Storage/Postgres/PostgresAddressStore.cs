using System.Globalization;
using System.Text;
using Npgsql;
using Silo.Storage.Writing;

namespace Silo.Storage.Postgres;

internal sealed class PostgresAddressStore(
    PostgresWriter writer, PostgresReaders readers, PostgresReaders changes, PostgresInsightStore insights, long logOffset) : IAddressStore
{
    private const string UnitsOf =
        """
        SELECT u.tenant_key, t.name, COUNT(*) FROM units u JOIN tenants t ON t.tenant_key = u.tenant_key
        WHERE lower(u.recipient) = lower($1 COLLATE "C") GROUP BY u.tenant_key, t.name
        """;

    private const string ReadNotices =
        """
        SELECT tenant_key, sequence, payload FROM notices WHERE (tenant_key, sequence) > ($1, $2) ORDER BY tenant_key, sequence LIMIT $3
        """;

    private const string ReadFacts = "SELECT message_id, facts FROM message_facts WHERE message_id > $1 ORDER BY message_id LIMIT $2";

    private const string ReadEnvelopes = "SELECT message_key, envelope FROM messages WHERE message_key > $1 ORDER BY message_key LIMIT $2";

    private const string ReadAudit =
        """
        SELECT e.id, coalesce(t.tenant_key, 0), e.resource FROM audit_events e LEFT JOIN tenants t ON t.name = e.tenant_name
        WHERE e.id > $1 AND position('@' IN e.resource) > 0 ORDER BY e.id LIMIT $2
        """;

    private const string End = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint";

    // As read_events: the numbers of sessions lack their epoch.
    private const string UnderWay =
        """
        SELECT coalesce(min(n), $1), coalesce(max(n) + 1, $1) FROM (
            SELECT CASE WHEN s.n > $1 + 2147483648 THEN s.n - 4294967296 WHEN s.n < $1 - 2147483648 THEN s.n + 4294967296 ELSE s.n END AS n
            FROM (SELECT (($1 >> 32) << 32) + a.backend_xid::text::bigint AS n FROM pg_stat_activity a
                WHERE a.datname = current_database() AND a.application_name LIKE 'Silo writer %' AND a.backend_xid IS NOT NULL) AS s
        ) AS sessions
        """;

    private const string ReplaceAudit =
        """
        WITH changed AS (
            UPDATE audit_events e SET resource = n.resource FROM unnest($1, $2) AS n (id, resource) WHERE e.id = n.id RETURNING 1)
        SELECT count(*) FROM changed
        """;

    private const string ReplaceEvents =
        """
        WITH changed AS (
            UPDATE events e SET payload = n.payload FROM unnest($1, $2) AS n (position, payload) WHERE e.position = n.position RETURNING 1)
        SELECT count(*) FROM changed
        """;

    private const string ReplaceNotices =
        """
        WITH changed AS (
            UPDATE notices o SET payload = n.payload FROM unnest($1, $2, $3) AS n (tenant_key, sequence, payload)
            WHERE o.tenant_key = n.tenant_key AND o.sequence = n.sequence RETURNING 1)
        SELECT count(*) FROM changed
        """;

    private const string ReplaceFacts =
        """
        WITH changed AS (
            UPDATE message_facts f SET facts = n.facts FROM unnest($1, $2) AS n (message_id, facts) WHERE f.message_id = n.message_id RETURNING 1)
        SELECT count(*) FROM changed
        """;

    public ValueTask<IReadOnlyList<AddressedUnits>> FindUnits(string recipient, CancellationToken cancellationToken) => readers.List(
        UnitsOf, r => new AddressedUnits(r.GetInt64(0), r.GetString(1), r.GetInt64(2)), cancellationToken,
        new NpgsqlParameter<string> { TypedValue = recipient });

    public ValueTask<IReadOnlyList<AddressRow>> Read(AddressTable table, string? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        switch (table)
        {
            case AddressTable.Events:
                return readers.List(
                    "SELECT * FROM read_events($1, $2, $3)",
                    r => new AddressRow(Text(r.GetInt64(0)), r.GetInt64(1), TenantRows.Bytes(r, 5)), cancellationToken,
                    Long(Number(after)), new NpgsqlParameter<int> { TypedValue = limit }, Long(logOffset));
            case AddressTable.Notices:
                var (tenant, sequence) = NoticePlace(after);
                return readers.List(
                    ReadNotices,
                    r => new AddressRow($"{Text(r.GetInt64(0))}:{Text(r.GetInt64(1))}", r.GetInt64(0), TenantRows.Bytes(r, 2)),
                    cancellationToken, Long(tenant), Long(sequence), Long(limit));
            case AddressTable.MessageFacts:
                return readers.List(
                    ReadFacts, r => new AddressRow(r.GetString(0), 0, TenantRows.Bytes(r, 1)), cancellationToken,
                    new NpgsqlParameter<string> { TypedValue = after ?? "" }, Long(limit));
            case AddressTable.Insights:
                return InsightAddresses.Read(insights, after, limit, cancellationToken);
            case AddressTable.AuditResources:
                return readers.List(
                    ReadAudit, r => new AddressRow(Text(r.GetInt64(0)), r.GetInt64(1), Encoding.UTF8.GetBytes(r.GetString(2))),
                    cancellationToken, Long(Number(after)), Long(limit));
            default:
                return readers.List(
                    ReadEnvelopes, r => new AddressRow(Text(r.GetInt64(0)), 0, TenantRows.Bytes(r, 1)), cancellationToken,
                    Long(Number(after)), Long(limit));
        }
    }

    public async ValueTask<int> Replace(AddressTable table, IReadOnlyList<AddressRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0) return 0;
        if (table == AddressTable.Insights) return await InsightAddresses.Replace(changes, rows, cancellationToken);
        byte[][] texts = [.. rows.Select(r => r.Text.ToArray())];
        return (int)(table switch
        {
            AddressTable.Events => await Change(ReplaceEvents, cancellationToken, Longs(rows.Select(r => Number(r.Place))), Bytes(texts)),
            AddressTable.Notices => await Change(
                ReplaceNotices, cancellationToken, Longs(rows.Select(r => NoticePlace(r.Place).Tenant)),
                Longs(rows.Select(r => NoticePlace(r.Place).Sequence)), Bytes(texts)),
            AddressTable.MessageFacts => await Change(
                ReplaceFacts, cancellationToken, new NpgsqlParameter<string[]> { TypedValue = [.. rows.Select(r => r.Place)] }, Bytes(texts)),
            AddressTable.AuditResources => await Change(
                ReplaceAudit, cancellationToken, Longs(rows.Select(r => Number(r.Place))),
                new NpgsqlParameter<string[]> { TypedValue = [.. texts.Select(Encoding.UTF8.GetString)] }),
            _ => throw new ArgumentOutOfRangeException(nameof(table), table, null),
        });
    }

    // A place of the log, which holds on another server too: its transaction's number with what the log was moved by.
    public async ValueTask<string> MarkEnd(CancellationToken cancellationToken)
    {
        var (horizon, _, behindAll) = await ReadUnderWay(cancellationToken);
        return Text(logOffset + Math.Max(horizon, behindAll));
    }

    public async ValueTask<bool> IsSettled(string end, CancellationToken cancellationToken)
    {
        var (horizon, oldest, _) = await ReadUnderWay(cancellationToken);
        return Math.Min(horizon, oldest) + logOffset >= Number(end);
    }

    /// <summary>
    /// Behind what has ended; the oldest writer at work; behind all of them. First where it ends, then who is still at it: whoever begins
    /// in between is behind that end.
    /// </summary>
    private async ValueTask<(long Horizon, long Oldest, long BehindAll)> ReadUnderWay(CancellationToken cancellationToken)
    {
        var horizon = (await readers.List(End, r => r.GetInt64(0), cancellationToken))[0];
        var (oldest, behindAll) = (await readers.List(UnderWay, r => (r.GetInt64(0), r.GetInt64(1)), cancellationToken, Long(horizon)))[0];
        return (horizon, oldest, behindAll);
    }

    // One set of parameters for each time that the batch is sent.
    private Task<long> Change(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        writer.Change(ControlPlane.AddressLine, sql, () => parameters.Select(p => p.Clone()), null, cancellationToken);

    private static (long Tenant, long Sequence) NoticePlace(string? place)
    {
        if (place is null) return (0, 0);
        var colon = place.IndexOf(':', StringComparison.Ordinal);
        return (Number(place[..colon]), Number(place[(colon + 1)..]));
    }

    private static NpgsqlParameter<long> Long(long value) => new() { TypedValue = value };

    private static NpgsqlParameter<long[]> Longs(IEnumerable<long> values) => new() { TypedValue = [.. values] };

    private static NpgsqlParameter<byte[][]> Bytes(byte[][] values) => new() { TypedValue = values };

    private static long Number(string? text) => text is null ? 0 : long.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
