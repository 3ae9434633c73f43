using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;

namespace Silo.Storage.Postgres;

internal sealed class PostgresNoticeStore(
    PostgresWriter writer, PostgresReaders readers, PostgresReaders changes, long incarnation) : INoticeStore
{
    internal const string ReadAfter =
        """
        SELECT n.sequence, n.at, n.kind, n.payload, coalesce(n.set_name, f.set_name), f.facts
        FROM notices n LEFT JOIN message_facts f ON f.message_id = n.message_id
        WHERE n.tenant_key = $1 AND n.sequence > $2 ORDER BY n.sequence LIMIT $3
        """;

    internal const string Described =
        """
        SELECT k.key, coalesce(t.name, g.name, ''), coalesce(t.tenant_id, g.tenant_id, ''),
            ARRAY (SELECT c.destination FROM notice_cursors c WHERE c.tenant_key = k.key ORDER BY c.destination),
            ARRAY (SELECT c.sequence FROM notice_cursors c WHERE c.tenant_key = k.key ORDER BY c.destination)
        FROM unnest($1) WITH ORDINALITY AS k (key, n)
            LEFT JOIN tenants t ON t.tenant_key = k.key LEFT JOIN notice_tenants g ON g.tenant_key = k.key
        ORDER BY k.n
        """;

    internal const string CountAfter =
        """
        SELECT (SELECT count(*) FROM notices n WHERE n.tenant_key = $1 AND n.sequence > $2),
            (SELECT n.at FROM notices n WHERE n.tenant_key = $1 AND n.sequence > $2 ORDER BY n.sequence LIMIT 1)
        """;

    private const string Counts =
        """
        SELECT b.tenant_key, coalesce(t.name, g.name, ''), b.rows, b.oldest
        FROM (SELECT n.tenant_key, count(*) AS rows, min(n.at) AS oldest FROM notices n GROUP BY n.tenant_key) b
            LEFT JOIN tenants t ON t.tenant_key = b.tenant_key LEFT JOIN notice_tenants g ON g.tenant_key = b.tenant_key
        ORDER BY b.oldest LIMIT $1
        """;

    /// <summary>Claims of this incarnation that nobody was told of.</summary>
    internal const string Untold =
        """
        SELECT c.tenant_key FROM notice_claims c
        WHERE c.claimed_by = $1 AND c.tenant_key <> ALL ($2) AND EXISTS (SELECT 1 FROM notices n WHERE n.tenant_key = c.tenant_key) LIMIT $3
        """;

    private const string ReleaseOne = "DELETE FROM notice_claims c WHERE c.tenant_key = $1 AND c.claimed_by = $2 RETURNING 1::bigint";

    // Few enough that a statement is short and its locks are soon gone.
    private const int TrimAtOnce = 10_000;

    // Claims that Claim has answered, each with the number of that answer: one that is made again meanwhile is not taken for the one before.
    private readonly ConcurrentDictionary<long, long> _told = new();
    private long _answers;
    private long _after;

    public async ValueTask<IReadOnlyList<NoticeClaim>> Claim(
        IReadOnlyCollection<long>? tenantKeys, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        // A claim may stand although its answer never came.
        var untold = tenantKeys is not null ? [] : await changes.List(Untold, r => r.GetInt64(0), cancellationToken,
            Long(incarnation), new NpgsqlParameter<long[]> { TypedValue = [.. _told.Keys] }, Long(limit));
        var keys = untold.Count == limit ? [] : await changes.List("SELECT * FROM claim_notices($1, $2, $3, $4)", r => r.GetInt64(0), cancellationToken,
            Long(incarnation), new() { Value = (object?)tenantKeys?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
            Long(Interlocked.Read(ref _after)), new NpgsqlParameter<int> { TypedValue = limit - untold.Count });
        if (keys.Count + untold.Count == 0) return [];
        if (tenantKeys is null && keys.Count > 0) Interlocked.Exchange(ref _after, keys[^1]);
        // What they are is read when they are claimed: nobody else moves their cursors from then on.
        var claims = await changes.List(Described, r => new NoticeClaim(
            r.GetInt64(0), r.GetString(1), r.GetString(2),
            r.GetFieldValue<string[]>(3).Zip(r.GetFieldValue<long[]>(4)).ToDictionary(c => c.First, c => c.Second, StringComparer.Ordinal)),
            cancellationToken, new NpgsqlParameter<long[]> { TypedValue = [.. untold, .. keys] });
        var answer = Interlocked.Increment(ref _answers);
        foreach (var claim in claims) _told[claim.TenantKey] = answer;
        return claims;
    }

    public ValueTask<IReadOnlyList<StoredNotice>> Read(long tenantKey, long afterSequence, int limit, CancellationToken cancellationToken) =>
        readers.List(ReadAfter, r => new StoredNotice(
            tenantKey, r.GetInt64(0), new DateTimeOffset(r.GetInt64(1), TimeSpan.Zero), r.GetInt32(2), r.GetFieldValue<byte[]>(3))
        {
            ConfigurationSetName = r.IsDBNull(4) ? null : r.GetString(4),
            Facts = r.IsDBNull(5) ? default(ReadOnlyMemory<byte>?) : r.GetFieldValue<byte[]>(5),
        }, cancellationToken, Long(tenantKey), Long(afterSequence), Long(limit));

    public ValueTask<bool> Advance(long tenantKey, string destination, long sequence, CancellationToken cancellationToken) =>
        Kept(tenantKey, () => Ask<bool>("SELECT advance_notices($1, $2, $3, $4)", cancellationToken,
            Long(incarnation), Long(tenantKey), new NpgsqlParameter<string> { TypedValue = destination }, Long(sequence)));

    public ValueTask<bool> Trim(long tenantKey, long through, IReadOnlyCollection<string> destinations, CancellationToken cancellationToken) =>
        Kept(tenantKey, () => TrimAll(tenantKey, through, destinations, cancellationToken));

    private async ValueTask<bool> TrimAll(
        long tenantKey, long through, IReadOnlyCollection<string> destinations, CancellationToken cancellationToken)
    {
        long gone;
        do
        {
            gone = await Ask<long>("SELECT trim_notices($1, $2, $3, $4)", cancellationToken,
                Long(incarnation), Long(tenantKey), Long(through), new NpgsqlParameter<int> { TypedValue = TrimAtOnce });
        }
        while (gone == TrimAtOnce);

        return gone >= 0 && await Ask<bool>("SELECT forget_notice_cursors($1, $2, $3)", cancellationToken,
            Long(incarnation), Long(tenantKey), new NpgsqlParameter<string[]> { TypedValue = [.. destinations] });
    }

    public async ValueTask<bool> Release(long tenantKey, CancellationToken cancellationToken)
    {
        var isTold = _told.TryGetValue(tenantKey, out var answer);
        var gone = await changes.List(ReleaseOne, r => r.GetInt64(0), cancellationToken, Long(tenantKey), Long(incarnation));
        if (isTold) _told.TryRemove(new(tenantKey, answer));
        return gone.Count > 0;
    }

    public async ValueTask<NoticeBacklog> Count(long tenantKey, long afterSequence, CancellationToken cancellationToken) =>
        (await readers.List(CountAfter, r => new NoticeBacklog(
            r.GetInt64(0), r.IsDBNull(1) ? null : new DateTimeOffset(r.GetInt64(1), TimeSpan.Zero)),
            cancellationToken, Long(tenantKey), Long(afterSequence)))[0];

    public ValueTask<IReadOnlyList<TenantNoticeBacklog>> CountAll(int limit, CancellationToken cancellationToken) =>
        readers.List(Counts, r => new TenantNoticeBacklog(
            r.GetInt64(0), r.GetString(1), r.GetInt64(2), new DateTimeOffset(r.GetInt64(3), TimeSpan.Zero)), cancellationToken, Long(limit));

    public async ValueTask<IReadOnlyDictionary<long, long>> FindCursors(string destination, CancellationToken cancellationToken) =>
        (await readers.List(
            "SELECT tenant_key, sequence FROM notice_cursors WHERE destination = $1", r => (Tenant: r.GetInt64(0), Sequence: r.GetInt64(1)),
            cancellationToken, new NpgsqlParameter<string> { TypedValue = destination })).ToDictionary(c => c.Tenant, c => c.Sequence);

    public void OnWritten(Action<IReadOnlyCollection<long>> written) => writer.OnNotices(written);

    /// <summary>False: the claim is lost.</summary>
    private async ValueTask<bool> Kept(long tenantKey, Func<ValueTask<bool>> step)
    {
        var isTold = _told.TryGetValue(tenantKey, out var answer);
        var isMine = await step();
        if (!isMine && isTold) _told.TryRemove(new(tenantKey, answer));
        return isMine;
    }

    /// <summary>Each of them may run twice: a second time it finds what the first has done.</summary>
    private async ValueTask<T> Ask<T>(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        (await changes.List(sql, r => r.GetFieldValue<T>(0), cancellationToken, parameters))[0];

    private static NpgsqlParameter<long> Long(long value) => new() { TypedValue = value };
}
