using SQLitePCL;
using Silo.Core.Reputation;
using Silo.Core.Tenants;

namespace Silo.Storage.Sqlite;

/// <summary>Adds to roll-ups what a snapshot brings, and drops hours that are too old.</summary>
internal sealed class RollUpWriter(sqlite3 database) : IDisposable
{
    // Rows of some 60 bytes; few enough that other writes hardly wait.
    private const int DropAtOnce = 5_000;

    private readonly Statement _add = new(database,
        $"""
        INSERT INTO roll_ups (tenant_key, hour, scope, provider, {string.Join(", ", RollUpSql.Columns)})
        VALUES ({string.Join(", ", Enumerable.Range(1, 4 + RollUpRow.Columns).Select(i => $"?{i}"))})
        ON CONFLICT (tenant_key, hour, scope, provider)
        DO UPDATE SET {string.Join(", ", RollUpSql.Columns.Select(c => $"{c} = {c} + excluded.{c}"))}
        """);

    private readonly Statement _name = new(database,
        "INSERT OR IGNORE INTO roll_up_scopes (tenant_key, scope, identity, configuration_set) VALUES (?1, ?2, ?3, ?4)");

    private readonly Statement _drop = new(database,
        """
        DELETE FROM roll_ups WHERE (tenant_key, hour, scope, provider) IN (
            SELECT tenant_key, hour, scope, provider FROM roll_ups WHERE hour < ?1 ORDER BY hour LIMIT ?2)
        """);

    // A living tenant remembers what it has named, so its names stay; of one that is gone they go with its last hour.
    private readonly Statement _dropScopes = new(database,
        """
        DELETE FROM roll_up_scopes WHERE (tenant_key, scope) IN (
            SELECT s.tenant_key, s.scope FROM roll_up_scopes s
            WHERE NOT EXISTS (SELECT 1 FROM tenants t WHERE t.tenant_key = s.tenant_key)
                AND NOT EXISTS (SELECT 1 FROM roll_ups r WHERE r.tenant_key = s.tenant_key) LIMIT ?1)
        """);

    public void Write(long tenantKey, RollUpChanges changes)
    {
        foreach (var (number, scope) in changes.Scopes)
            _name.Bind(0, tenantKey).Bind(1, number).Bind(2, scope.Identity).Bind(3, scope.ConfigurationSet).Execute();
        foreach (var (key, counts) in changes.Rows)
        {
            _add.Bind(0, tenantKey).Bind(1, key.Hour).Bind(2, key.Scope).Bind(3, key.Provider);
            for (var column = 0; column < counts.Length; column++) _add.Bind(4 + column, counts[column]);
            _add.Execute();
        }
    }

    /// <summary>True when there may be more.</summary>
    public bool DropBefore(int hour) => _drop.Bind(0, hour).Bind(1, DropAtOnce).Execute() == DropAtOnce;

    /// <summary>Drops names of tenants that are gone and have no counts left. True when there may be more.</summary>
    public bool DropScopes() => _dropScopes.Bind(0, DropAtOnce).Execute() == DropAtOnce;

    public void Dispose()
    {
        _dropScopes.Dispose();
        _add.Dispose();
        _name.Dispose();
        _drop.Dispose();
    }
}
