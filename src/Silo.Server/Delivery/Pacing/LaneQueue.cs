using Silo.Core.Pacing;
using Silo.Storage;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// What the dispatcher holds of one lane: the first units of it, in the order (due, id). Of its units everything up to the cursor is here or
/// in hand, everything after it is in the spool alone. Owned by the dispatcher's loop.
/// </summary>
/// <param name="limit">Units held here; only mail that comes back to its place in front may exceed it.</param>
/// <param name="cursor">Up to where nothing of the lane is queued.</param>
internal sealed class LaneQueue(TenantQueue tenant, LaneKey key, int limit, QueuePlace cursor)
{
    private static readonly Comparer<QueuedUnit> ByPlace =
        Comparer<QueuedUnit>.Create((one, other) => QueuePlace.Of(one).CompareTo(QueuePlace.Of(other)));

    // Due by the clock as it was shown last, and not due yet.
    private readonly SortedSet<QueuedUnit> _ready = new(ByPlace);
    private readonly SortedSet<QueuedUnit> _later = new(ByPlace);
    private QueuePlace _highestTaken;
    private PacedRoute _route = null!;
    private Lane _paced = null!;
    private int _granted;
    private (long UnitId, PacedRoute Route, int Version) _preferredFor;

    public TenantQueue Tenant => tenant;

    public LaneKey Key => key;

    /// <summary>The lane as pacing knows it; another one when the pool's plan changes its way. Set by <see cref="EgressPacing"/>.</summary>
    public Lane Paced
    {
        get => _paced;
        set => (_paced, _preferredFor) = (value, default);
    }

    /// <summary>The way of its mail as things are. Set by <see cref="EgressPacing"/>; may be read by any thread.</summary>
    public PacedRoute Route
    {
        get => Volatile.Read(ref _route);
        set => Volatile.Write(ref _route, value);
    }

    /// <summary>The place of the source that its first unit prefers; -1 when it does not matter.</summary>
    public int Preferred { get; private set; } = -1;

    public QueuePlace Cursor { get; private set; } = cursor;

    /// <summary>Units that may leave now.</summary>
    public int Ready => _ready.Count;

    public int Count => _ready.Count + _later.Count;

    /// <summary>Of the units that may leave, those that pacing granted and that wait for their permits.</summary>
    public int Granted
    {
        get => _granted;
        set => (_granted, _preferredFor) = (value, default);
    }

    /// <summary>Nothing leaves for a moment: something is being stored about units of it that stay in their places.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Nothing leaves of it any more: it overflowed to a pool by which none may now, and goes back.</summary>
    public bool IsStranded { get; set; }

    public bool IsFull => Count >= limit;

    /// <summary>There is more in the spool, and room for it.</summary>
    public bool WantsMore => Cursor != QueuePlace.End && Count <= limit / 4;

    /// <summary>While the spool is read: some of its units are passed by, so that its cursor must stay before them.</summary>
    public bool WasPassedBy { get; set; }

    /// <summary>When the next unit is due that is not yet; null without one.</summary>
    public DateTimeOffset? NextDueAt => _later.Min?.DueAt;

    /// <summary>Since when the first unit is due that may leave; null without one.</summary>
    public DateTimeOffset? FirstDueAt => _ready.Min?.DueAt;

    /// <summary>Takes a unit that was appended or that came back to the queue, unless it stands behind the cursor.</summary>
    public void Add(QueuedUnit unit, DateTimeOffset now)
    {
        var at = QueuePlace.Of(unit);
        if (at > Cursor) return;
        if (IsFull) MakeRoomFor(at);
        if (at <= Cursor) Insert(unit, now);
    }

    /// <summary>Takes the next unit after the cursor, as it was read.</summary>
    public void Load(QueuedUnit unit, DateTimeOffset now)
    {
        Insert(unit, now);
        Cursor = QueuePlace.Of(unit);
    }

    /// <summary>Nothing of the lane is queued between the cursor and this place.</summary>
    public void Extend(QueuePlace end)
    {
        if (end > Cursor) Cursor = end;
    }

    /// <summary>Holds nothing: all of it is in the spool.</summary>
    public void LeaveToSpool()
    {
        _ready.Clear();
        _later.Clear();
        (Cursor, _highestTaken) = (default, default);
    }

    /// <summary>What has become due may leave; after a step back of the clock, what is not due any more may not.</summary>
    public void Advance(DateTimeOffset now)
    {
        while (_later.Min is { } unit && unit.DueAt <= now) Move(unit, _later, _ready);
        while (_ready.Max is { } unit && unit.DueAt > now) Move(unit, _ready, _later);
    }

    /// <summary>The place of a unit among those that may leave now, 1 for the next; null when it is not among them.</summary>
    public int? PositionOf(QueuedUnit unit) =>
        _ready.Contains(unit) ? _ready.TakeWhile(u => QueuePlace.Of(u) < QueuePlace.Of(unit)).Count() + 1 : null;

    /// <summary>Looks which source the first unit prefers, and how many behind it prefer the same; null when that is known already.</summary>
    /// <param name="most">How many units are looked at.</param>
    public int? CountPreferring(int most)
    {
        if (!Route.HasChoice && Preferred < 0) return null;
        var first = _ready.Min;
        var known = (first?.Id ?? 0, Route, Route.ChoiceVersion);
        if (known == _preferredFor) return null;
        _preferredFor = known;
        Preferred = first is null ? -1 : PlaceFor(first);
        return Preferred < 0 ? 0 : _ready.Take(most).TakeWhile(u => PlaceFor(u) == Preferred).Count();
    }

    /// <summary>Whether the unit that leaves next prefers the given source.</summary>
    public bool NextPrefers(int place) => Route.HasChoice ? _ready.Min is { } unit && PlaceFor(unit) == place : place < 0;

    /// <param name="unit">The first that may leave.</param>
    /// <param name="untried">The first that was never tried.</param>
    public bool TryTake(out QueuedUnit unit, bool untried = false)
    {
        unit = (untried ? _ready.FirstOrDefault(u => u.FirstAttemptAt is null) : _ready.Min)!;
        if (unit is null) return false;
        _ready.Remove(unit);
        var at = QueuePlace.Of(unit);
        if (at > _highestTaken) _highestTaken = at;
        return true;
    }

    public QueuedUnit? Find(long unitId) => _ready.Concat(_later).FirstOrDefault(u => u.Id == unitId);

    /// <summary>
    /// Gives some of its units to a lane of their own. What holds of the cursor holds there too: the rest of them is in the spool after it.
    /// </summary>
    public LaneQueue Split(LaneKey part, int limitOfPart, Func<QueuedUnit, bool> belongs)
    {
        var other = new LaneQueue(tenant, part, limitOfPart, Cursor)
        {
            _highestTaken = _highestTaken, WasPassedBy = WasPassedBy, IsHeld = IsHeld,
        };
        foreach (var unit in _ready.Where(belongs).ToArray()) Move(unit, _ready, other._ready);
        foreach (var unit in _later.Where(belongs).ToArray()) Move(unit, _later, other._later);
        _preferredFor = default;
        return other;
    }

    /// <summary>The unit that leaves next; null when none may leave now.</summary>
    public QueuedUnit? Next => _ready.Min;

    /// <summary>Takes a unit out that is queued, if it is here.</summary>
    public void Withdraw(QueuedUnit unit)
    {
        if (!_ready.Remove(unit)) _later.Remove(unit);
    }

    /// <summary>Leaves the last one to the spool, be it the new one.</summary>
    private void MakeRoomFor(QueuePlace at)
    {
        var last = at;
        foreach (var unit in (QueuedUnit?[])[_ready.Max, _later.Max])
        {
            if (unit is not null && QueuePlace.Of(unit) > last) last = QueuePlace.Of(unit);
        }

        // Cutting below a unit that was taken would read that unit again while it is in hand.
        if (last > _highestTaken) Cut(last.Before());
    }

    private void Insert(QueuedUnit unit, DateTimeOffset now) => (unit.DueAt <= now ? _ready : _later).Add(unit);

    private void Cut(QueuePlace cursor)
    {
        Cursor = cursor;
        // What is being read may be older than what was just cut off.
        WasPassedBy = true;
        while (_later.Max is { } unit && QueuePlace.Of(unit) > cursor) _later.Remove(unit);
        while (_ready.Max is { } unit && QueuePlace.Of(unit) > cursor) _ready.Remove(unit);
    }

    private int PlaceFor(QueuedUnit unit) => Route.PlaceFor(tenant.Name, unit.Recipient);

    private static void Move(QueuedUnit unit, SortedSet<QueuedUnit> from, SortedSet<QueuedUnit> to)
    {
        from.Remove(unit);
        to.Add(unit);
    }
}
