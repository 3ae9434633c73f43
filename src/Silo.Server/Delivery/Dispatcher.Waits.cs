using Silo.Core.Delivery;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

// Mail that waits for so long that its sender is told, once for each delivery. A tenant with mail is looked at once an hour while it leaves
// in time; the queue of one whose mail is late is walked through, one such walk at a time, each from where the last one ended.
public sealed partial class Dispatcher
{
    // So much later than after an hour a sender may be told.
    private static readonly TimeSpan WaitLookInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ShortestLookInterval = TimeSpan.FromMinutes(1);

    private readonly TimeWheel<long> _waits = new();
    private readonly Queue<long> _waitLine = new();
    private TenantQueue? _waitWalk;

    private void CollectWaits(DateTimeOffset now)
    {
        _due.Clear();
        _waits.CollectDue(now, _due);
        foreach (var key in _due)
        {
            if (_queues.TryGetValue(key, out var queue)) LookForWaits(queue, now);
        }

        // A page of one that was forgotten may wait for ever.
        if (_waitWalk is { IsForgotten: false, Sift.LateFrom: not null }) return;
        _waitWalk = null;
        while (_waitWalk is null && _waitLine.TryDequeue(out var next))
        {
            if (_queues.TryGetValue(next, out var queue)) BeginWaits(queue, now);
        }
    }

    private void LookForWaits(TenantQueue queue, DateTimeOffset now)
    {
        if (queue.OldestDueAt is { } oldest && oldest + DelayRules.LongestUntoldWait is var late && late > now)
        {
            _waits.Schedule(queue.Key, late > now + ShortestLookInterval ? late : now + ShortestLookInterval);
        }
        else if (queue.OldestDueAt is null || queue.Sift is not null)
        {
            _waits.Schedule(queue.Key, now + WaitLookInterval);
        }
        else if (!_runner.MaySend(queue.Key))
        {
            // Paused, or left memory since its mail waits for something else: who it is says which.
            _waits.Schedule(queue.Key, now + DelayRules.LongestUntoldWait);
            queue.LooksForWaits = true;
            if (!queue.AwaitsPermits) AskForPermits(queue, 0, null, isProbe: false);
        }
        else
        {
            _waitLine.Enqueue(queue.Key);
        }
    }

    private void LookAgainForWaits(TenantQueue queue)
    {
        queue.LooksForWaits = false;
        if (!queue.IsForgotten && _runner.MaySend(queue.Key)) _waitLine.Enqueue(queue.Key);
    }

    private void BeginWaits(TenantQueue queue, DateTimeOffset now)
    {
        _waits.Schedule(queue.Key, now + WaitLookInterval);
        if (queue.IsLeaving || queue.Sift is not null || _draining) return;
        _waitWalk = queue;
        queue.Sift = new QueueSift(_runner.TermsOf(queue.Key))
        {
            LateFrom = now - DelayRules.LongestUntoldWait,
            Delay = _route.ParkedUntil is null ? DelayType.SendingDeferral : DelayType.InternalFailure,
            Cursor = queue.ToldUpTo.ToCursor(),
        };
        _ = ReadPage(queue, queue.Sift);
    }

    private async Task<SiftedPage> ReadWaits(long tenantKey, QueueCursor cursor, DateTimeOffset lateFrom, DelayType delay)
    {
        var units = await _spool.ReadQueue(tenantKey, cursor, QueueSift.PageSize, includeSetAside: false, _stop.Token);
        var late = units.TakeWhile(u => u.DueAt <= lateFrom).ToList();
        var untold = late.Where(u => !DelayRules.WasTold(u.DelaysTold, delay)).ToList();
        var end = late.Count == 0 ? cursor : new QueueCursor(late[^1].DueAt, late[^1].Id);
        var page = new SiftedPage(late.Count < QueueSift.PageSize ? null : end, []) { End = end };
        if (untold.Count == 0) return page;
        var envelopes = await _spool.ReadEnvelopes([.. untold.Select(u => u.MessageKey).Distinct()], _stop.Token);
        await _spool.WhenCommitted(_spool.Enqueue(new SpoolWrite { TenantKey = tenantKey }), _stop.Token);
        return page with
        {
            Meant = [.. untold.Where(u => envelopes.ContainsKey(u.MessageKey)).Select(u => new SiftedUnit(u, envelopes[u.MessageKey]))],
        };
    }

    /// <summary>
    /// The next walk begins behind this page, or before what was on the move while it was read. What is in hand and comes back is in front
    /// of that again (<see cref="TenantQueue.Add"/>).
    /// </summary>
    private static void PassWaits(TenantQueue queue, QueueSift sift, SiftedPage page)
    {
        if (queue.ToldUpTo.ToCursor() != sift.Cursor) return;
        var end = new QueuePlace(page.End.DueAt, page.End.UnitId);
        foreach (var meant in page.Meant)
        {
            if (sift.Moved.Contains(meant.Unit.Id) && QueuePlace.Of(meant.Unit).Before() is var before && before < end) end = before;
        }

        queue.ToldUpTo = end;
    }

    private List<SiftedUnit> Explained(TenantQueue queue, QueueSift sift, List<SiftedUnit> waiting)
    {
        if (sift.LateFrom is null) return waiting;
        var reasons = new Dictionary<LaneKey, string>();
        return waiting.ConvertAll(meant =>
        {
            var key = queue.KeyOf(meant.Unit);
            if (!reasons.TryGetValue(key, out var reason)) reasons.Add(key, reason = ReasonOf(queue, meant.Unit));
            return meant with { Delay = sift.Delay, WaitsFor = reason };
        });
    }

    private string ReasonOf(TenantQueue queue, QueuedUnit unit)
    {
        if (_route.ParkedUntil is not null) return "way out";
        var level = queue.LaneFor(unit) is { Paced: { Due: > 0 } lane } ? _pacing.Scheduler.Explain(lane, 1, _pacing.Now).WaitsFor : null;
        // All that is known of its lane is with the tenant.
        return _pacing.NameOf(queue, level ?? queue.Paced)!;
    }

    private void GoOnWithWaits(TenantQueue queue, QueueSift sift, SiftSettled settled)
    {
        if (sift.Again || !settled.Stored || settled.Page.Last is not { } last)
        {
            EndSift(queue, sift.Again ? TimeSpan.Zero : null);
            return;
        }

        sift.Cursor = last;
        _ = ReadPage(queue, sift);
    }
}
