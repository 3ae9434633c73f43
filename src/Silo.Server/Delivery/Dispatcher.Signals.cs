using Silo.Core.Delivery;
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
                TakePermits(permitted.Queue, permitted.Request, permitted.IsProbe, permitted.Permits);
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
                refilled.Queue.EndRefill(refilled.Units, refilled.Asked);
                JoinRing(refilled.Queue);
                TakeWaitingPage(refilled.Queue);
                break;
            case RefillFailed failed:
                failed.Queue.AbandonRefill();
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
                JoinRing(QueueOf(woken.TenantKey, woken.TenantName));
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
                _leaving.Add((leaving, relinquished.Left));
                break;
            case Kept kept:
                if (!_queues.TryGetValue(kept.TenantKey, out var keeps)) break;
                keeps.Stay(kept.By);
                JoinRing(keeps);
                if (_runner.TermsOf(kept.TenantKey).Orders.Count > 0) BeginSift(kept.TenantKey, keeps.Name);
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
                });
            }

            // A tenant at its rate is asked again when it said, not with each message that it accepts meanwhile.
            if (!queue.AwaitsPermits && !(queue.RestsUntil > now)) JoinRing(queue);
        }

        var sift = _queues.TryGetValue(write.TenantKey, out var sifted) ? sifted.Sift : null;
        foreach (var settlement in write.Settlements)
        {
            sift?.Moved.Add(settlement.UnitId);
            if (!_inHand.Remove(settlement.UnitId, out var unit)) continue;
            if (settlement.Retry is not { } retry || !_queues.TryGetValue(write.TenantKey, out var queue)) continue;
            if (retry.DueAt == DateTimeOffset.MaxValue) continue;
            queue.Add(unit with
            {
                DueAt = retry.DueAt, Attempts = retry.Attempts, FirstAttemptAt = retry.FirstAttemptAt, Crashes = retry.Crashes,
                PossibleDuplicate = retry.PossibleDuplicate,
            });
        }
    }

    private void TakeOutcome(Ended ended)
    {
        LearnRoute(ended.Outcome.Result, _time.GetUtcNow());
        ended.Queue.Unresolved--;
        if (ended.Outcome.StartedAt is null) ended.Queue.UnusedPermits++;
        ended.Queue.Outcomes.Add(ended.Outcome);
        ToRecord(ended.Queue);
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

        Post(new Told(queue));
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
        _slots += recorded.Units;
        // Of a tenant that was deleted meanwhile nothing was written: its units are gone.
        if (recorded.Dropped is { } dropped)
        {
            foreach (var outcome in dropped.Outcomes) _inHand.Remove(outcome.Unit.Id);
        }

        JoinRing(queue);
    }

    private void TakeBack(ReleasedUnit[] units)
    {
        foreach (var (queue, unit) in units)
        {
            _inHand.Remove(unit.Id);
            queue.InHand--;
            queue.Unresolved--;
            queue.UnusedPermits++;
            queue.Add(unit);
            _wheel.Schedule(queue.Key, _time.GetUtcNow().AddSeconds(1));
        }

        _slots += units.Length;
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

    /// <param name="IsProbe">It was asked for the one hand-over that tries a parked route.</param>
    private sealed record Permitted(TenantQueue Queue, PermitRequest Request, bool IsProbe, Permits? Permits) : Signal;

    private sealed record Ended(TenantQueue Queue, Outcome Outcome) : Signal;

    /// <param name="Dropped">The batch, when the tenant wanted nothing of it.</param>
    private sealed record Recorded(TenantQueue Queue, int Units, OutcomeBatch? Dropped) : Signal;

    /// <summary>The tenant has judged a batch and can take the next.</summary>
    private sealed record Told(TenantQueue Queue) : Signal;

    private sealed record NotTold(TenantQueue Queue, OutcomeBatch Batch) : Signal;

    private sealed record NotStored(TenantQueue Queue, OutcomeBatch Batch) : Signal;

    private sealed record Refilled(TenantQueue Queue, IReadOnlyList<QueuedUnit> Units, int Asked) : Signal;

    private sealed record RefillFailed(TenantQueue Queue) : Signal;

    private sealed record ReleaseFailed(ReleasedUnit[] Units) : Signal;

    private sealed record DrainRequested(TaskCompletionSource Drained) : Signal;

    private readonly record struct ReleasedUnit(TenantQueue Queue, QueuedUnit Unit);
}
