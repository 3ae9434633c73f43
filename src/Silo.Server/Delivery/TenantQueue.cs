using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>
/// What the dispatcher holds of one tenant: a window of its queue in the order (due, id), and what is under way. The rest of a long
/// queue stays in the spool: everything up to the cursor is in the window or in hand, everything after it is in the spool alone.
/// Owned by the dispatcher's loop.
/// </summary>
internal sealed class TenantQueue(long key, string name, int windowLimit)
{
    private readonly PriorityQueue<QueuedUnit, QueueKey> _window = new();
    private readonly List<QueuedUnit> _duringRefill = [];
    private readonly HashSet<long> _withdrawn = [];
    private QueueKey _cursor = QueueKey.End;
    private QueueKey _highestTaken;
    private int _started;
    private HashSet<object>? _leavingFor;

    public long Key { get; } = key;

    public string Name { get; } = name;

    /// <summary>Outcomes that wait for the tenant's next batch.</summary>
    public List<Outcome> Outcomes { get; } = [];

    /// <summary>Some of them were told before, and it is not known whether they were stored.</summary>
    public bool RepeatsOutcomes { get; set; }

    /// <summary>Permits with which nothing started, not told to the tenant yet.</summary>
    public int UnusedPermits { get; set; }

    /// <summary>Units released and not settled.</summary>
    public int InHand { get; set; }

    /// <summary>Of those, units whose outcome is not known yet.</summary>
    public int Unresolved { get; set; }

    /// <summary>Stands in the ring of tenants to be served.</summary>
    public bool InRing { get; set; }

    /// <summary>Of a tenant that was deleted: what is under way ends, and nothing follows.</summary>
    public bool IsForgotten { get; private set; }

    /// <summary>Another silo is to have the tenant: what is under way ends here, and nothing follows.</summary>
    public bool IsLeaving => _leavingFor is { Count: > 0 };

    public bool AwaitsPermits { get; set; }

    /// <summary>When the tenant said it has permits again; the wheel wakes it then. Null when it had as many as were wanted.</summary>
    public DateTimeOffset? RestsUntil { get; set; }

    /// <summary>Its turn came while it waited for permits: it is to have another one when they are there.</summary>
    public bool MissedItsTurn { get; set; }

    public bool AwaitsRecord { get; set; }

    public bool AwaitsRefill { get; private set; }

    /// <summary>The walk that brings the queue in line with the orders in force; null when none is under way.</summary>
    public QueueSift? Sift { get; set; }

    public bool MoreInSpool => _cursor != QueueKey.End;

    public int WindowCount => _window.Count - _withdrawn.Count;

    public QueueCursor Cursor => new(_cursor.DueAt, _cursor.UnitId);

    /// <summary>Nothing is queued here or under way, and the tenant was told of every permit.</summary>
    public bool IsIdle => IsEmpty && !HasUntoldPermits;

    public bool IsEmpty => HoldsNothing && Sift is null && Outcomes.Count == 0 && !AwaitsPermits && !AwaitsRecord;

    /// <summary>No unit is known here: whatever the spool holds may be read from its beginning.</summary>
    public bool HoldsNothing => WindowCount == 0 && !MoreInSpool && InHand == 0 && !AwaitsRefill;

    /// <summary>Until it is told, the tenant holds tokens for them; a queue that goes without a word takes them along for good.</summary>
    public bool HasUntoldPermits => UnusedPermits > 0 || Volatile.Read(ref _started) > 0;

    /// <summary>When the first unit of the window is due; null with an empty window.</summary>
    public DateTimeOffset? NextDueAt => TryPeek(out _, out var first) ? first.DueAt : null;

    public void Leave(object by) => (_leavingFor ??= []).Add(by);

    public void Stay(object by) => _leavingFor?.Remove(by);

    /// <summary>Starts with nothing in memory: the whole queue is in the spool.</summary>
    public void LeaveToSpool()
    {
        _cursor = default;
        DropWithdrawn();
    }

    /// <summary>Takes a unit that was appended or that came back to the queue.</summary>
    public void Add(QueuedUnit unit)
    {
        var at = KeyOf(unit);
        if (AwaitsRefill) _duringRefill.Add(unit);
        else if (at <= _cursor) AddToWindow(unit, at);
    }

    public bool TryTake(DateTimeOffset now, out QueuedUnit unit)
    {
        if (!TryPeek(out unit!, out var at) || at.DueAt > now) return false;
        _window.Dequeue();
        if (at > _highestTaken) _highestTaken = at;
        return true;
    }

    /// <summary>Takes a unit that is queued out of the window, if it is there. Not while the window is being filled.</summary>
    public void Withdraw(QueuedUnit unit)
    {
        if (unit.DueAt < DateTimeOffset.MaxValue && KeyOf(unit) <= _cursor) _withdrawn.Add(unit.Id);
    }

    /// <summary>Takes back what was withdrawn, and is in the queue as it was.</summary>
    public void Restore(QueuedUnit unit)
    {
        if (unit.DueAt < DateTimeOffset.MaxValue && !_withdrawn.Remove(unit.Id)) Add(unit);
    }

    /// <summary>The tenant is gone: nothing of its queue leaves.</summary>
    public void Clear()
    {
        _window.Clear();
        _withdrawn.Clear();
        _duringRefill.Clear();
        _cursor = QueueKey.End;
        UnusedPermits = 0;
        IsForgotten = true;
    }

    public void CountStart() => Interlocked.Increment(ref _started);

    /// <summary>Takes what became of permits out of here, to be told to the tenant.</summary>
    public PermitUse TakeUse()
    {
        var use = new PermitUse(Interlocked.Exchange(ref _started, 0), UnusedPermits, Unresolved);
        UnusedPermits = 0;
        return use;
    }

    /// <summary>What was to be told did not arrive: it is still to be told.</summary>
    public void NotTold(PermitUse use)
    {
        UnusedPermits += use.Unused;
        Interlocked.Add(ref _started, use.Started);
    }

    /// <summary>Not while withdrawn units are being stored: the read would see them as they were.</summary>
    public void BeginRefill()
    {
        AwaitsRefill = true;
        DropWithdrawn();
    }

    /// <summary>Nothing was read: what arrived in the meantime is in the spool, after the cursor or before it.</summary>
    public void AbandonRefill()
    {
        AwaitsRefill = false;
        foreach (var unit in _duringRefill) Add(unit);
        _duringRefill.Clear();
    }

    /// <param name="units">What the spool holds after the cursor, in order.</param>
    /// <param name="asked">How many were asked for; fewer means that these are all.</param>
    public void EndRefill(IReadOnlyList<QueuedUnit> units, int asked)
    {
        AwaitsRefill = false;
        var loaded = new HashSet<long>();
        foreach (var unit in units)
        {
            loaded.Add(unit.Id);
            _window.Enqueue(unit, KeyOf(unit));
        }

        _cursor = units.Count < asked ? QueueKey.End : KeyOf(units[^1]);
        // A unit stored while the spool was read may or may not be among what was read.
        foreach (var unit in _duringRefill.Where(u => loaded.Add(u.Id))) Add(unit);
        _duringRefill.Clear();
    }

    /// <summary>Nothing else is in the window. An entry that stayed would stand for its unit when that is read as it is now.</summary>
    private void DropWithdrawn()
    {
        _window.Clear();
        _withdrawn.Clear();
    }

    private void AddToWindow(QueuedUnit unit, QueueKey at)
    {
        // It was held and is let go: of the two entries only the new one is to stay.
        if (_withdrawn.Contains(unit.Id)) Truncate(_cursor);
        // Cutting the window below a unit that was taken would read that unit again while it is in hand.
        if (WindowCount >= windowLimit && at > _highestTaken) Truncate(at.Before());
        if (at <= _cursor) _window.Enqueue(unit, at);
    }

    private void Truncate(QueueKey cursor)
    {
        _cursor = cursor;
        var kept = _window.UnorderedItems.Where(i => i.Priority <= cursor && !_withdrawn.Contains(i.Element.Id)).ToArray();
        _window.Clear();
        _withdrawn.Clear();
        foreach (var (unit, at) in kept) _window.Enqueue(unit, at);
    }

    private bool TryPeek(out QueuedUnit? unit, out QueueKey at)
    {
        while (_window.TryPeek(out unit, out at))
        {
            if (_withdrawn.Count == 0 || !_withdrawn.Remove(unit.Id)) return true;
            _window.Dequeue();
        }

        return false;
    }

    private static QueueKey KeyOf(QueuedUnit unit) => new(unit.DueAt, unit.Id);

    private readonly record struct QueueKey(DateTimeOffset DueAt, long UnitId) : IComparable<QueueKey>
    {
        public static QueueKey End { get; } = new(DateTimeOffset.MaxValue, long.MaxValue);

        public QueueKey Before() => this with { UnitId = UnitId - 1 };

        public int CompareTo(QueueKey other)
        {
            var byDue = DueAt.CompareTo(other.DueAt);
            return byDue != 0 ? byDue : UnitId.CompareTo(other.UnitId);
        }

        public static bool operator >(QueueKey left, QueueKey right) => left.CompareTo(right) > 0;

        public static bool operator <(QueueKey left, QueueKey right) => left.CompareTo(right) < 0;

        public static bool operator >=(QueueKey left, QueueKey right) => left.CompareTo(right) >= 0;

        public static bool operator <=(QueueKey left, QueueKey right) => left.CompareTo(right) <= 0;
    }
}
