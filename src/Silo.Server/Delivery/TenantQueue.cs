using System.Collections.Frozen;
using Silo.Core.Delivery;
using Silo.Core.Pacing;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>
/// What the dispatcher holds of one tenant: the first units of each of its lanes, and what is under way. The rest of long lanes stays in
/// the spool, and is read in the queue's order past what is held already. Owned by the dispatcher's loop.
/// </summary>
/// <param name="windowLimit">Units of one lane that are held in memory.</param>
internal sealed partial class TenantQueue(long key, string name, int windowLimit, EgressPacing pacing)
{
    private readonly Dictionary<LaneKey, LaneQueue> _lanes = [];
    private readonly List<QueuedUnit> _duringRefill = [];

    // Up to here all lanes are known that have mail.
    private QueuePlace _searched = QueuePlace.End;
    private QueuePlace _readAfter;
    private bool _readIsStale;
    private HashSet<object>? _leavingFor;
    private FrozenSet<string>? _domains;

    public long Key { get; } = key;

    public string Name { get; } = name;

    /// <summary>The tenant as pacing knows it.</summary>
    public PacedTenant Paced { get; } = pacing.AddTenant(name);

    public IReadOnlyCollection<LaneQueue> Lanes => _lanes.Values;

    /// <summary>The tenant's budgets towards single providers.</summary>
    public ProviderRests Providers { get; } = new(pacing);

    /// <summary>Outcomes that wait for the tenant's next batch.</summary>
    public List<Outcome> Outcomes { get; } = [];

    /// <summary>Some of them were told before, and it is not known whether they were stored.</summary>
    public bool RepeatsOutcomes { get; set; }

    /// <summary>What became of its permits and was not told to the tenant yet.</summary>
    public PermitBook Permits { get; } = new();

    /// <summary>Units released and not settled.</summary>
    public int InHand { get; set; }

    /// <summary>Of those, units whose outcome is not known yet.</summary>
    public int Unresolved { get; set; }

    /// <summary>Stands in line to be looked at.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Of a tenant that was deleted: what is under way ends, and nothing follows.</summary>
    public bool IsForgotten { get; private set; }

    /// <summary>Another silo is to have the tenant: what is under way ends here, and nothing follows.</summary>
    public bool IsLeaving => _leavingFor is { Count: > 0 };

    public bool AwaitsPermits { get; set; }

    /// <summary>
    /// Until when the tenant gives no permits: the wheel wakes it then. <see cref="DateTimeOffset.MaxValue"/>: until something happens. Null
    /// when it had as many as were wanted.
    /// </summary>
    public DateTimeOffset? RestsUntil { get; set; }

    /// <summary>When it may give some again, or some towards a provider; null while no such instant is known.</summary>
    public DateTimeOffset? RestEndsAt => RestsUntil is { } until && until < (Providers.NextAt ?? DateTimeOffset.MaxValue) ? until : Providers.NextAt;

    /// <summary>Why it gives none.</summary>
    public PermitShortage RestsFor { get; set; }

    /// <summary>Something happened while it was asked, which the answer may know nothing of.</summary>
    public bool WasRoused { get; set; }

    /// <summary>It may give permits before the instant that the answer names.</summary>
    public bool WasRousedEarly { get; set; }

    public bool AwaitsRecord { get; set; }

    /// <summary>Something about units of it may have been stored that was given up for lost: what is known of them here may not hold.</summary>
    public bool MayBeStale { get; set; }

    /// <summary>Its mail is late, and when the tenant answers it is known whether that is to be told.</summary>
    public bool LooksForWaits { get; set; }

    public bool AwaitsRefill { get; private set; }

    /// <summary>The walk that brings the queue in line with the orders in force; null when none is under way.</summary>
    public QueueSift? Sift { get; set; }

    /// <summary>Units that are in no lane while it is stored that they leave by another pool.</summary>
    public int Overflowing { get; set; }

    /// <summary>Mail of it has overflowed, or is about to.</summary>
    public bool Overflows => Overflowing > 0 || _lanes.Keys.Any(k => k.Overflows);

    /// <summary>Until then no more of it is tried, after a step that could not be stored.</summary>
    public DateTimeOffset OverflowRestsUntil { get; set; }

    /// <summary>Units are in the spool that are not known here.</summary>
    public bool MoreInSpool => _searched != QueuePlace.End || _lanes.Values.Any(l => l.Cursor != QueuePlace.End);

    /// <summary>There is something to be read, and room for it.</summary>
    public bool WantsRefill => !AwaitsRefill && (_searched != QueuePlace.End || _lanes.Values.Any(l => l.WantsMore));

    public int WindowCount => _lanes.Values.Sum(l => l.Count);

    /// <summary>Nothing is queued here or under way, and the tenant was told of every permit.</summary>
    public bool IsIdle => IsEmpty && !Permits.HasUntold;

    public bool IsEmpty => HoldsNothing && Sift is null && Outcomes.Count == 0 && !AwaitsPermits && !AwaitsRecord;

    /// <summary>No unit is known here: whatever the spool holds may be read from its beginning.</summary>
    public bool HoldsNothing => InHand == 0 && Overflowing == 0 && !AwaitsRefill && WindowCount == 0 && !MoreInSpool;

    /// <summary>When the next unit is due that is not yet; null without one.</summary>
    public DateTimeOffset? NextDueAt => _lanes.Values.Min(l => l.NextDueAt);

    /// <summary>Since when the first unit is due that has not left; null when none is due, or none is in memory.</summary>
    public DateTimeOffset? OldestDueAt => _lanes.Values.Min(l => l.FirstDueAt);

    /// <summary>Up to here all were looked at that wait for long: their senders were told.</summary>
    public QueuePlace ToldUpTo { get; set; }

    public void Leave(object by) => (_leavingFor ??= []).Add(by);

    public void Stay(object by) => _leavingFor?.Remove(by);

    /// <summary>Starts with nothing in memory: the whole queue is in the spool.</summary>
    public void LeaveToSpool()
    {
        _searched = default;
        foreach (var lane in _lanes.Values)
        {
            lane.LeaveToSpool();
            pacing.Sync(lane);
        }
    }

    /// <summary>Takes a unit that was appended or that came back to the queue.</summary>
    public void Add(QueuedUnit unit, DateTimeOffset now)
    {
        if (QueuePlace.Of(unit) <= ToldUpTo && !DelayRules.WasTold(unit.DelaysTold, DelayType.SendingDeferral))
            ToldUpTo = QueuePlace.Of(unit).Before();
        var lane = LaneOf(unit);
        // Behind the cursor it may be among what is read, or not.
        if (AwaitsRefill && QueuePlace.Of(unit) > lane.Cursor)
        {
            _duringRefill.Add(unit);
            return;
        }

        lane.Add(unit, now);
        pacing.Sync(lane);
    }

    /// <summary>What has become due may leave.</summary>
    public void Advance(DateTimeOffset now)
    {
        foreach (var lane in _lanes.Values)
        {
            lane.Advance(now);
            pacing.Sync(lane);
        }
    }

    /// <summary>Takes a unit that is queued out of memory, if it is there. Not while the spool is read.</summary>
    public void Withdraw(QueuedUnit unit)
    {
        if (LaneFor(unit) is not { } lane) return;
        lane.Withdraw(unit);
        pacing.Sync(lane);
    }

    /// <summary>
    /// The same by its id alone, and also while the spool is read: what is read then may hold it as it was, and is dropped. Looks through all
    /// that is held, so not for every unit.
    /// </summary>
    public bool TryWithdraw(long unitId, out QueuedUnit unit)
    {
        _readIsStale |= AwaitsRefill;
        unit = _duringRefill.Find(u => u.Id == unitId)!;
        if (unit is not null) return _duringRefill.Remove(unit);
        foreach (var lane in _lanes.Values)
        {
            if (lane.Find(unitId) is not { } found) continue;
            unit = found;
            lane.Withdraw(found);
            pacing.Sync(lane);
            return true;
        }

        return false;
    }

    /// <summary>
    /// Lets nothing leave of the lanes of these units, which stay where they are: what is behind them must not overtake them while something
    /// is stored about them.
    /// </summary>
    public void Hold(IEnumerable<QueuedUnit> units)
    {
        foreach (var unit in units)
        {
            if (LaneFor(unit) is not { IsHeld: false } lane) continue;
            lane.IsHeld = true;
            pacing.Sync(lane);
        }
    }

    public void EndHold()
    {
        foreach (var lane in _lanes.Values.Where(l => l.IsHeld))
        {
            lane.IsHeld = false;
            pacing.Sync(lane);
        }
    }

    /// <summary>Takes back what was withdrawn, and is in the queue as it was.</summary>
    public void Restore(QueuedUnit unit, DateTimeOffset now)
    {
        if (unit.DueAt < DateTimeOffset.MaxValue) Add(unit, now);
    }

    /// <summary>Opens or closes the tenant's way to more permits.</summary>
    public void FollowRest() => pacing.SetOpen(Paced, !AwaitsPermits && RestsUntil is null && !IsLeaving && !IsForgotten && !MustReorder);

    /// <summary>Rests whose time has come end.</summary>
    public void EndRests(DateTimeOffset now)
    {
        if (RestsUntil <= now) RestsUntil = null;
        Providers.Advance(now);
        FollowRest();
    }

    /// <summary>The tenant is gone: nothing of its queue leaves.</summary>
    public void Clear()
    {
        IsForgotten = true;
        Permits.Clear();
        _duringRefill.Clear();
        _searched = QueuePlace.End;
        foreach (var lane in _lanes.Values) pacing.Remove(lane);
        _lanes.Clear();
        Providers.Clear();
        pacing.Remove(Paced);
    }

    /// <summary>Takes what became of permits out of here, to be told to the tenant.</summary>
    public PermitUse TakeUse() => Permits.Take(Unresolved, InHand);

    /// <summary>The lane of a unit, if any of it is known.</summary>
    public LaneQueue? LaneFor(QueuedUnit unit) => _lanes.GetValueOrDefault(KeyOf(unit));

    public LaneQueue? LaneAt(LaneKey key) => _lanes.GetValueOrDefault(key);

    private LaneQueue LaneOf(QueuedUnit unit)
    {
        var key = KeyOf(unit);
        if (_lanes.TryGetValue(key, out var lane)) return lane;
        lane = new LaneQueue(this, key, WindowOf(key), _searched);
        AddLane(lane);
        return lane;
    }
}
