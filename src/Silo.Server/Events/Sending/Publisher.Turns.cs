namespace Silo.Server.Events.Sending;

/// <summary>Turns: who may send, what became of it, and when the next attempt is.</summary>
internal sealed partial class Publisher
{
    private const int RefusalsBeforeGivingUp = 8;
    private static readonly TimeSpan RefusedFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan ConfirmationInterval = TimeSpan.FromSeconds(10);

    private void Enqueue(PublishedPair pair)
    {
        if (pair.IsOver || pair.Step is PairStep.Ready or PairStep.Running) return;
        if (pair.Destination.IsOpen && pair.Destination.Probe != pair)
        {
            Hold(pair);
            return;
        }

        pair.Step = PairStep.Ready;
        _turns.Add(pair);
    }

    private void Hold(PublishedPair pair)
    {
        pair.Step = PairStep.Held;
        pair.Destination.Held.AddLast(pair);
        Count(pair);
        if (pair.Destination is { Probe: null } destination && IsDue(destination.ProbeAt)) SetProbe(destination, TimeSpan.Zero);
    }

    private void SetProbe(DestinationState destination, TimeSpan wait)
    {
        destination.ProbeAt = After(wait);
        _probes.Enqueue(destination, destination.ProbeAt);
    }

    private void WakeDue()
    {
        while (_resting.TryPeek(out var pair, out var at) && IsDue(at))
        {
            _resting.Dequeue();
            if (pair.Step == PairStep.Resting && pair.DueAt == at) Enqueue(pair);
        }

        while (_probes.TryPeek(out var destination, out var at) && IsDue(at))
        {
            _probes.Dequeue();
            if (!destination.IsOpen || destination.IsOver || destination.Probe is not null || destination.ProbeAt != at) continue;
            if (destination.TakeProbe() is not { } pair) continue;
            destination.Probe = pair;
            pair.Step = PairStep.Resting;
            Enqueue(pair);
        }
    }

    private void StartTurns()
    {
        while (_turns.Take() is { } pair)
        {
            if (!pair.IsOver && pair.Destination.IsOpen && pair.Destination.Probe != pair)
            {
                _turns.Done(pair);
                Hold(pair);
            }
            else if (pair.IsOver)
            {
                _turns.Done(pair);
            }
            else
            {
                Start(pair);
            }
        }
    }

    private void Start(PublishedPair pair)
    {
        pair.Step = PairStep.Running;
        var order = OrderFor(pair) with { Page = PageFor(pair) };
        Work(
            stopping => turns.Run(order, stopping, _abort.Token),
            end =>
            {
                _turns.Done(pair);
                Ended(pair, order, end);
            },
            _ =>
            {
                // The store is away; the endpoint is not to blame, and what it took it may get again.
                _turns.Done(pair);
                if (pair.IsOver) return;
                var wait = RetryWait.After(++pair.StoreFailures, options.RetryMin, options.RetryMax, null, jitter());
                if (pair.Destination.Probe == pair)
                {
                    pair.Destination.Probe = null;
                    if (pair.Destination.IsOpen) SetProbe(pair.Destination, wait);
                }

                Rest(pair, wait);
            });
    }

    private TurnOrder OrderFor(PublishedPair pair) => new(
        pair.Tenant.Key, pair.Tenant.Name, pair.Tenant.Id, pair.Destination.Scoped, pair.Cursor, null, pair.Surplus,
        pair.Refused is { } refused && pair.Failures >= RefusalsBeforeGivingUp && time.GetElapsedTime(refused.Since) >= RefusedFor
            ? refused.Sequence : null,
        IsCareful: pair.Refused is not null);

    private void Ended(PublishedPair pair, TurnOrder order, TurnEnd end)
    {
        TellOf(pair, end);
        if (pair.IsOver) return;
        if (end.IsLost)
        {
            Lose(pair.Tenant);
            return;
        }

        pair.StoreFailures = 0;
        var moved = end.Cursor > order.Cursor;
        pair.Cursor = Math.Max(pair.Cursor, end.Cursor);
        pair.IsStored |= moved;
        // It was of the rows after the cursor as it was; what is left of it is counted anew.
        if (moved || end.Failure is null) pair.Surplus = 0;
        var destination = pair.Destination;
        if (end.Sent > 0) Succeeded(pair, end);
        if (end.GaveUp) (pair.Refused, pair.Failures) = (null, 0);
        if (end.Failure is not null)
        {
            Fail(pair, end);
        }
        else
        {
            if (destination.Probe == pair)
            {
                // It had nothing to try with.
                destination.Probe = null;
                if (destination.IsOpen) SetProbe(destination, TimeSpan.Zero);
            }

            if (!moved) pair.Wanted = pair.Cursor;
            pair.Step = PairStep.Idle;
            if (moved && (end.HasMore || pair.Wanted > pair.Cursor)) Enqueue(pair);
            else pair.Cursor = Math.Max(pair.Cursor, pair.Tenant.Looked);
        }

        Settle(pair.Tenant);
    }

    private void Succeeded(PublishedPair pair, TurnEnd end)
    {
        var destination = pair.Destination;
        (pair.Failures, pair.Refused, pair.HeadAt, pair.Behind) = (0, null, null, 0);
        if (destination.IsToldFailing) LogWorks(destination.Scoped.ShownName);
        destination.IsToldFailing = false;
        if (destination.Probe == pair) destination.Probe = null;
        destination.Succeeded(end.Sent, time.GetUtcNow());
        ReleaseHeld(destination);
    }

    private void Fail(PublishedPair pair, TurnEnd end)
    {
        var (destination, outcome) = (pair.Destination, end.Failure!);
        pair.Failures++;
        pair.HeadAt = end.Head?.At;
        var head = end.Head?.Sequence ?? 0;
        if (outcome is not SendOutcome.Refused) pair.Refused = null;
        else if (pair.Refused?.Sequence != head) pair.Refused = (head, time.GetTimestamp());
        var isNext = destination.HasFailed(
            pair, outcome, isAway: outcome is not SendOutcome.Refused, opensAtOnce: outcome is SendOutcome.Unconfirmed,
            time.GetUtcNow(), time.GetTimestamp(), time.GetElapsedTime(destination.FailedAt) > 2 * options.RetryMax);
        Count(pair);
        if (outcome is SendOutcome.Gone) Disable(destination, $"its endpoint wants no more: {outcome.Why}");
        else if (time.GetElapsedTime(destination.FailingFrom) >= options.DisableAfter)
            Disable(destination, $"nothing but failures came of it for {options.DisableAfter}, the last one: {outcome.Why}");
        if (isNext) SetProbe(destination, WaitOf(outcome, destination.Openings));
        if (destination.IsOpen)
        {
            Hold(pair);
            return;
        }

        Rest(pair, WaitOf(outcome, pair.Failures));
        ReleaseHeld(destination);
    }

    private TimeSpan WaitOf(SendOutcome outcome, int failures) => outcome is SendOutcome.Unconfirmed
        ? ConfirmationInterval
        : RetryWait.After(failures, options.RetryMin, options.RetryMax, (outcome as SendOutcome.NotNow)?.RetryAfter, jitter());

    private void Rest(PublishedPair pair, TimeSpan wait)
    {
        (pair.Step, pair.DueAt) = (PairStep.Resting, After(wait));
        _resting.Enqueue(pair, pair.DueAt);
    }

    private void ReleaseHeld(DestinationState destination)
    {
        if (destination.IsOpen || destination.Held.Count == 0) return;
        var held = destination.Held.ToList();
        destination.Held.Clear();
        foreach (var pair in held)
        {
            pair.Step = PairStep.Idle;
            Enqueue(pair);
        }
    }

    /// <summary>All that wait try again now.</summary>
    private void WakeAll(DestinationState destination)
    {
        if (destination.IsOpen) SetProbe(destination, TimeSpan.Zero);
        foreach (var pair in destination.Pairs.Where(p => p.Step == PairStep.Resting && destination.Probe != p).ToList()) Enqueue(pair);
    }

    private void Disable(DestinationState destination, string reason)
    {
        if (destination.IsDisabling || destination.IsOver) return;
        destination.IsDisabling = true;
        Work(
            async token => await toggle.Disable(destination.Id, reason, token),
            isDisabled =>
            {
                destination.IsDisabling = false;
                if (isDisabled) Drop(destination);
            },
            // The next failure tries again.
            _ => destination.IsDisabling = false);
    }

    private void TellOf(PublishedPair pair, TurnEnd end)
    {
        var destination = pair.Destination;
        if (end.Sent > 0) metrics.Sent(destination.Scoped, end.Sent);
        if (end.Failure is not null and not SendOutcome.Unconfirmed) metrics.Failed(destination.Scoped);
        if (end.TooOld > 0) metrics.Dropped(destination.Scoped, "too_old", end.TooOld);
        if (end.TooMany > 0) metrics.Dropped(destination.Scoped, "too_many", end.TooMany);
        if (end.GaveUp) metrics.Dropped(destination.Scoped, "refused", 1);
        var dropped = end.TooOld + end.TooMany + (end.GaveUp ? 1 : 0);
        destination.Dropped += dropped;
        destination.DroppedUntold += dropped;
    }
}
