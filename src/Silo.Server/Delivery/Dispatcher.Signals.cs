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
                released.Pace.Started(_pacing.Now);
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
                failed.Queue.Permits.NotTold(failed.Batch.Use);
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
            case Overflowed overflowed:
                EndOverflow(overflowed);
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
                _waits.Schedule(taken.Backlog.TenantKey, _time.GetUtcNow() + ShortestLookInterval);
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
                Follow(_plan, planned.Plan);
                LookAtFindings(_time.GetUtcNow());
                break;
            case Asked asked:
                asked.Answer();
                break;
            case SharesAnswered answered:
                answered.Take();
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
                    Stream = append.Stream, Pool = append.Pool, Provider = append.Providers?[i], SendingDomain = append.SendingDomain,
                }, now);
            }

            // A tenant at its rate is asked again when it said, not with each message that it accepts meanwhile.
            Rouse(queue, early: false);
        }

        var sift = _queues.TryGetValue(write.TenantKey, out var sifted) ? sifted.Sift : null;
        foreach (var settlement in write.Settlements)
        {
            sift?.Moved.Add(settlement.UnitId);
            if (!OutOfHand(settlement.UnitId, settlement.ReleaseId, out var unit) && !GivenBackTooEarly(sifted, settlement, out unit)) continue;
            if (settlement.Retry is not { } retry || !_queues.TryGetValue(write.TenantKey, out var queue)) continue;
            // A walk that only tells left it in its place.
            if (sift is { LateFrom: not null }) queue.Withdraw(unit);
            if (retry.DueAt == DateTimeOffset.MaxValue) continue;
            queue.Add(unit with
            {
                DueAt = retry.DueAt, Attempts = retry.Attempts, FirstAttemptAt = retry.FirstAttemptAt, Crashes = retry.Crashes,
                PossibleDuplicate = retry.PossibleDuplicate, DelaysTold = retry.DelaysTold,
                Pool = retry.Pool ?? unit.Pool, OverflowPool = retry.OverflowPool,
            }, now);
            Touch(queue);
        }
    }

    /// <summary>
    /// A page of a walk that was taken for lost was stored after all: what it says of a unit holds, and what is known of that one here does not.
    /// </summary>
    private bool GivenBackTooEarly(TenantQueue? queue, UnitSettlement settlement, out QueuedUnit unit)
    {
        unit = null!;
        return queue is { MayBeStale: true } && settlement.ReleaseId == 0 && !_inHand.ContainsKey(settlement.UnitId)
            && queue.TryWithdraw(settlement.UnitId, out unit);
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

    private sealed record SharesAnswered(Action Take) : Signal;

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

    private sealed record DrainRequested(TaskCompletionSource Drained) : Signal;
}
