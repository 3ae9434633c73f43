using Dapper;
using Microsoft.Data.Sqlite;
using Silo.Storage.Insights;

namespace Silo.Storage.Sqlite;

/// <summary>Writes rows of insights within a batch.</summary>
internal static class InsightWriter
{
    private const string Position = "insights";

    // Late events are mostly of the last hours; older slices are read when one is not among these.
    private const int RecentSlices = 48;

    public static bool Write(BatchWriter batch, InsightBatch insights)
    {
        var connection = batch.Connection;
        if (ReadPosition(connection) != insights.From) return false;
        if (insights.Added.Count + insights.Changed.Count > 0) WriteRows(connection, insights);
        if (insights.Through != insights.From) batch.SetMeta(Position, insights.Through);
        return true;
    }

    public static long ReadPosition(SqliteConnection connection)
    {
        using var statement = new Statement(connection.Handle!, "SELECT value FROM meta WHERE name = ?1");
        return statement.Bind(0, Position).ReadLong() ?? 0;
    }

    public static List<InsightSlice> ReadSlices(SqliteConnection connection, int newest = int.MaxValue)
    {
        using var rows = new Statement(connection.Handle!, InsightSql.Slices + " ORDER BY slice DESC LIMIT ?1");
        rows.Bind(0, newest);
        var slices = new List<InsightSlice>();
        while (rows.Step()) slices.Add(new(rows.Long(0), rows.Long(1), rows.Long(2), rows.Int(3), rows.Long(4)));
        slices.Reverse();
        return slices;
    }

    /// <summary>True when there may be more.</summary>
    public static bool DropBefore(BatchWriter batch, long cutoffMs)
    {
        if (InsightSlice.DayToDrop(ReadSlices(batch.Connection), cutoffMs) is not { } day) return false;
        batch.Connection.Execute($"DROP TABLE IF EXISTS {InsightSlice.TableOf(day)}");
        batch.Connection.Execute("DELETE FROM insight_slices WHERE day = @day", new { day });
        return true;
    }

    private static void WriteRows(SqliteConnection connection, InsightBatch insights)
    {
        var slices = ReadSlices(connection, RecentSlices);
        if (insights.Added.Count > 0)
        {
            var (first, last) = (insights.Added.Min(r => r.Key.AcceptedMs), insights.Added.Max(r => r.Key.AcceptedMs));
            if (InsightSlice.Next(slices, first, last) is { } next)
            {
                Create(connection, next);
                slices.Add(next);
            }
        }

        if (slices.Count == RecentSlices && insights.Added.Select(r => r.Key).Concat(insights.Changed.Select(c => c.Key))
            .Any(k => k.AcceptedMs < slices[0].FirstMs)) slices = ReadSlices(connection);
        foreach (var rows in insights.Added.GroupBy(r => InsightSlice.Find(slices, r.Key.AcceptedMs)).Where(g => g.Key >= 0))
            Add(connection, slices[rows.Key], rows);
        foreach (var changes in insights.Changed.GroupBy(c => InsightSlice.Find(slices, c.Key.AcceptedMs)).Where(g => g.Key >= 0))
            Change(connection, slices[changes.Key], changes);
    }

    private static void Create(SqliteConnection connection, InsightSlice slice)
    {
        if (connection.ExecuteScalar<long?>("SELECT 1 FROM insight_slices WHERE day = @Day LIMIT 1", new { slice.Day }) is null)
            connection.Execute(InsightSql.Create(slice.Table, "INTEGER", "BLOB", "TEXT", "WITHOUT ROWID"));
        connection.Execute(
            "INSERT INTO insight_slices (slice, first_ms, last_ms, day, rows) VALUES (@Number, @FirstMs, @LastMs, @Day, @Rows)", slice);
    }

    private static void Add(SqliteConnection connection, InsightSlice slice, IEnumerable<InsightRow> rows)
    {
        using var insert = new Statement(connection.Handle!,
            $"""
            INSERT INTO {slice.Table} AS t (slice, {InsightSql.Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            ON CONFLICT DO UPDATE SET {InsightSql.Merge("t.", "excluded.")}
            """);
        var (count, last) = (0, slice.LastMs);
        foreach (var row in rows)
        {
            insert
                .Bind(0, slice.Number).Bind(1, row.Key.TenantKey).Bind(2, row.Key.AcceptedMs).Bind(3, InsightSql.Bytes(row.Key.Message).AsSpan())
                .Bind(4, row.Number).Bind(5, row.Recipients).Bind(6, row.From).Bind(7, row.Recipient).Bind(8, row.Provider).Bind(9, row.Subject)
                .Bind(10, row.SetName).Bind(11, row.Delivery).Bind(12, row.Engagement).Bind(13, InsightSql.PositionsOf(row.Positions)).Execute();
            (count, last) = (count + 1, Math.Max(last, row.Key.AcceptedMs));
        }

        using var update = new Statement(connection.Handle!, "UPDATE insight_slices SET rows = rows + ?2, last_ms = ?3 WHERE slice = ?1");
        update.Bind(0, slice.Number).Bind(1, count).Bind(2, last).Execute();
    }

    private static void Change(SqliteConnection connection, InsightSlice slice, IEnumerable<InsightChange> changes)
    {
        using var update = new Statement(connection.Handle!,
            $"""
            UPDATE {slice.Table} AS t SET {InsightSql.Merge("t.", "added.", "?8 IS NULL AND t.recipients > 1")}
            FROM (SELECT ?5 AS delivery, ?6 AS engagement, ?7 AS positions) AS added
            WHERE t.slice = ?1 AND t.tenant_key = ?2 AND t.accepted_ms = ?3 AND t.message = ?4
                AND (t.recipients = 1 OR ?8 IS NULL OR t.recipient = ?8)
            """);
        foreach (var change in changes)
        {
            update
                .Bind(0, slice.Number).Bind(1, change.Key.TenantKey).Bind(2, change.Key.AcceptedMs)
                .Bind(3, InsightSql.Bytes(change.Key.Message).AsSpan()).Bind(4, change.Delivery).Bind(5, change.Engagement)
                .Bind(6, InsightSql.PositionsOf(change.Positions)).Bind(7, change.Recipient).Execute();
        }
    }
}
