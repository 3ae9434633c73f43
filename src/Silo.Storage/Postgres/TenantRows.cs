using Npgsql;

namespace Silo.Storage.Postgres;

/// <summary>Tenants with their snapshots and the events after these, read as of one instant.</summary>
internal static class TenantRows
{
    /// <summary>One statement, so that a snapshot and the events after it fit together while both are being written.</summary>
    /// <param name="condition">On "tenants t".</param>
    public static string Select(string condition) =>
        $"""
        WITH found AS MATERIALIZED (
            SELECT t.tenant_key, t.name, t.tenant_id, t.created_at, t.sending_status, t.reputation_impact,
                s.applied_sequence, s.state, s.counters
            FROM tenants t JOIN snapshots s ON s.tenant_key = t.tenant_key WHERE {condition})
        SELECT tenant_key, 0::bigint AS sequence, applied_sequence, created_at, 0, state, counters,
            name, tenant_id, sending_status, reputation_impact
        FROM found
        UNION ALL
        SELECT e.tenant_key, e.sequence, e.position, e.at, e.kind, e.payload, NULL, NULL, NULL, NULL, NULL
        FROM found f JOIN events e ON e.tenant_key = f.tenant_key AND e.sequence > f.applied_sequence
        ORDER BY 1, 2
        """;

    public static async Task<List<StoredTenant>> Read(NpgsqlDataReader rows)
    {
        var tenants = new List<StoredTenant>();
        var tail = new List<StoredEvent>();
        while (await rows.ReadAsync())
        {
            if (rows.IsDBNull(7))
            {
                tail.Add(new(rows.GetInt64(2), rows.GetInt64(0), rows.GetInt64(1), Instant(rows, 3), rows.GetInt32(4), Bytes(rows, 5)));
                continue;
            }

            var snapshot = new TenantSnapshot(
                rows.GetInt64(2), Bytes(rows, 5), Bytes(rows, 6), rows.GetString(9), rows.IsDBNull(10) ? null : rows.GetString(10));
            tenants.Add(new(rows.GetInt64(0), rows.GetString(7), rows.GetString(8), Instant(rows, 3), snapshot, tail = []));
        }

        return tenants;
    }

    public static DateTimeOffset Instant(NpgsqlDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);

    public static byte[] Bytes(NpgsqlDataReader row, int column) => row.GetFieldValue<byte[]>(column);
}
