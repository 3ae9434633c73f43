using Npgsql;

namespace Silo.Benchmarks.Cluster;

/// <summary>What the database of a cluster knows of its silos and tenants, asked on one connection.</summary>
internal sealed class ClusterDatabase : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private ClusterDatabase(NpgsqlConnection connection) => _connection = connection;

    public static async Task<ClusterDatabase> Open(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = "silo", Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        return new ClusterDatabase(connection);
    }

    /// <summary>Tenants by the incarnation that owns them.</summary>
    public async Task<Dictionary<string, long>> Owners()
    {
        var owners = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand("SELECT name, owner FROM tenants WHERE owner IS NOT NULL AND name <> '$account'", _connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) owners[reader.GetString(0)] = reader.GetInt64(1);
        return owners;
    }

    /// <summary>How many tenants each living incarnation owns, those that own none included, in the order in which they came.</summary>
    public async Task<List<(long Incarnation, long Tenants)>> Counts()
    {
        var counts = new List<(long, long)>();
        await using var command = new NpgsqlCommand(
            """
            SELECT i.incarnation, (SELECT count(*) FROM tenants t WHERE t.owner = i.incarnation) FROM incarnations i
            WHERE NOT i.dead ORDER BY 1
            """, _connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) counts.Add((reader.GetInt64(0), reader.GetInt64(1)));
        return counts;
    }

    /// <summary>Incarnations that are marked dead.</summary>
    public Task<long> Dead() => Number("SELECT count(*) FROM incarnations WHERE dead");

    /// <summary>Tenants that have mail and whose owner is dead.</summary>
    public Task<long> Orphans() => Number(
        """
        SELECT count(*) FROM incarnations i JOIN tenants t ON t.owner = i.incarnation
        WHERE i.dead AND EXISTS (SELECT 1 FROM units u WHERE u.tenant_key = t.tenant_key)
        """);

    /// <summary>
    /// Registers tenants that are copies of one which exists, with all that it may use, under names that begin with
    /// <paramref name="prefix"/> and end with numbers from 0. Nobody owns them.
    /// </summary>
    public async Task Copy(string tenant, string prefix, int count)
    {
        await using var command = new NpgsqlCommand(
            """
            WITH model AS (SELECT * FROM tenants WHERE name = $1),
            made AS (
                INSERT INTO tenants (name, tenant_id, arn, created_at, sending_status, reputation_impact, owner)
                SELECT $2 || n, i.id, replace(replace(m.arn, m.name, $2 || n), m.tenant_id, i.id), m.created_at, m.sending_status,
                    m.reputation_impact, NULL
                FROM model m, generate_series(0, $3 - 1) AS n, LATERAL (SELECT 'tn-' || lpad(to_hex(n), 30, '0') AS id) AS i
                RETURNING tenant_key, name, tenant_id),
            snapped AS (
                INSERT INTO snapshots (tenant_key, applied_sequence, state, counters)
                SELECT made.tenant_key, s.applied_sequence, s.state, s.counters
                FROM made, model m JOIN snapshots s ON s.tenant_key = m.tenant_key),
            associated AS (
                INSERT INTO associations (tenant_name, resource_arn, tenant_id, kind, resource_name, created_at)
                SELECT made.name, a.resource_arn, made.tenant_id, a.kind, a.resource_name, a.created_at
                FROM made, model m JOIN associations a ON a.tenant_name = m.name)
            UPDATE counters SET value = value + $3 WHERE name = 'tenants'
            """, _connection) { CommandTimeout = 300 };
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(prefix);
        command.Parameters.AddWithValue(count);
        await command.ExecuteNonQueryAsync();
        await Execute("ANALYZE");
    }

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();

    private async Task Execute(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> Number(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
