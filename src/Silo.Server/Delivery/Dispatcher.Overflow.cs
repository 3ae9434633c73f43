using Silo.Server.Delivery.Pacing;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

// Mail that a warm-up keeps waiting and that may leave by another pool instead. It goes there in small steps, as that pool takes it, so
// that the warm-up has mail for its next hour; each step is stored, so that retries stay there and a restart forgets nothing.
public sealed partial class Dispatcher
{
    private const int MostOverflowing = 64;
    private const int FewOverflowing = 16;
    private static readonly TimeSpan OverflowRetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>Keeps apart what the tenant's warm-up keeps apart. One that is not in memory has changed nothing.</summary>
    private void FollowDomains(TenantQueue queue)
    {
        var terms = _runner.TermsOf(queue.Key);
        if (terms.AreKnown) queue.FollowDomains(terms.WarmUpDomains);
    }

    private void Overflow(TenantQueue queue, DateTimeOffset now)
    {
        var terms = _runner.TermsOf(queue.Key);
        if (!terms.AreKnown) return;
        var pool = terms.OverflowPool;
        if (pool is not null && !_pacing.Knows(pool)) pool = null;
        foreach (var lane in queue.Lanes.Where(l => l.Key.Overflows && l.IsStranded != (l.Key.Pool != pool)))
        {
            lane.IsStranded = !lane.IsStranded;
            _pacing.Sync(lane);
        }

        if (queue.Overflowing > 0 || queue.MustReorder || queue.OverflowRestsUntil > now || !MayGrant) return;
        List<QueuedUnit> units = [];
        foreach (var lane in queue.Lanes.Where(l => l is { IsStranded: true, IsHeld: false })) Take(lane, MostOverflowing, ofUntried: false, units);
        if (units.Count > 0)
        {
            Store(queue, units, null);
            return;
        }

        if (pool is null) return;
        // Those of several domains go to the same lane.
        Dictionary<LaneKey, int> taken = [];
        foreach (var lane in queue.Lanes.Where(l => l is { Key.Overflows: false, IsHeld: false, Ready: > 0 } && l.Route.Pool != pool))
        {
            if (!queue.Providers.WaitsForWarmUp(lane.Key)) continue;
            var (to, before) = (lane.Key with { Pool = pool, SendingDomain = null, Overflows = true }, units.Count);
            Take(lane, RoomFor(queue.LaneAt(to)) - taken.GetValueOrDefault(to), ofUntried: true, units);
            taken[to] = taken.GetValueOrDefault(to) + units.Count - before;
        }

        if (units.Count > 0) Store(queue, units, pool);
    }

    /// <summary>No more than can leave soon: what waits there would be missing here when the next hour begins.</summary>
    private static int RoomFor(LaneQueue? to) => to is null ? MostOverflowing
        : to.Route.IsOpen && to.Count <= FewOverflowing ? MostOverflowing - to.Count : 0;

    /// <param name="ofUntried">Retries keep the addresses that they began with.</param>
    private void Take(LaneQueue lane, int most, bool ofUntried, List<QueuedUnit> units)
    {
        for (var left = Math.Min(most, lane.Ready - lane.Granted); left > 0 && lane.TryTake(out var unit, ofUntried); left--)
        {
            // Read again while a walk has it: that one puts it back, or knows better.
            if (_inHand.TryAdd(unit.Id, new UnitInHand(unit, null))) units.Add(unit);
        }

        _pacing.Sync(lane);
    }

    private void Store(TenantQueue queue, List<QueuedUnit> units, string? pool)
    {
        queue.Overflowing = units.Count;
        _ = Tell();

        async Task Tell()
        {
            var ticket = 0L;
            try
            {
                var batch = new SiftBatch(queue.Key, _incarnation, []) { Overflowing = units, OverflowPool = pool };
                ticket = await _tenants.Get(queue.Name).Sift(batch, CancellationToken.None);
                if (ticket != 0) await _spool.WhenCommitted(ticket, CancellationToken.None);
            }
            catch (Exception e)
            {
                LogTenantFailed(queue.Name, e);
                ticket = 0;
            }

            Post(new Overflowed(queue, units, ticket != 0));
        }
    }

    private void EndOverflow(Overflowed ended)
    {
        var (queue, now) = (ended.Queue, _time.GetUtcNow());
        queue.Overflowing = 0;
        // Told as committed, they are in their new lanes, or on their way out by now. The others are as they were.
        foreach (var unit in ended.Units.Where(u => _inHand.TryGetValue(u.Id, out var held) && ReferenceEquals(held.Unit, u)))
        {
            _inHand.Remove(unit.Id);
            if (!queue.IsForgotten) queue.Add(unit, now);
        }

        if (queue.IsForgotten) return;
        if (!ended.Stored)
        {
            queue.MayBeStale = true;
            queue.OverflowRestsUntil = now + OverflowRetryDelay;
            _wheel.Schedule(queue.Key, now + OverflowRetryDelay);
        }

        Touch(queue);
    }

    private sealed record Overflowed(TenantQueue Queue, List<QueuedUnit> Units, bool Stored) : Signal;
}
