using Silo.Core.Delivery;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Egress;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

// What reaches the loop, and what it does about it.
public sealed partial class Dispatcher
{
    private void Handle(Signal signal)
    {
        switch (signal)
        {
            case Tick:
                _armedFor = null;
                break;
            case Committed committed:
                var now = _time.GetUtcNow();
                foreach (var write in committed.Writes) Take(write, now);
                break;
            case Permitted permitted:
                TakePermits(permitted.Queue, permitted.Request, permitted.Ask, permitted.IsProbe, permitted.Permits);
                break;
            case Began { Released: var released }:
                released.HasStarted = true;
                released.Route.Started(_pacing.Now);
                _pacing.Scheduler.Started(released.Grant, 1, _pacing.Now);
                break;
            case Ended ended:
                TakeOutcome(ended);
                break;
            case Recorded recorded:
                Settled(recorded);
                break;
            case Told told:
                told.Queue.AwaitsRecord = false;
                ToRecord(told.Queue);
                // Others may have their permits.
                if (told.PermitsCameBack) Rouse(told.Queue, early: true);
                break;
            case NotTold failed:
                failed.Queue.AwaitsRecord = false;
                failed.Queue.NotTold(failed.Batch.Use);
                TakeAgain(failed.Queue, failed.Batch);
                break;
            case NotStored failed:
                TakeAgain(failed.Queue, failed.Batch);
                break;
            case Refilled refilled:
                if (refilled.Queue.IsForgotten) break;
                refilled.Queue.EndRefill(refilled.Units, refilled.Asked, _time.GetUtcNow());
                Touch(refilled.Queue);
                TakeWaitingPage(refilled.Queue);
                break;
            case RefillFailed failed:
                if (failed.Queue.IsForgotten) break;
                failed.Queue.AbandonRefill(_time.GetUtcNow());
                TakeWaitingPage(failed.Queue);
                _wheel.Schedule(failed.Queue.Key, _time.GetUtcNow().AddSeconds(1));
                break;
            case ReleaseFailed failed:
                TakeBack(failed.Units);
                break;
            case SiftRequested requested:
                BeginSift(requested.TenantKey, requested.TenantName);
                break;
            case Sifted sifted:
                TakePage(sifted.Queue, sifted.Page);
                break;
            case SiftSettled settled:
                EndPage(settled);
                break;
            case SiftBroken broken:
                EndSift(broken.Queue, SiftRetryDelay);
                break;
            case Woken woken:
                Rouse(QueueOf(woken.TenantKey, woken.TenantName), early: true);
                break;
            case Forgotten forgotten:
                if (_queues.TryGetValue(forgotten.TenantKey, out var gone)) Forget(gone);
                break;
            case Gone left:
                if (_queues.TryGetValue(left.TenantKey, out var given) && given.IsLeaving) Forget(given);
                break;
            case TakenUp taken:
                // One that is leaving has left already, and comes back before its going was heard of.
                if (_queues.TryGetValue(taken.Backlog.TenantKey, out var before) && before.IsLeaving) Forget(before);
                var arrived = QueueOf(taken.Backlog.TenantKey, taken.Backlog.TenantName);
                // Of one that is being served more is known here than was read. One that holds nothing may be here for another reason.
                if (!arrived.HoldsNothing) break;
                arrived.LeaveToSpool();
                _wheel.Schedule(taken.Backlog.TenantKey, taken.Backlog.EarliestDueAt);
                break;
            case Relinquished relinquished:
                var leaving = QueueOf(relinquished.TenantKey, relinquished.TenantName);
                leaving.Leave(relinquished.By);
                leaving.FollowRest();
                _leaving.Add((leaving, relinquished.Left));
                break;
            case Kept kept:
                if (!_queues.TryGetValue(kept.TenantKey, out var keeps)) break;
                keeps.Stay(kept.By);
                Rouse(keeps, early: true);
                if (_runner.TermsOf(kept.TenantKey).NeedSift) BeginSift(kept.TenantKey, keeps.Name);
                break;
            case Planned planned:
                if (_plan != planned.Plan) _pacing.Apply(_plan = planned.Plan);
                foreach (var route in _pacing.Routes) route.Refresh(_pacing.Now);
                break;
            case Asked asked:
                asked.Answer();
                break;
            case DrainRequested requested:
                (_draining, _drained) = (true, requested.Drained);
                break;
        }
    }

    private void Take(SpoolWrite write, DateTimeOffset now)
    {
        if (write.Append is { } append)
        {
            var queue = QueueOf(write.TenantKey, append.Envelope.TenantName);
            for (var i = 0; i < append.Recipients.Count; i++)
            {
                queue.Add(new QueuedUnit(
                    append.MessageKey + 1 + i, append.MessageKey, append.Recipients.Count, append.Recipients[i], append.DueAt, 0, null, 0, false)
                {
                    Stream = append.Stream, Pool = append.Pool,
                }, now);
            }

            // A tenant at its rate is asked again when it said, not with each message that it accepts meanwhile.
            Rouse(queue, early: false);
        }

        var sift = _queues.TryGetValue(write.TenantKey, out var sifted) ? sifted.Sift : null;
        foreach (var settlement in write.Settlements)
        {
            sift?.Moved.Add(settlement.UnitId);
            if (!OutOfHand(settlement.UnitId, out var unit)) continue;
            if (settlement.Retry is not { } retry || !_queues.TryGetValue(write.TenantKey, out var queue)) continue;
            if (retry.DueAt == DateTimeOffset.MaxValue) continue;
            queue.Add(unit with
            {
                DueAt = retry.DueAt, Attempts = retry.Attempts, FirstAttemptAt = retry.FirstAttemptAt, Crashes = retry.Crashes,
                PossibleDuplicate = retry.PossibleDuplicate,
            }, now);
            Touch(queue);
        }
    }

    private void TakeOutcome(Ended ended)
    {
        var (released, outcome) = (ended.Released, ended.Outcome);
        LearnRoute(outcome.Result, _time.GetUtcNow());
        if (released.Route.Learn(outcome.Result, released.Round, _pacing.Now)) LogSlowedDown(released.Route, _pacing.Now);
        var queue = released.Queue;
        queue.Unresolved--;
        if (outcome.StartedAt is null) queue.UnusedPermits++;
        queue.Outcomes.Add(outcome);
        ToRecord(queue);
    }

    /// <summary>The unit is settled, or back in its queue: what was reserved for it and did not start comes back, and its slot is free.</summary>
    private bool OutOfHand(long unitId, out QueuedUnit unit)
    {
        unit = null!;
        if (!_inHand.Remove(unitId, out var held)) return false;
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
            foreach (var outcome in dropped.Outcomes) OutOfHand(outcome.Unit.Id, out _);
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
            OutOfHand(unit.Id, out _);
            queue.InHand--;
            queue.Unresolved--;
            queue.UnusedPermits++;
            if (queue.IsForgotten) continue;
            queue.Return(LaneKey.Of(unit).Provider, released.Term, 1);
            queue.Providers.Rouse(early: true);
            queue.Add(unit, now);
            // A store that fails is not to be asked without a pause.
            queue.RestsUntil = now.AddSeconds(1);
            Touch(queue);
        }

        // One of them may have been the probe of a parked route.
        _route.NothingStarted();
    }

    private abstract record Signal;

    private sealed record Tick : Signal;

    private sealed record Committed(IReadOnlyList<SpoolWrite> Writes) : Signal;

    private sealed record Woken(long TenantKey, string TenantName) : Signal;

    private sealed record Forgotten(long TenantKey) : Signal;

    private sealed record Gone(long TenantKey) : Signal;

    private sealed record TakenUp(TenantBacklog Backlog) : Signal;

    private sealed record Relinquished(long TenantKey, string TenantName, object By, TaskCompletionSource Left) : Signal;

    private sealed record Kept(long TenantKey, object By) : Signal;

    /// <param name="Released">Null while a walk over the queue has it: it is not on its way out.</param>
    private readonly record struct UnitInHand(QueuedUnit Unit, ReleasedUnit? Released);

    private sealed record Planned(EgressPlan Plan) : Signal;

    /// <param name="IsProbe">It was asked for the one hand-over that tries a parked route.</param>
    private sealed record Permitted(TenantQueue Queue, PermitRequest Request, PermitAsk? Ask, bool IsProbe, Permits? Permits) : Signal;

    private sealed record Began(ReleasedUnit Released) : Signal;

    private sealed record Ended(ReleasedUnit Released, Outcome Outcome) : Signal;

    /// <param name="Dropped">The batch, when the tenant wanted nothing of it.</param>
    private sealed record Recorded(TenantQueue Queue, int Units, OutcomeBatch? Dropped) : Signal;

    /// <summary>The tenant has judged a batch and can take the next.</summary>
    /// <param name="PermitsCameBack">Of what a warm-up allowed, some did not start.</param>
    private sealed record Told(TenantQueue Queue, bool PermitsCameBack) : Signal;

    private sealed record NotTold(TenantQueue Queue, OutcomeBatch Batch) : Signal;

    private sealed record NotStored(TenantQueue Queue, OutcomeBatch Batch) : Signal;

    private sealed record Refilled(TenantQueue Queue, IReadOnlyList<QueuedUnit> Units, int Asked) : Signal;

    private sealed record RefillFailed(TenantQueue Queue) : Signal;

    private sealed record ReleaseFailed(ReleasedUnit[] Units) : Signal;

    private sealed record DrainRequested(TaskCompletionSource Drained) : Signal;}
