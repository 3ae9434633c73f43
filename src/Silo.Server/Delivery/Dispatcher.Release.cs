using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

// From a tenant's turn to hand-overs that start: permits, the release record, and what is read of a long queue.
public sealed partial class Dispatcher
{
    private void AskForPermits(TenantQueue queue, int wanted)
    {
        _slots -= wanted;
        queue.AwaitsPermits = true;
        var isProbe = wanted > 0 && _route.Starting();
        var request = new PermitRequest(queue.Key, _incarnation, wanted, queue.TakeUse());
        var asked = Ask(queue, request);
        if (asked.IsCompletedSuccessfully) TakePermits(queue, request, isProbe, asked.Result);
        else _ = Await(asked.AsTask());

        async Task Await(Task<Permits?> task) => Post(new Permitted(queue, request, isProbe, await task));
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

    private void TakePermits(TenantQueue queue, PermitRequest request, bool isProbe, Permits? answer)
    {
        queue.AwaitsPermits = false;
        var now = _time.GetUtcNow();
        // Without an answer the slots come back, and the tenant is asked and told again in a second.
        if (answer is null) queue.NotTold(request.Use);
        var permits = answer ?? new Permits(0, now.AddSeconds(1));
        // Much may have happened while the answer was on its way: a drain lets nothing start, a route that was parked only its probe.
        var usable = _draining || queue.IsLeaving || (!isProbe && _route.ParkedUntil is not null) ? 0 : permits.Granted;
        var taken = 0;
        while (taken < usable && queue.TryTake(now, out var unit))
        {
            taken++;
            _inHand[unit.Id] = unit;
            _release.Add(new ReleasedUnit(queue, unit));
        }

        queue.InHand += taken;
        queue.Unresolved += taken;
        _slots += request.Wanted - taken;
        if (isProbe && taken == 0) _route.NothingStarted();
        queue.UnusedPermits += permits.Granted - taken;
        if (permits.Granted == request.Wanted || queue.MissedItsTurn) JoinRing(queue);
        queue.MissedItsTurn = false;
        queue.RestsUntil = permits.AskAgainAt;
        if (permits.AskAgainAt is { } at) _wheel.Schedule(queue.Key, at);
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
        long releaseId;
        try
        {
            releaseId = _spool.NextIds(1);
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
        for (var i = 0; i < units.Length; i++) _ = HandOver(units[i], await messages[i], releaseId);
    }

    private async Task HandOver(ReleasedUnit released, FoundMessage message, long releaseId) =>
        Post(new Ended(released.Queue, await _runner.Run(released.Queue.Key, released.Unit, message, releaseId, released.Queue.CountStart)));

    private void Refill(TenantQueue queue)
    {
        queue.BeginRefill();
        var asked = _options.WindowPerTenant;
        _ = Read(queue, asked);

        async Task Read(TenantQueue reading, int limit)
        {
            try
            {
                var units = await _spool.ReadQueue(reading.Key, reading.Cursor, limit, includeSetAside: false, _stop.Token);
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
}
