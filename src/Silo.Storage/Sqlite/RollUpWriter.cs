using System.Runtime.InteropServices;
using SQLitePCL;
using Silo.Core.Messages;
using Silo.Core.Reputation;
using Silo.Core.Tenants;

namespace Silo.Storage.Sqlite;

/// <summary>Adds to roll-ups what the snapshots of a batch bring, to sums over tenants once at its end, and drops hours that are too old.</summary>
internal sealed class RollUpWriter : IDisposable
{
    // Rows of some 60 bytes; few enough that other writes hardly wait.
    private const int DropAtOnce = 5_000;

    private readonly Statement _name;
    private readonly Statement _findName;
    private readonly Statement _addRow;
    private readonly Statement _addDay;
    private readonly Statement _addSum;
    private readonly Statement _dropScopes;
    private readonly Statement _dropSums;
    private readonly Statement[] _drop;
    private readonly List<(long TenantKey, RollUpChanges Changes)> _news = [];
    private readonly RollUpMerge _merge = new();

    public RollUpWriter(sqlite3 database)
    {
        _name = new(database,
            "INSERT OR IGNORE INTO roll_up_scopes (tenant_key, scope, identity, configuration_set) VALUES (?1, ?2, ?3, ?4)");
        _findName = new(database, "SELECT identity, configuration_set FROM roll_up_scopes WHERE tenant_key = ?1 AND scope = ?2");
        _addRow = new(database, RollUpSums.AddTo("roll_ups", RollUpSums.RowKey));
        _addDay = new(database, RollUpSums.AddTo("roll_up_days", RollUpSums.RowKey));
        _addSum = new(database, RollUpSums.AddTo("roll_up_sums", RollUpSums.SumKey));
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

    /// <summary>How much was written since the batch began, to come back to (<see cref="Undo"/>).</summary>
    public int Mark => _news.Count;

    public void Write(long tenantKey, RollUpChanges changes)
    {
        foreach (var (number, scope) in changes.Scopes)
            _name.Bind(0, tenantKey).Bind(1, number).Bind(2, scope.Identity).Bind(3, scope.ConfigurationSet).Execute();
        foreach (var (key, counts) in changes.Rows)
        {
            Add(_addRow.Bind(0, tenantKey).Bind(1, key.Hour).Bind(2, key.Scope).Bind(3, key.Provider), 4, counts);
            Add(_addDay.Bind(0, tenantKey).Bind(1, key.Hour / RollUpSums.Day * RollUpSums.Day).Bind(2, key.Scope).Bind(3, key.Provider), 4, counts);
        }

        _news.Add((tenantKey, changes));
    }

    /// <summary>What was written after the mark is rolled back.</summary>
    public void Undo(int mark) => _news.RemoveRange(mark, _news.Count - mark);

    /// <summary>Adds to the sums; to be called once, before the batch is committed.</summary>
    public void AddSums()
    {
        if (_news.Count == 0) return;
        _merge.Clear();
        var names = new Dictionary<(long, int), MailScope?>();
        foreach (var (tenantKey, changes) in _news)
        {
            foreach (var row in changes.Rows)
            {
                ref var named = ref CollectionsMarshal.GetValueRefOrAddDefault(names, (tenantKey, row.Key.Scope), out var isKnown);
                if (!isKnown) named = FindName(tenantKey, row.Key.Scope);
                _merge.Add(tenantKey, row, named);
            }
        }

        foreach (var (key, counts) in _merge.Sums)
        {
            _addSum.Bind(0, key.Kind).Bind(1, key.Span).Bind(2, key.Hour).Bind(3, key.Provider).Bind(4, key.TenantKey).Bind(5, key.Identity)
                .Bind(6, key.ConfigurationSet);
            Add(_addSum, 7, counts);
        }

        _news.Clear();
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
        foreach (var statement in (Statement[])[_name, _findName, _addRow, _addDay, _addSum, _dropScopes, _dropSums, .. _drop]) statement.Dispose();
    }

    private MailScope? FindName(long tenantKey, int scope)
    {
        var names = _findName.Bind(0, tenantKey).Bind(1, scope).Step()
            ? new MailScope(_findName.Text(0), _findName.TextOrNull(1))
            : null;
        _findName.Reset();
        return names;
    }

    private static void Add(Statement statement, int first, int[] counts)
    {
        for (var column = 0; column < counts.Length; column++) statement.Bind(first + column, counts[column]);
        statement.Execute();
    }
}
