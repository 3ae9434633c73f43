using Dapper;
using Npgsql;
using NpgsqlTypes;
using Silo.Storage.Insights;

namespace Silo.Storage.Postgres;

/// <param name="changes">Beside the batches: what is made of the log holds up nobody's mail.</param>
internal sealed class PostgresInsightStore(PostgresReaders readers, PostgresReaders changes) : IInsightStore
{
    private static readonly InsightSql Sql = new(isPostgres: true);

    // What a crash of the database loses of this is made of the log again.
    private const string Begin = "SET LOCAL synchronous_commit = off; SELECT position FROM insight_state FOR UPDATE";

    public async ValueTask<long> ReadPosition(CancellationToken cancellationToken) =>
        (await readers.List("SELECT position FROM insight_state", r => r.GetInt64(0), cancellationToken))[0];

    public ValueTask<bool> Write(InsightBatch batch, CancellationToken cancellationToken) => changes.With(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        // Whoever holds this row is alone, also with slices and tables.
        if (await connection.ExecuteScalarAsync<long>(Begin) != batch.From) return false;
        if (batch.Added.Count + batch.Changed.Count > 0) await WriteRows(connection, batch);
        if (batch.Through != batch.From) await connection.ExecuteAsync("UPDATE insight_state SET position = @Through", new { batch.Through });
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }, cancellationToken);

    public async ValueTask<InsightPage> Search(InsightQuery query, InsightPlace? after, int limit, CancellationToken cancellationToken) =>
        await InsightWalk.Page(query, await ReadSlices(cancellationToken), after, limit, async (slices, row, room) =>
        {
            var parameters = new DynamicParameters();
            var sql = Sql.Search(query, slices[0].Table, [.. slices.Select(s => s.Number)], row, room, parameters);
            return await Rows(sql, parameters, cancellationToken);
        });

    public async ValueTask<IReadOnlyList<InsightRow>> Find(
        long acceptedMs, UInt128 message, long? tenantKey, CancellationToken cancellationToken)
    {
        var slices = await ReadSlices(cancellationToken);
        var at = InsightSlice.Find(slices, acceptedMs);
        if (at < 0) return [];
        var rows = await Rows(InsightSql.Find(slices[at].Table, tenantKey is not null), new
        {
            slice = slices[at].Number, accepted = acceptedMs, message = InsightSql.Bytes(message), tenant = tenantKey ?? 0,
        }, cancellationToken);
        return [.. rows.Select(r => r.Row)];
    }

    /// <summary>The oldest first.</summary>
    internal ValueTask<List<InsightSlice>> ReadSlices(CancellationToken cancellationToken) => readers.With(ReadSlices, cancellationToken);

    internal static async Task<List<InsightSlice>> ReadSlices(NpgsqlConnection connection)
    {
        await using var rows = await connection.ExecuteReaderAsync(InsightSql.Slices + " ORDER BY slice");
        var slices = new List<InsightSlice>();
        while (await rows.ReadAsync(CancellationToken.None))
            slices.Add(new(rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2), rows.GetInt32(3), rows.GetInt64(4)));
        return slices;
    }

    /// <summary>Drops the oldest day whose slices all end before. False when there is none.</summary>
    internal static async Task<bool> DropBefore(NpgsqlDataSource source, long cutoffMs, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        await connection.ExecuteScalarAsync<long>(Begin);
        if (InsightSlice.DayToDrop(await ReadSlices(connection), cutoffMs) is not { } day) return false;
        await connection.ExecuteAsync($"DROP TABLE IF EXISTS {InsightSlice.TableOf(day)}");
        await connection.ExecuteAsync("DELETE FROM insight_slices WHERE day = @day", new { day });
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    internal ValueTask<List<(long Slice, InsightRow Row)>> Rows(string sql, object parameters, CancellationToken cancellationToken) =>
        readers.With(async connection =>
        {
            var found = new List<(long, InsightRow)>();
            try
            {
                await using var rows = (System.Data.Common.DbDataReader)await connection.ExecuteReaderAsync(sql, parameters);
                while (await rows.ReadAsync(CancellationToken.None)) found.Add(InsightSql.RowOf(rows));
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
            {
                // The day went out of retention since its slices were read.
            }

            return found;
        }, cancellationToken);

    private static async Task WriteRows(NpgsqlConnection connection, InsightBatch batch)
    {
        var slices = await ReadSlices(connection);
        if (batch.Added.Count > 0)
        {
            var (first, last) = (batch.Added.Min(r => r.Key.AcceptedMs), batch.Added.Max(r => r.Key.AcceptedMs));
            if (InsightSlice.Next(slices, first, last) is { } next)
            {
                await Create(connection, next, isFirstOfDay: slices.TrueForAll(s => s.Day != next.Day));
                slices.Add(next);
            }
        }

        foreach (var rows in batch.Added.GroupBy(r => InsightSlice.Find(slices, r.Key.AcceptedMs)).Where(g => g.Key >= 0))
            await Add(connection, slices[rows.Key], [.. rows]);
        foreach (var changes in batch.Changed.GroupBy(c => InsightSlice.Find(slices, c.Key.AcceptedMs)).Where(g => g.Key >= 0))
        {
            // A statement changes a row once, so those of one message go into several.
            foreach (var round in changes.GroupBy(c => c.Key).SelectMany(g => g.Select((Change, Round) => (Change, Round))).GroupBy(c => c.Round))
                await Change(connection, slices[changes.Key], [.. round.Select(c => c.Change)]);
        }
    }

    private static async Task Create(NpgsqlConnection connection, InsightSlice slice, bool isFirstOfDay)
    {
        if (isFirstOfDay)
        {
            await connection.ExecuteAsync(
                InsightSql.Create(slice.Table, "bigint", "bytea", "text COLLATE \"C\"", "WITH (fillfactor = 85, autovacuum_vacuum_cost_delay = 0)"));
        }

        await connection.ExecuteAsync(
            "INSERT INTO insight_slices (slice, first_ms, last_ms, day, rows) VALUES (@Number, @FirstMs, @LastMs, @Day, @Rows)", slice);
    }

    private static async Task Add(NpgsqlConnection connection, InsightSlice slice, List<InsightRow> rows)
    {
        await using var command = new NpgsqlCommand(
            $"""
            INSERT INTO {slice.Table} AS t (slice, {InsightSql.Columns})
            SELECT $14, * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            ON CONFLICT (slice, tenant_key, accepted_ms, message, number) DO UPDATE SET {InsightSql.Merge("t.", "excluded.")}
            """, connection);
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            Longs(rows.Select(r => r.Key.TenantKey)), Longs(rows.Select(r => r.Key.AcceptedMs)), Messages(rows.Select(r => r.Key)),
            Longs(rows.Select(r => (long)r.Number)), Longs(rows.Select(r => (long)r.Recipients)), Texts(rows.Select(r => r.From)),
            Texts(rows.Select(r => r.Recipient)), Texts(rows.Select(r => r.Provider)), Texts(rows.Select(r => r.Subject)),
            Texts(rows.Select(r => r.SetName)), Longs(rows.Select(r => (long)r.Delivery)), Longs(rows.Select(r => (long)r.Engagement)),
            Texts(rows.Select(r => InsightSql.PositionsOf(r.Positions))), new NpgsqlParameter<long> { TypedValue = slice.Number },
        });
        await command.ExecuteNonQueryAsync(CancellationToken.None);
        await connection.ExecuteAsync(
            "UPDATE insight_slices SET rows = rows + @count, last_ms = greatest(last_ms, @last) WHERE slice = @Number",
            new { count = (long)rows.Count, last = rows.Max(r => r.Key.AcceptedMs), slice.Number });
    }

    private static async Task Change(NpgsqlConnection connection, InsightSlice slice, List<InsightChange> changes)
    {
        await using var command = new NpgsqlCommand(
            $"""
            UPDATE {slice.Table} AS t SET {InsightSql.Merge("t.", "added.", "added.recipient IS NULL AND t.recipients > 1")}
            FROM unnest($1, $2, $3, $4, $5, $6, $7) AS added (tenant_key, accepted_ms, message, recipient, delivery, engagement, positions)
            WHERE t.slice = $8 AND t.tenant_key = added.tenant_key AND t.accepted_ms = added.accepted_ms
                AND t.message = added.message AND (t.recipients = 1 OR added.recipient IS NULL OR t.recipient = added.recipient)
            """, connection);
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            Longs(changes.Select(c => c.Key.TenantKey)), Longs(changes.Select(c => c.Key.AcceptedMs)), Messages(changes.Select(c => c.Key)),
            Texts(changes.Select(c => c.Recipient)), Longs(changes.Select(c => (long)c.Delivery)), Longs(changes.Select(c => (long)c.Engagement)),
            Texts(changes.Select(c => InsightSql.PositionsOf(c.Positions))), new NpgsqlParameter<long> { TypedValue = slice.Number },
        });
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private static NpgsqlParameter<long[]> Longs(IEnumerable<long> values) => new() { TypedValue = [.. values] };

    private static NpgsqlParameter<byte[][]> Messages(IEnumerable<InsightKey> keys) =>
        new() { TypedValue = [.. keys.Select(k => InsightSql.Bytes(k.Message))] };

    private static NpgsqlParameter Texts(IEnumerable<string?> values) =>
        new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}
