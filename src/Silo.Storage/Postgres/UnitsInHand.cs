namespace Silo.Storage.Postgres;

/// <summary>
/// Which units are released and not settled: by this incarnation, and by ended ones for tenants that are claimed. Changes are kept in
/// a journal until their batch is stored, and taken back when it is not. The writer's alone, but for what claims add.
/// </summary>
internal sealed class UnitsInHand
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, long> _releaseOfUnit = [];
    private readonly Dictionary<long, int> _unitsLeft = [];
    private readonly List<(bool IsUnit, long Key, long Before)> _journal = [];

    /// <summary>A place in the journal.</summary>
    public int Mark => _journal.Count;

    public bool IsInHand(long unitId, long release)
    {
        lock (_lock) return _releaseOfUnit.TryGetValue(unitId, out var current) && current == release;
    }

    public bool IsKnown(long release)
    {
        lock (_lock) return _unitsLeft.ContainsKey(release);
    }

    /// <summary>A release of this incarnation.</summary>
    public void Release(long release, IReadOnlyList<long> units, List<long> over)
    {
        lock (_lock)
        {
            foreach (var unit in units)
            {
                if (_releaseOfUnit.TryGetValue(unit, out var before) && before == release) continue;
                if (before != 0) Remove(unit, before, over);
                SetUnit(unit, release);
                SetLeft(release, _unitsLeft.GetValueOrDefault(release) + 1);
            }
        }
    }

    /// <summary>The unit's release is over; releases that are over with it are added to <paramref name="over"/>.</summary>
    public void Settled(long unitId, List<long> over)
    {
        lock (_lock)
        {
            if (_releaseOfUnit.TryGetValue(unitId, out var release)) Remove(unitId, release, over);
        }
    }

    /// <summary>Of the release only these units exist. Not in the journal: it is known when the batch is stored.</summary>
    public void Keep(long release, IReadOnlyList<long> units, HashSet<long> found)
    {
        lock (_lock)
        {
            foreach (var unit in units)
            {
                if (found.Contains(unit) || !_releaseOfUnit.TryGetValue(unit, out var current) || current != release) continue;
                _releaseOfUnit.Remove(unit);
                if (--_unitsLeft[release] == 0) _unitsLeft.Remove(release);
            }
        }
    }

    /// <summary>
    /// Units of a claimed tenant that an ended incarnation had in hand. It may have been here before, and given away with units that were
    /// not settled yet: what is known of them from then is over.
    /// </summary>
    public void Add(IEnumerable<UnsettledUnit> units)
    {
        lock (_lock)
        {
            foreach (var unit in units)
            {
                if (_releaseOfUnit.GetValueOrDefault(unit.Unit.Id) < unit.ReleaseId) _releaseOfUnit[unit.Unit.Id] = unit.ReleaseId;
            }
        }
    }

    public void Undo(int mark)
    {
        lock (_lock)
        {
            for (var i = _journal.Count - 1; i >= mark; i--)
            {
                var (isUnit, key, before) = _journal[i];
                if (isUnit && before != 0) _releaseOfUnit[key] = before;
                else if (isUnit) _releaseOfUnit.Remove(key);
                else if (before != 0) _unitsLeft[key] = (int)before;
                else _unitsLeft.Remove(key);
            }

            _journal.RemoveRange(mark, _journal.Count - mark);
        }
    }

    /// <summary>The batch is stored.</summary>
    public void Forget() => _journal.Clear();

    private void Remove(long unit, long release, List<long> over)
    {
        SetUnit(unit, 0);
        // Of an ended incarnation's release nobody holds all units: its row goes when that incarnation is swept.
        if (!_unitsLeft.TryGetValue(release, out var left)) return;
        SetLeft(release, left - 1);
        if (left == 1) over.Add(release);
    }

    private void SetUnit(long unit, long release)
    {
        _journal.Add((true, unit, _releaseOfUnit.GetValueOrDefault(unit)));
        if (release == 0) _releaseOfUnit.Remove(unit);
        else _releaseOfUnit[unit] = release;
    }

    private void SetLeft(long release, int left)
    {
        _journal.Add((false, release, _unitsLeft.GetValueOrDefault(release)));
        if (left == 0) _unitsLeft.Remove(release);
        else _unitsLeft[release] = left;
    }
}
