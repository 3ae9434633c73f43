using Npgsql;

namespace Silo.Storage.Postgres;

internal sealed class PostgresEventLog(PostgresReaders readers, long logOffset) : IEventLog
{
    public ValueTask<IReadOnlyList<StoredEvent>> ReadFrom(long position, int limit, CancellationToken cancellationToken) =>
        readers.List("SELECT * FROM read_events($1, $2, $3)",
            r => new StoredEvent(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), TenantRows.Instant(r, 3),
                r.GetInt32(4), TenantRows.Bytes(r, 5)),
            cancellationToken,
            new NpgsqlParameter<long> { TypedValue = position }, new NpgsqlParameter<int> { TypedValue = limit },
            new NpgsqlParameter<long> { TypedValue = logOffset });

    public ValueTask<IReadOnlyList<StoredEvent>> ReadAt(IReadOnlyList<long> positions, CancellationToken cancellationToken) =>
        readers.List("SELECT position, tenant_key, sequence, at, kind, payload FROM events WHERE position = ANY ($1) ORDER BY position",
            r => new StoredEvent(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), TenantRows.Instant(r, 3), r.GetInt32(4), TenantRows.Bytes(r, 5)),
            cancellationToken, new NpgsqlParameter<long[]> { TypedValue = [.. positions] });
}
