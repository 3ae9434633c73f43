using System.Runtime.InteropServices;
using Npgsql;
using NpgsqlTypes;
using Silo.Core.Reputation;
using Silo.Core.Tenants;

namespace Silo.Storage.Postgres;

/// <summary>What the snapshots of one batch add to roll-ups: of one row once, since one statement changes no row twice.</summary>
internal sealed class RollUpRows
{
    private readonly Rows _names = new(BatchSql.NameScopes);
    private readonly Rows _rows = new(BatchSql.AddRollUps);
    private readonly Dictionary<(long, RollUpKey), int> _rowOfKey = [];
    private readonly (List<long> Tenant, List<int> Scope, List<string> Identity, List<string?> Set) _name;
    private readonly (List<long> Tenant, List<int> Hour, List<int> Scope, List<string> Provider) _key;
    private readonly List<int>[] _counts;

    public RollUpRows()
    {
        _name = (
            _names.Column<long>(NpgsqlDbType.Bigint), _names.Column<int>(NpgsqlDbType.Integer), _names.Column<string>(NpgsqlDbType.Text),
            _names.Column<string?>(NpgsqlDbType.Text));
        _key = (
            _rows.Column<long>(NpgsqlDbType.Bigint), _rows.Column<int>(NpgsqlDbType.Integer), _rows.Column<int>(NpgsqlDbType.Integer),
            _rows.Column<string>(NpgsqlDbType.Text));
        _counts = [.. Enumerable.Range(0, RollUpRow.Columns).Select(_ => _rows.Column<int>(NpgsqlDbType.Integer))];
    }

    // Few enough that sums have few rows, and so many that silos which run at once seldom have the same.
    private const int Slots = 64;

    /// <summary>What is to be sent of those that have rows.</summary>
    public IEnumerable<NpgsqlBatchCommand> Commands(long incarnation)
    {
        if (_names.Count > 0) yield return _names.ToCommand();
        if (_rows.Count > 0) yield return _rows.ToCommand(new NpgsqlParameter<short> { TypedValue = (short)(incarnation % Slots) });
    }

    public void Add(long tenantKey, RollUpChanges changes)
    {
        foreach (var (number, scope) in changes.Scopes)
        {
            _name.Tenant.Add(tenantKey);
            _name.Scope.Add(number);
            _name.Identity.Add(scope.Identity);
            _name.Set.Add(scope.ConfigurationSet);
        }

        foreach (var (key, counts) in changes.Rows)
        {
            ref var at = ref CollectionsMarshal.GetValueRefOrAddDefault(_rowOfKey, (tenantKey, key), out var exists);
            if (!exists)
            {
                at = _key.Tenant.Count;
                _key.Tenant.Add(tenantKey);
                _key.Hour.Add(key.Hour);
                _key.Scope.Add(key.Scope);
                _key.Provider.Add(key.Provider);
                foreach (var column in _counts) column.Add(0);
            }

            for (var column = 0; column < counts.Length; column++) _counts[column][at] += counts[column];
        }
    }

    public void Clear()
    {
        _names.Clear();
        _rows.Clear();
        _rowOfKey.Clear();
    }
}
