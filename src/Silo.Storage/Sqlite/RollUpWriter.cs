using SQLitePCL;
using Silo.Core.Reputation;
using Silo.Core.Tenants;

namespace Silo.Storage.Sqlite;

/// <summary>Adds to roll-ups what the snapshots of a batch bring, once at its end, and drops hours that are too old.</summary>
internal sealed class RollUpWriter : IDisposable
{
    // Rows of some 60 bytes; few enough that other writes hardly wait.
    private const int DropAtOnce = 5_000;

    private readonly Statement _news;
    private readonly Statement _name;
    private readonly Statement _dropScopes;
    private readonly Statement _dropSums;
    private readonly Statement[] _add;
    private readonly Statement[] _drop;
    private bool _hasNews;

    public RollUpWriter(sqlite3 database)
    {
        // Rows of this connection alone, in memory; what a refused write put there goes with it.
        using (var table = new Statement(database, $"CREATE TEMP TABLE news (tenant_key, hour, scope, provider, {string.Join(", ", RollUpSql.Columns)})"))
            table.Execute();
        _news = new(database,
            $"INSERT INTO temp.news VALUES ({string.Join(", ", Enumerable.Range(1, 4 + RollUpRow.Columns).Select(i => $"?{i}"))})");
        _name = new(database,
            "INSERT OR IGNORE INTO roll_up_scopes (tenant_key, scope, identity, configuration_set) VALUES (?1, ?2, ?3, ?4)");
        _add =
        [
            new(database, RollUpSums.AddRows), new(database, RollUpSums.AddDays), new(database, RollUpSums.AddSums(slot: null)),
            new(database, "DELETE FROM temp.news"),
        ];
        _drop = [.. new[] { "roll_ups", "roll_up_days" }.Select(table => new Statement(database,
            $"""
            DELETE FROM {table} WHERE (tenant_key, hour, scope, provider) IN (
                SELECT tenant_key, hour, scope, provider FROM {table} WHERE hour < ?1 ORDER BY hour LIMIT ?2)
            """))];
        _dropSums = new(database,
            """
            DELETE FROM roll_up_sums WHERE (kind, span, hour, provider, tenant_key, identity, configuration_set) IN (
                SELECT kind, span, hour, provider, tenant_key, identity, configuration_set FROM roll_up_sums
                WHERE kind = ?1 AND span = ?2 AND hour < ?3 LIMIT ?4)
            """);
        // A living tenant remembers what it has named, so its names stay; of one that is gone they go with its last hour.
        _dropScopes = new(database,
            """
            DELETE FROM roll_up_scopes WHERE (tenant_key, scope) IN (
                SELECT s.tenant_key, s.scope FROM roll_up_scopes s
                WHERE NOT EXISTS (SELECT 1 FROM tenants t WHERE t.tenant_key = s.tenant_key)
                    AND NOT EXISTS (SELECT 1 FROM roll_ups r WHERE r.tenant_key = s.tenant_key)
                    AND NOT EXISTS (SELECT 1 FROM roll_up_days r WHERE r.tenant_key = s.tenant_key) LIMIT ?1)
            """);
    }

    public void Write(long tenantKey, RollUpChanges changes)
    {
        foreach (var (number, scope) in changes.Scopes)
            _name.Bind(0, tenantKey).Bind(1, number).Bind(2, scope.Identity).Bind(3, scope.ConfigurationSet).Execute();
        foreach (var (key, counts) in changes.Rows)
        {
            _news.Bind(0, tenantKey).Bind(1, key.Hour).Bind(2, key.Scope).Bind(3, key.Provider);
            for (var column = 0; column < counts.Length; column++) _news.Bind(4 + column, counts[column]);
            _news.Execute();
            _hasNews = true;
        }
    }

    /// <summary>To be called before the batch is committed.</summary>
    public void Add()
    {
        if (!_hasNews) return;
        _hasNews = false;
        foreach (var statement in _add) statement.Execute();
    }

    /// <summary>True when there may be more.</summary>
    public bool DropBefore(DateTimeOffset now)
    {
        foreach (var statement in _drop)
            if (statement.Bind(0, RollUpSql.OldestHour(now)).Bind(1, DropAtOnce).Execute() == DropAtOnce) return true;
        foreach (var (kind, span) in RollUpSums.Kept)
        {
            var oldest = RollUpKey.HourOf(now - RollUpSums.KeptFor(kind, span));
            if (_dropSums.Bind(0, kind).Bind(1, span).Bind(2, oldest).Bind(3, DropAtOnce).Execute() == DropAtOnce) return true;
        }

        return false;
    }

    /// <summary>Drops names of tenants that are gone and have no counts left. True when there may be more.</summary>
    public bool DropScopes() => _dropScopes.Bind(0, DropAtOnce).Execute() == DropAtOnce;

    public void Dispose()
    {
        foreach (var statement in (Statement[])[_news, _name, _dropScopes, _dropSums, .. _add, .. _drop]) statement.Dispose();
    }
}
