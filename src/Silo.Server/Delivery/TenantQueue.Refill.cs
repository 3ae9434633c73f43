using Silo.Core.Delivery;
using Silo.Server.Delivery.Pacing;
using Silo.Storage;

namespace Silo.Server.Delivery;

// What of the queue is read from the spool, and where that stands.
internal sealed partial class TenantQueue
{
    /// <summary>After which place the spool is to be read. Units that come meanwhile wait for the end of it.</summary>
    public QueueCursor BeginRefill()
    {
        (AwaitsRefill, _readIsStale) = (true, false);
        _readAfter = _searched;
        foreach (var lane in _lanes.Values)
        {
            lane.WasPassedBy = false;
            if (lane.WantsMore && lane.Cursor < _readAfter) _readAfter = lane.Cursor;
        }

        return _readAfter.ToCursor();
    }

    /// <summary>Nothing was read: what arrived in the meantime is in the spool, after its lane's cursor or before it.</summary>
    public void AbandonRefill(DateTimeOffset now)
    {
        AwaitsRefill = false;
        foreach (var unit in _duringRefill) Add(unit, now);
        _duringRefill.Clear();
    }

    /// <param name="units">What the spool holds after the place that <see cref="BeginRefill"/> answered, in order.</param>
    /// <param name="asked">How many were asked for; fewer means that these are all.</param>
    public void EndRefill(IReadOnlyList<QueuedUnit> units, int asked, DateTimeOffset now)
    {
        if (_readIsStale)
        {
            AbandonRefill(now);
            return;
        }

        AwaitsRefill = false;
        var loaded = new HashSet<long>();
        foreach (var unit in units)
        {
            var lane = LaneOf(unit);
            // Known already, or in hand.
            if (QueuePlace.Of(unit) <= lane.Cursor) continue;
            // Of a lane whose cursor is before what was read, there may be units in between.
            lane.WasPassedBy |= lane.IsFull || lane.Cursor < _readAfter;
            if (lane.WasPassedBy) continue;
            lane.Load(unit, now);
            loaded.Add(unit.Id);
        }

        var end = units.Count < asked ? QueuePlace.End : QueuePlace.Of(units[^1]);
        if (end > _searched) _searched = end;
        foreach (var lane in _lanes.Values)
        {
            if (!lane.WasPassedBy && lane.Cursor >= _readAfter) lane.Extend(end);
            pacing.Sync(lane);
        }

        // A unit stored while the spool was read may or may not be among what was read.
        foreach (var unit in _duringRefill.Where(u => loaded.Add(u.Id))) Add(unit, now);
        _duringRefill.Clear();
    }
}
