using Silo.Core.Pacing;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

// From a tenant's turn to hand-overs that start: permits, the release record, and what is read of a long queue.
public sealed partial class Dispatcher
{
    private void AskForPermits(TenantQueue queue, int wanted, PermitAsk? ask, bool isProbe)
    {
        (queue.AwaitsPermits, queue.WasRoused, queue.WasRousedEarly) = (true, false, false);
        var request = new PermitRequest(queue.Key, _incarnation, wanted, queue.TakeUse());
        if (ask?.Lane is { Key: var key } lane)
        {
            request = request with
            {
                Provider = key.Provider.Name, SendingDomain = queue.SendingDomainOf(lane), OverflowPool = key.Overflows ? key.Pool : null,
            };
        }

        var asked = Ask(queue, request);
        if (asked.IsCompletedSuccessfully)
        {
            TakePermits(queue, request, ask, isProbe, asked.Result);
            return;
        }

        // Nothing more is granted to it while it is asked.
        queue.FollowRest();
        _ = Await(asked.AsTask());

        async Task Await(Task<Permits?> task) => Post(new Permitted(queue, request, ask, isProbe, await task));
    }

    /// <summary>Null when the tenant could not be asked.</summary>
    private async ValueTask<Permits?> Ask(TenantQueue queue, PermitRequest request)
    {
        try
        {
            return await _tenants.Get(queue.Name).Permit(request, _stop.Token);
        }
        catch (Exception e)
        {
            LogTenantFailed(queue.Name, e);
            return null;
        }
    }

    private void TakePermits(TenantQueue queue, PermitRequest request, PermitAsk? ask, bool isProbe, Permits? answer)
    {
        queue.AwaitsPermits = false;
        var now = _time.GetUtcNow();
        // Without an answer nothing starts, and the tenant is asked and told again in a second.
        if (answer is null) queue.Permits.NotTold(request.Use);
        var permits = answer ?? new Permits(0, now.AddSeconds(1));
        if (answer is not null) _pacing.SetWeight(queue.Paced, answer.Weight);
        // What the tenant has begun while it was asked it has told by now.
        if (!queue.IsForgotten) FollowDomains(queue);
        var taken = ask is null ? 0 : Take(ask, request.Wanted, permits, isProbe, now);
        if (isProbe && taken == 0) _route.NothingStarted();
        queue.Permits.Unused += permits.Granted - taken;
        if (ask is not null) queue.Permits.Return(ask.Lane.Key.Provider, request.SendingDomain, permits.Term, permits.Granted - taken);
        // What comes back, or came meanwhile, may be given again at once.
        var mayAskAgain = answer is not null && (permits.Granted == request.Wanted || queue.WasRousedEarly || queue.Permits.HasReturned);
        DateTimeOffset? until = mayAskAgain ? null : permits.AskAgainAt ?? (queue.WasRoused ? null : DateTimeOffset.MaxValue);
        if (permits.Shortage is PermitShortage.ProviderWarmUp or PermitShortage.PartOfWarmUp or PermitShortage.ProviderParked)
            queue.Providers.Rest(ask!.Lane, until, permits.Shortage);
        else (queue.RestsUntil, queue.RestsFor) = (until, permits.Shortage);
        queue.FollowRest();
        if (queue.LooksForWaits) LookAgainForWaits(queue);
        Touch(queue);
    }

    private int Take(PermitAsk ask, int wanted, Permits permits, bool isProbe, DateTimeOffset now)
    {
        var (lane, grant, hold, preferred, version) = ask;
        var queue = lane.Tenant;
        // Much may have happened while the answer was on its way: a drain lets nothing start, a route that was parked only its probe.
        var usable = _draining || queue.IsLeaving || queue.IsForgotten || (!isProbe && _route.ParkedUntil is not null) ? 0 : permits.Granted;
        // Nor the way of a grant that is closed by now.
        var (route, source) = _pacing.WayOf(grant);
        if (lane.IsHeld || lane.IsStranded || queue.LanesVersion != version) usable = 0;
        if (lane.Route != route || route.Level.LeavesBySource != source is not null) usable = 0;
        var taken = 0;
        lane.Advance(now);
        while (taken < usable && lane.NextPrefers(preferred) && lane.TryTake(out var unit))
        {
            var released = new ReleasedUnit(lane, unit, route, source, grant, hold, permits.Term);
            // Read again while a walk has it: that one puts it back, or knows better.
            if (!_inHand.TryAdd(unit.Id, new UnitInHand(unit, released))) continue;
            taken++;
            _release.Add(released);
        }

        queue.InHand += taken;
        queue.Unresolved += taken;
        lane.Granted -= wanted;
        if (taken < wanted) _pacing.Scheduler.NotStarted(grant, wanted - taken, _pacing.Now);
        if (!queue.IsForgotten) _pacing.Sync(lane);
        return taken;
    }

    /// <summary>Writes which units leave now, as one record; they start when it is on disk.</summary>
    private void Release()
    {
        if (_release.Count == 0) return;
        var units = _release.ToArray();
        _release.Clear();
        _starting = ReleaseBatch(units, _starting);
    }

    private async Task ReleaseBatch(ReleasedUnit[] units, Task before)
    {
        try
        {
            var releaseId = _spool.NextIds(1);
            foreach (var unit in units) unit.ReleaseId = releaseId;
            var ticket = _spool.Enqueue(new SpoolWrite { TenantKey = 0, Release = new ReleaseRecord(releaseId, [.. units.Select(u => u.Unit.Id)]) });
            await _spool.WhenCommitted(ticket, CancellationToken.None);
        }
        catch (Exception e)
        {
            LogReleaseFailed(units.Length, e);
            Post(new ReleaseFailed(units));
            return;
        }

        // Messages are looked for side by side, but start one behind the other, and batch behind batch: the queue's order is a promise.
        var messages = Array.ConvertAll(units, u => _runner.Find(u.Unit.MessageKey));
        await before;
        for (var i = 0; i < units.Length; i++) _ = HandOver(units[i], await messages[i]);
    }

    private async Task HandOver(ReleasedUnit released, FoundMessage message) =>
        Post(new Ended(released, await _runner.Run(released, message, () => CountStart(released))));

    private void CountStart(ReleasedUnit released)
    {
        released.Queue.Permits.CountStart();
        Post(new Began(released));
    }

    private void Refill(TenantQueue queue)
    {
        _ = Read(queue, queue.BeginRefill(), _options.WindowPerLane);

        async Task Read(TenantQueue reading, QueueCursor after, int limit)
        {
            try
            {
                var units = await _spool.ReadQueue(reading.Key, after, limit, includeSetAside: false, _stop.Token);
                // The read may be ahead of the news. Behind a write of its own all that it can have seen was told, so that the queue
                // knows what it hears of twice.
                await _spool.WhenCommitted(_spool.Enqueue(new SpoolWrite { TenantKey = reading.Key }), _stop.Token);
                Post(new Refilled(reading, units, limit));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogTenantFailed(reading.Name, e);
                Post(new RefillFailed(reading));
            }
        }
    }

    /// <param name="Grant">Of which as many units are asked for as permits are wanted; the rest was given back.</param>
    /// <param name="Preferred">The source that the grant was made for; -1 when it does not matter.</param>
    /// <param name="LanesVersion">Of the queue: permits that were asked for under another are of no use.</param>
    private sealed record PermitAsk(LaneQueue Lane, Grant Grant, GrantHold Hold, int Preferred, int LanesVersion);
}
