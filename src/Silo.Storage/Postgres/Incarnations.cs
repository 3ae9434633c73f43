using Dapper;
using Npgsql;

namespace Silo.Storage.Postgres;

/// <summary>The beginning of an incarnation: its number, its lease, its first ids, and whether it may be beside the others.</summary>
internal static class Incarnations
{
    internal const string RaiseOffset =
        """
        UPDATE counters SET value = greatest(value,
            coalesce((SELECT max(position) >> 20 FROM events), 0) + 1 - pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
        WHERE name = 'log_offset' RETURNING value
        """;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    public static async Task<(long Incarnation, long FirstBlock, long LogOffset)> Register(
        NpgsqlDataSource opening, PostgresStoreOptions options, CancellationToken cancellationToken)
    {
        await using var connection = await opening.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var incarnation = await connection.ExecuteScalarAsync<long>(
            """
            WITH started AS (INSERT INTO incarnations (address, alone) VALUES (@Address, @Exclusive) RETURNING incarnation),
                counted AS (INSERT INTO batches (incarnation, number) SELECT incarnation, 0 FROM started)
            INSERT INTO leases (incarnation, expires_at, steady_since)
            SELECT incarnation, clock_timestamp() + @LeaseTime, clock_timestamp() FROM started RETURNING incarnation
            """,
            new { options.Address, options.Exclusive, options.LeaseTime });
        // A database that was restored from a dump counts its transactions from the beginning; positions go on where they were. Against
        // the end of the statement's own snapshot: others commit while this transaction runs, and all must keep the same offset.
        var offset = await connection.ExecuteScalarAsync<long>(RaiseOffset);
        await transaction.CommitAsync(cancellationToken);
        return (incarnation, await connection.ExecuteScalarAsync<long>(PostgresIdReserve.NextBlock), offset);
    }

    /// <summary>
    /// Who else uses the database, if one of both uses it alone; null when this incarnation may go on. One that does not renew its lease is
    /// waited for until it is taken over. Of two that start together the later one gives way.
    /// </summary>
    public static async Task<string?> FindRival(
        NpgsqlDataSource opening, long incarnation, PostgresStoreOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var connection = await opening.OpenConnectionAsync(cancellationToken);
        Dictionary<long, DateTime>? before = null;
        var started = time.GetTimestamp();
        while (true)
        {
            var rivals = (await connection.QueryAsync<(long Incarnation, string Address, DateTime ExpiresAt)>(
                """
                SELECT i.incarnation, i.address, l.expires_at FROM incarnations i JOIN leases l ON l.incarnation = i.incarnation
                WHERE i.incarnation < @incarnation AND NOT i.dead AND (i.alone OR @Exclusive) ORDER BY i.incarnation
                """, new { incarnation, options.Exclusive })).ToList();
            if (rivals.Count == 0) return null;
            before ??= rivals.ToDictionary(r => r.Incarnation, r => r.ExpiresAt);
            var (rival, address, expiresAt) = rivals[0];
            var renewed = !before.TryGetValue(rival, out var first) || expiresAt != first;
            if (renewed || time.GetElapsedTime(started) >= options.LeaseTime * 2 + TimeSpan.FromSeconds(5))
                return $"incarnation {rival}" + (address.Length > 0 ? $" at {address}" : "");
            await Task.Delay(Interval, time, cancellationToken);
        }
    }
}
