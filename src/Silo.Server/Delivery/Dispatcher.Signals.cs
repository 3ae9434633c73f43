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
                foreach (var write in committed.Writes) Take(write);
                break;
            case Permitted permitted:
                TakePermits(permitted.Queue, permitted.Slots, permitted.Permits);
                break;
            case Ended ended:
                TakeOutcome(ended);
                break;
            case Recorded recorded:
                Settled(recorded);
                break;
            case RecordFailed failed:
                failed.Queue.AwaitsRecord = false;
                // What became of permits is not told again: the activation that knew them is gone with the failure.
                failed.Queue.Outcomes.InsertRange(0, failed.Batch.Outcomes);
                Record(failed.Queue);
                break;
            case Refilled refilled:
                refilled.Queue.EndRefill(refilled.Units, refilled.Asked);
                JoinRing(refilled.Queue);
                break;
            case RefillFailed failed:
                failed.Queue.AbandonRefill();
                _wheel.Schedule(failed.Queue.Key, _time.GetUtcNow().AddSeconds(1));
                break;
            case ReleaseFailed failed:
                TakeBack(failed.Units);
                break;
            case Woken woken:
                JoinRing(QueueOf(woken.TenantKey, woken.TenantName));
                break;
            case Forgotten forgotten:
                _queues.Remove(forgotten.TenantKey);
                _wheel.Remove(forgotten.TenantKey);
                break;
            case DrainRequested requested:
                (_draining, _drained) = (true, requested.Drained);
                break;
        }
    }

    private void Take(SpoolWrite write)
    {
        if (write.Append is { } append)
        {
            var queue = QueueOf(write.TenantKey, append.Envelope.TenantName);
            for (var i = 0; i < append.Recipients.Count; i++)
            {
                queue.Add(new QueuedUnit(
                    append.MessageKey + 1 + i, append.MessageKey, append.Recipients.Count, append.Recipients[i], append.DueAt, 0, null, 0, false));
            }

            if (!queue.AwaitsPermits) JoinRing(queue);
        }

        foreach (var settlement in write.Settlements)
        {
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
        Record(ended.Queue);
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

    /// <summary>Hands all outcomes that are there to the tenant in one batch; those that come meanwhile make the next one.</summary>
    private void Record(TenantQueue queue)
    {
        if (queue.AwaitsRecord || queue.Outcomes.Count == 0) return;
        queue.AwaitsRecord = true;
        var batch = new OutcomeBatch(queue.Key, [.. queue.Outcomes], queue.TakeUse());
        queue.Outcomes.Clear();
        _ = Write(queue, batch);

        async Task Write(TenantQueue recording, OutcomeBatch outcomes)
        {
            try
            {
                var ticket = await _tenants.Get(recording.Name).Record(outcomes, CancellationToken.None);
                if (ticket != 0) await _spool.WhenCommitted(ticket, CancellationToken.None);
                Post(new Recorded(recording, outcomes.Outcomes.Count, ticket == 0 ? outcomes : null));
            }
            catch (Exception e)
            {
                // An outcome is a fact that must not be lost: the slot stays taken and it is told again.
                LogTenantFailed(recording.Name, e);
                await Task.Delay(TimeSpan.FromSeconds(1), _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Post(new RecordFailed(recording, outcomes));
            }
        }
    }

    private void Settled(Recorded recorded)
    {
        var queue = recorded.Queue;
        queue.AwaitsRecord = false;
        queue.InHand -= recorded.Units;
        _slots += recorded.Units;
        // Of a tenant that was deleted meanwhile nothing was written: its units are gone.
        if (recorded.Dropped is { } dropped)
        {
            foreach (var outcome in dropped.Outcomes) _inHand.Remove(outcome.Unit.Id);
        }

        Record(queue);
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
    }

    private abstract record Signal;

    private sealed record Tick : Signal;

    private sealed record Committed(IReadOnlyList<SpoolWrite> Writes) : Signal;

    private sealed record Woken(long TenantKey, string TenantName) : Signal;

    private sealed record Forgotten(long TenantKey) : Signal;

    private sealed record Permitted(TenantQueue Queue, int Slots, Permits Permits) : Signal;

    private sealed record Ended(TenantQueue Queue, Outcome Outcome) : Signal;

    /// <param name="Dropped">The batch, when the tenant wanted nothing of it.</param>
    private sealed record Recorded(TenantQueue Queue, int Units, OutcomeBatch? Dropped) : Signal;

    private sealed record RecordFailed(TenantQueue Queue, OutcomeBatch Batch) : Signal;

    private sealed record Refilled(TenantQueue Queue, IReadOnlyList<QueuedUnit> Units, int Asked) : Signal;

    private sealed record RefillFailed(TenantQueue Queue) : Signal;

    private sealed record ReleaseFailed(ReleasedUnit[] Units) : Signal;

    private sealed record DrainRequested(TaskCompletionSource Drained) : Signal;

    private readonly record struct ReleasedUnit(TenantQueue Queue, QueuedUnit Unit);
}
