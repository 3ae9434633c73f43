using SQLitePCL;

namespace Silo.Storage.Sqlite;

/// <summary>
/// Which units are released and not settled, and how many are left of each release, so that a release's row goes with its last
/// unit. Bounded by what may be in flight.
/// </summary>
internal sealed class UnitsInHand(sqlite3 database) : IDisposable
{
    private readonly Dictionary<long, long> _releaseOfUnit = [];
    private readonly Dictionary<long, int> _unitsLeft = [];
    private readonly Statement _insert = new(database, "INSERT INTO releases (release_id, unit_ids) VALUES (?1, ?2)");
    private readonly Statement _delete = new(database, "DELETE FROM releases WHERE release_id = ?1");
    private readonly Statement _readAll = new(database, "SELECT release_id, unit_ids FROM releases ORDER BY release_id");
    private readonly Statement _settledRelease = new(database, "SELECT settled_release FROM units WHERE unit_id = ?1");

    public long? ReleaseOf(long unitId) => _releaseOfUnit.TryGetValue(unitId, out var release) ? release : null;

    public void Release(ReleaseRecord release)
    {
        _insert.Bind(0, release.ReleaseId).Bind(1, UnitIdList.Encode(release.UnitIds)).Execute();
        Take(release.ReleaseId, release.UnitIds);
        if (!_unitsLeft.ContainsKey(release.ReleaseId)) _delete.Bind(0, release.ReleaseId).Execute();
    }

    /// <summary>The unit's release is over.</summary>
    public void Settled(long unitId)
    {
        if (!_releaseOfUnit.Remove(unitId, out var release)) return;
        if (--_unitsLeft[release] > 0) return;
        _unitsLeft.Remove(release);
        _delete.Bind(0, release).Execute();
    }

    /// <summary>Reads everything from the file again.</summary>
    public void Read()
    {
        _releaseOfUnit.Clear();
        _unitsLeft.Clear();
        var releases = new List<(long Id, long[] Units)>();
        while (_readAll.Step()) releases.Add((_readAll.Long(0), UnitIdList.Decode(_readAll.Span(1))));
        _readAll.Reset();
        foreach (var (id, units) in releases) Take(id, units);
    }

    public void Dispose()
    {
        Statement[] own = [_insert, _delete, _readAll, _settledRelease];
        foreach (var statement in own) statement.Dispose();
    }

    private void Take(long release, IReadOnlyList<long> units)
    {
        foreach (var unit in units)
        {
            // A unit that was cancelled meanwhile will never be settled.
            if (_settledRelease.Bind(0, unit).ReadLong() is not { } settled || settled >= release) continue;
            if (_releaseOfUnit.TryGetValue(unit, out var before) && before == release) continue;
            Settled(unit);
            _releaseOfUnit[unit] = release;
            _unitsLeft[release] = _unitsLeft.GetValueOrDefault(release) + 1;
        }
    }
}
