using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

// From the end of a hand-over until its outcome is on disk, and its place free again.
public sealed partial class Dispatcher
{
    private void TakeOutcome(Ended ended)
    {
        var (released, outcome) = (ended.Released, ended.Outcome);
        LearnRoute(outcome.Result, _time.GetUtcNow());
        var isPacedThere = released.Route.Provider == MailboxProvider.Other && _runner.Transport.PacesSites;
        if (!isPacedThere && released.Pace.Learn(outcome.Result, released.Round, _pacing.Now)) LogSlowedDown(released.Pace, _pacing.Now);
        if (released.Source is { } source) _pacing.Count(source, outcome.Result);
        if (released is { Source.Address: { } address, SourceNews: { } news }) LearnAddress(address, news);
        LearnProvider(released, outcome.Result);
        outcome = Watched(released, outcome);
        var queue = released.Queue;
        queue.Unresolved--;
        if (outcome.StartedAt is null) queue.Permits.Unused++;
        queue.Outcomes.Add(outcome);
        ToRecord(queue);
    }

    /// <summary>The unit is settled, or back in its queue: what was reserved for it and did not start comes back, and its slot is free.</summary>
    /// <param name="releaseId">The release that is over; 0 for one that was none.</param>
    private bool OutOfHand(long unitId, long releaseId, out QueuedUnit unit)
    {
        unit = null!;
        if (!_inHand.TryGetValue(unitId, out var held) || (held.Released?.ReleaseId ?? 0) != releaseId) return false;
        _inHand.Remove(unitId);
        unit = held.Unit;
        if (held.Released is not { } released) return true;
        if (released.HasStarted) _pacing.Scheduler.Ended(released.Grant, 1, _pacing.Now);
        else _pacing.Scheduler.NotStarted(released.Grant, 1, _pacing.Now);
        return true;
    }

    /// <summary>What the outcome says about the way out. The log hears of a change, not of each message that meets it.</summary>
    private void LearnRoute(DeliveryResult result, DateTimeOffset now)
    {
        var rested = _route.ParkedUntil is not null;
        if (_route.Learn(result, now)) LogRouteParked(result.RemoteHost, result.Stage, _route.ParkedUntil!.Value, _route.Reason);
        else if (rested && _route.ParkedUntil is null) LogRouteWorks(result.RemoteHost);
        if (result is not { Kind: DeliveryResultKind.RouteFailed, Stage: >= DeliveryStage.Mail }) return;
        _mailNotTaken++;
        if (now < _mailNoticeDue) return;
        LogMailNotTaken(result.RemoteHost, _mailNotTaken, result.Diagnostic);
        (_mailNotTaken, _mailNoticeDue) = (0, now + MailNoticeInterval);
    }

    private void LearnProvider(ReleasedUnit released, DeliveryResult result)
    {
        switch (_pacing.Parked.Learn(released, result, Jitter(), _pacing.Now))
        {
            case ProviderNews.Parked:
                var deferring = released.Route.Deferring!;
                LogProviderParked(released.Route.Level.Name, deferring.RestsUntil!.Value, deferring.Reason);
                break;
            case ProviderNews.Works:
                LogProviderWorks(released.Route.Level.Name);
                break;
        }
    }

    private void ToRecord(TenantQueue queue)
    {
        if (!queue.AwaitsRecord && queue.Outcomes.Count > 0) _toRecord.Add(queue);
    }

    /// <summary>
    /// Tells tenants their outcomes: for each one batch of what came since the last, so that many share a write. A tenant is told the
    /// next batch as soon as it has judged this one, while this one is still on its way to the disk: a pause must not wait for that.
    /// </summary>
    private void RecordAll()
    {
        foreach (var queue in _toRecord)
        {
            if (queue.AwaitsRecord || queue.Outcomes.Count == 0) continue;
            queue.AwaitsRecord = true;
            var batch = new OutcomeBatch(queue.Key, _incarnation, [.. queue.Outcomes], queue.TakeUse())
            {
                Repeated = queue.RepeatsOutcomes,
            };
            queue.Outcomes.Clear();
            queue.RepeatsOutcomes = false;
            _ = Record(queue, batch);
        }

        _toRecord.Clear();
    }

    private async Task Record(TenantQueue queue, OutcomeBatch batch)
    {
        long ticket;
        try
        {
            ticket = await _tenants.Get(queue.Name).Record(batch, CancellationToken.None);
        }
        catch (Exception e)
        {
            await Rest(queue, e);
            Post(new NotTold(queue, batch));
            return;
        }

        Post(new Told(queue, batch.Outcomes.Any(o => o is { Term.Until: not null, StartedAt: null })));
        try
        {
            if (ticket != 0) await _spool.WhenCommitted(ticket, CancellationToken.None);
            Post(new Recorded(queue, batch.Outcomes.Count, ticket == 0 ? batch : null));
        }
        catch (Exception e)
        {
            await Rest(queue, e);
            Post(new NotStored(queue, batch));
        }
    }

    /// <summary>An outcome is a fact that must not be lost: the slot stays taken, and it is told again after a rest.</summary>
    private async Task Rest(TenantQueue queue, Exception e)
    {
        LogTenantFailed(queue.Name, e);
        await Task.Delay(TimeSpan.FromSeconds(1), _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void TakeAgain(TenantQueue queue, OutcomeBatch batch)
    {
        queue.Outcomes.InsertRange(0, batch.Outcomes);
        queue.RepeatsOutcomes = true;
        ToRecord(queue);
    }

    private void Settled(Recorded recorded)
    {
        var queue = recorded.Queue;
        queue.InHand -= recorded.Units;
        // Of a tenant that was deleted meanwhile nothing was written: its units are gone.
        if (recorded.Dropped is { } dropped)
        {
            foreach (var outcome in dropped.Outcomes) OutOfHand(outcome.Unit.Id, outcome.ReleaseId, out _);
        }

        // At the cap of what may be unresolved only this helps.
        Rouse(queue, early: false);
    }

    private void TakeBack(ReleasedUnit[] units)
    {
        var now = _time.GetUtcNow();
        foreach (var released in units)
        {
            var (queue, unit) = (released.Queue, released.Unit);
            OutOfHand(unit.Id, released.ReleaseId, out _);
            queue.InHand--;
            queue.Unresolved--;
            queue.Permits.Unused++;
            if (queue.IsForgotten) continue;
            queue.Permits.Return(released.Route.Provider, unit.SendingDomain, released.Term, 1);
            queue.Providers.Rouse(early: true);
            queue.Add(unit, now);
            // A store that fails is not to be asked without a pause.
            queue.RestsUntil = now.AddSeconds(1);
            Touch(queue);
        }

        // One of them may have been the probe of a parked route.
        _route.NothingStarted();
    }

    /// <param name="Released">Null while a walk over the queue has it: it is not on its way out.</param>
    private readonly record struct UnitInHand(QueuedUnit Unit, ReleasedUnit? Released);
}
