using Dapper;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

/// <summary>One process publishes all, so its claims are in memory, and none of another one is there to be taken.</summary>
internal sealed class SqliteNoticeStore(Writer writer, ReaderPool readers) : INoticeStore
{
    internal const string NextTenant = "SELECT MIN(tenant_key) FROM notices WHERE tenant_key > ?1";

    internal const string ReadAfter =
        """
        SELECT n.sequence, n.at, n.kind, n.payload, COALESCE(n.set_name, f.set_name), f.facts
        FROM notices n LEFT JOIN message_facts f ON f.message_id = n.message_id
        WHERE n.tenant_key = ?1 AND n.sequence > ?2 ORDER BY n.sequence LIMIT ?3
        """;

    internal const string CountAfter = "SELECT COUNT(*) FROM notices WHERE tenant_key = ?1 AND sequence > ?2";

    internal const string FirstAfter = "SELECT at FROM notices WHERE tenant_key = ?1 AND sequence > ?2 ORDER BY sequence LIMIT 1";

    private const string NameOf =
        """
        SELECT name, tenant_id FROM tenants WHERE tenant_key = ?1
        UNION ALL SELECT name, tenant_id FROM notice_tenants WHERE tenant_key = ?1 LIMIT 1
        """;

    private const string CursorsOf = "SELECT destination, sequence FROM notice_cursors WHERE tenant_key = ?1";

    // Few enough that other writes hardly wait.
    private const int TrimAtOnce = 5_000;

    private readonly object _lock = new();
    private readonly HashSet<long> _claimed = [];
    private long _after;

    public ValueTask<IReadOnlyList<NoticeClaim>> Claim(IReadOnlyCollection<long>? tenantKeys, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return readers.Read<IReadOnlyList<NoticeClaim>>(reader =>
        {
            lock (_lock)
            {
                var claims = new List<NoticeClaim>();
                foreach (var key in tenantKeys ?? TenantsFrom(reader, _after))
                {
                    if (_claimed.Contains(key)) continue;
                    if (tenantKeys is not null && reader.Prepared(FirstAfter).Bind(0, key).Bind(1, 0).ReadLong() is null) continue;
                    claims.Add(Take(reader, key));
                    if (claims.Count == limit) break;
                }

                foreach (var claim in claims) _claimed.Add(claim.TenantKey);
                if (tenantKeys is null && claims.Count > 0) _after = claims[^1].TenantKey;
                return claims;
            }
        }, cancellationToken);
    }

    public ValueTask<IReadOnlyList<StoredNotice>> Read(long tenantKey, long afterSequence, int limit, CancellationToken cancellationToken) =>
        readers.Read<IReadOnlyList<StoredNotice>>(reader =>
        {
            var notices = new List<StoredNotice>();
            var rows = reader.Prepared(ReadAfter).Bind(0, tenantKey).Bind(1, afterSequence).Bind(2, limit);
            while (rows.Step())
            {
                notices.Add(new(tenantKey, rows.Long(0), rows.Instant(1), rows.Int(2), rows.Bytes(3))
                {
                    ConfigurationSetName = rows.TextOrNull(4), Facts = rows.IsNull(5) ? default(ReadOnlyMemory<byte>?) : rows.Bytes(5),
                });
            }

            rows.Reset();
            return notices;
        }, cancellationToken);

    public ValueTask<bool> Advance(long tenantKey, string destination, long sequence, CancellationToken cancellationToken) =>
        Change(tenantKey, batch => batch.Connection.Execute(
            """
            INSERT INTO notice_cursors (tenant_key, destination, sequence) VALUES (@tenantKey, @destination, @sequence)
            ON CONFLICT (tenant_key, destination) DO UPDATE SET sequence = MAX(sequence, excluded.sequence)
            """, new { tenantKey, destination, sequence }) > 0, cancellationToken);

    public async ValueTask<bool> Trim(
        long tenantKey, long through, IReadOnlyCollection<string> destinations, CancellationToken cancellationToken)
    {
        while (await Change(tenantKey, batch => Drop(batch, tenantKey, through) == TrimAtOnce, cancellationToken))
        {
        }

        return await Change(tenantKey, batch => ForgetCursors(batch, tenantKey, destinations), cancellationToken);
    }

    public ValueTask<bool> Release(long tenantKey, CancellationToken cancellationToken)
    {
        lock (_lock) return ValueTask.FromResult(_claimed.Remove(tenantKey));
    }

    public ValueTask<NoticeBacklog> Count(long tenantKey, long afterSequence, CancellationToken cancellationToken) =>
        readers.ReadMuch(reader =>
        {
            var rows = reader.Prepared(CountAfter).Bind(0, tenantKey).Bind(1, afterSequence).ReadLong() ?? 0;
            var oldest = reader.Prepared(FirstAfter).Bind(0, tenantKey).Bind(1, afterSequence).ReadLong();
            return new NoticeBacklog(rows, oldest is { } ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null);
        }, cancellationToken);

    public ValueTask<IReadOnlyList<TenantNoticeBacklog>> CountAll(int limit, CancellationToken cancellationToken) =>
        readers.ReadMuch<IReadOnlyList<TenantNoticeBacklog>>(reader =>
        {
            var backlogs = new List<TenantNoticeBacklog>();
            using var rows = reader.Once("SELECT tenant_key, COUNT(*), MIN(at) FROM notices GROUP BY tenant_key ORDER BY 3 LIMIT ?1");
            rows.Bind(0, limit);
            while (rows.Step()) backlogs.Add(new(rows.Long(0), NameAndId(reader, rows.Long(0)).Name, rows.Long(1), rows.Instant(2)));
            return backlogs;
        }, cancellationToken);

    public ValueTask<IReadOnlyDictionary<long, long>> FindCursors(string destination, CancellationToken cancellationToken) =>
        readers.ReadMuch<IReadOnlyDictionary<long, long>>(reader => reader.Connection
            .Query<(long Tenant, long Sequence)>(
                "SELECT tenant_key, sequence FROM notice_cursors WHERE destination = @destination", new { destination })
            .ToDictionary(c => c.Tenant, c => c.Sequence), cancellationToken);

    public void OnWritten(Action<IReadOnlyCollection<long>> written) => writer.OnNotices(written);

    private static IEnumerable<long> TenantsFrom(Reader reader, long after)
    {
        for (var key = after; Next(key) is { } next; key = next) yield return next;
        for (var key = 0L; Next(key) is { } next && next <= after; key = next) yield return next;

        long? Next(long key)
        {
            var row = reader.Prepared(NextTenant).Bind(0, key);
            long? next = row.Step() && !row.IsNull(0) ? row.Long(0) : null;
            row.Reset();
            return next;
        }
    }

    private static NoticeClaim Take(Reader reader, long key)
    {
        var cursors = new Dictionary<string, long>(StringComparer.Ordinal);
        var rows = reader.Prepared(CursorsOf).Bind(0, key);
        while (rows.Step()) cursors.Add(rows.Text(0), rows.Long(1));
        rows.Reset();
        var (name, id) = NameAndId(reader, key);
        return new NoticeClaim(key, name, id, cursors);
    }

    private static (string Name, string Id) NameAndId(Reader reader, long key)
    {
        var row = reader.Prepared(NameOf).Bind(0, key);
        var found = row.Step() ? (row.Text(0), row.Text(1)) : ("", "");
        row.Reset();
        return found;
    }

    private static int Drop(BatchWriter batch, long tenantKey, long through) => batch.Connection.Execute(
        """
        DELETE FROM notices WHERE tenant_key = @tenantKey AND sequence IN (
            SELECT sequence FROM notices WHERE tenant_key = @tenantKey AND sequence <= @through ORDER BY sequence LIMIT @TrimAtOnce)
        """, new { tenantKey, through, TrimAtOnce });

    private static bool ForgetCursors(BatchWriter batch, long tenantKey, IReadOnlyCollection<string> kept)
    {
        var connection = batch.Connection;
        if (connection.ExecuteScalar<long?>("SELECT 1 FROM notices WHERE tenant_key = @tenantKey LIMIT 1", new { tenantKey }) is null)
        {
            connection.Execute("DELETE FROM notice_cursors WHERE tenant_key = @tenantKey", new { tenantKey });
            connection.Execute("DELETE FROM notice_tenants WHERE tenant_key = @tenantKey", new { tenantKey });
            return true;
        }

        foreach (var destination in connection.Query<string>(
            "SELECT destination FROM notice_cursors WHERE tenant_key = @tenantKey", new { tenantKey }).AsList())
        {
            if (kept.Contains(destination)) continue;
            connection.Execute(
                "DELETE FROM notice_cursors WHERE tenant_key = @tenantKey AND destination = @destination", new { tenantKey, destination });
        }

        return true;
    }

    private async ValueTask<bool> Change(long tenantKey, Func<BatchWriter, bool> change, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_claimed.Contains(tenantKey)) return false;
        }

        return await writer.Change(ControlPlane.NoticesLine, change, cancellationToken);
    }
}
