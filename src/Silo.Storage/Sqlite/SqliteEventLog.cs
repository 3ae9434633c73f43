namespace Silo.Storage.Sqlite;

internal sealed class SqliteEventLog(ReaderPool readers) : IEventLog
{
    private const string Columns = "position, tenant_key, sequence, at, kind, payload";

    public ValueTask<IReadOnlyList<StoredEvent>> ReadFrom(long position, int limit, CancellationToken cancellationToken) =>
        readers.Read<IReadOnlyList<StoredEvent>>(reader =>
        {
            var events = new List<StoredEvent>();
            var segments = EventSegment.ReadAll(reader.Connection.Handle!);
            // The last segment that begins at or before the first wanted position; all before it end before.
            var from = Math.Max(0, segments.FindLastIndex(s => s.FirstPosition <= position + 1));
            for (var i = from; i < segments.Count && events.Count < limit; i++)
            {
                using var rows = reader.Once($"SELECT {Columns} FROM {segments[i].Table} WHERE position > ?1 ORDER BY position LIMIT ?2");
                rows.Bind(0, position).Bind(1, limit - events.Count);
                while (rows.Step()) events.Add(EventOf(rows));
            }

            return events;
        }, cancellationToken);

    public ValueTask<IReadOnlyList<StoredEvent>> ReadAt(IReadOnlyList<long> positions, CancellationToken cancellationToken) =>
        readers.Read<IReadOnlyList<StoredEvent>>(reader => ReadAt(reader, [.. positions]), cancellationToken);

    /// <summary>The events at these positions, which ascend. Positions whose events are dropped are left out.</summary>
    public static List<StoredEvent> ReadAt(Reader reader, long[] positions)
    {
        var events = new List<StoredEvent>(positions.Length);
        if (positions.Length == 0) return events;
        var segments = EventSegment.ReadAll(reader.Connection.Handle!);
        var next = 0;
        for (var i = Math.Max(0, segments.FindLastIndex(s => s.FirstPosition <= positions[0])); i < segments.Count && next < positions.Length; i++)
        {
            var end = i + 1 < segments.Count ? segments[i + 1].FirstPosition : long.MaxValue;
            using var row = reader.Once($"SELECT {Columns} FROM {segments[i].Table} WHERE position = ?1");
            for (; next < positions.Length && positions[next] < end; next++)
            {
                row.Bind(0, positions[next]);
                if (row.Step()) events.Add(EventOf(row));
                row.Reset();
            }
        }

        return events;
    }

    private static StoredEvent EventOf(Statement row) =>
        new(row.Long(0), row.Long(1), row.Long(2), row.Instant(3), row.Int(4), row.Bytes(5));
}
