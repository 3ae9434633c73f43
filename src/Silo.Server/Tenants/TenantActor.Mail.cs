using Silo.Core.Limits;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Tenants;

// Mail on its way: admission, permits, outcomes, feedback, recovery.
public partial class TenantActor
{
    private const int QueueWorthCaching = 1_024;

    public async ValueTask<AdmissionRefusal> Check(SendScope scope, CancellationToken cancellationToken) =>
        await Refusal(scope, cancellationToken) ?? new AdmissionRefusal(AdmissionResult.Admitted, Arn, []);

    public async ValueTask<Admission> Admit(AdmitMessage message, CancellationToken cancellationToken)
    {
        if (await Refusal(message.Scope, cancellationToken) is { } refusal) return new Admission(refusal, 0);
        var units = message.Recipients.Count + message.Suppressed.Count;
        if (_ledger!.Books.Open + units > services.Options.BacklogCap)
            return new Admission(new AdmissionRefusal(AdmissionResult.BacklogFull, Arn, []), 0);

        var envelope = message.Envelope;
        var events = new List<TenantEvent>(1 + message.Suppressed.Count)
        {
            new() { Kind = TenantEventKind.Accepted, At = envelope.AcceptedAt, MessageId = envelope.MessageId, Units = units },
        };
        foreach (var (address, subType) in message.Suppressed)
        {
            events.Add(new TenantEvent
            {
                Kind = TenantEventKind.Suppressed, At = envelope.AcceptedAt, MessageId = envelope.MessageId, Recipient = address, Bounce = subType,
            });
        }

        MessageAppend? append = null;
        if (message.Recipients.Count > 0)
        {
            var key = Spool.NextIds(message.Recipients.Count + 1);
            append = new MessageAppend(key, envelope, message.Content, message.Recipients, envelope.AcceptedAt);
            // The last of a long queue leaves long after it came: kept in memory it would push out what leaves now.
            if (_ledger.Books.Open <= QueueWorthCaching) services.Messages.Add(key, envelope, message.Content);
        }

        return new Admission(null, Enqueue(events, append));
    }

    public ValueTask<Permits> Permit(PermitRequest request, CancellationToken cancellationToken)
    {
        if (_row is null) return ValueTask.FromResult(new Permits(0, null));
        var now = Now;
        Book(request.Use, now);
        if (!_ledger!.Standing.MaySend) return ValueTask.FromResult(new Permits(0, null));
        // At the cap only an outcome helps, and an outcome wakes the tenant anyway.
        var unresolved = EvidenceCap.UnresolvedCap(_ledger.Counters, services.Thresholds, now, _ledger.Standing.OpenFindings.Count > 0) - _inHand;
        if (unresolved <= 0) return ValueTask.FromResult(new Permits(0, null));
        var granted = _bucket!.ReserveUpTo(Math.Min(request.Wanted, unresolved), now);
        _inHand += granted;
        return ValueTask.FromResult(new Permits(granted, granted < request.Wanted ? _bucket.AvailableAt(1, now) : null));
    }

    public ValueTask<long> Record(OutcomeBatch batch, CancellationToken cancellationToken)
    {
        if (_row is null || _row.TenantKey != batch.TenantKey) return ValueTask.FromResult(0L);
        Book(batch.Use, Now);
        var facts = new List<TenantEvent>(batch.Outcomes.Count);
        var settlements = new List<UnitSettlement>(batch.Outcomes.Count);
        foreach (var outcome in batch.Outcomes)
        {
            var (fact, settlement) = OutcomeRules.Judge(outcome, services.Options.MessageLifetime, services.Jitter());
            if (fact is not null) facts.Add(fact);
            settlements.Add(settlement);
            if (settlement.Retry is null && outcome.Unit.UnitsOfMessage == 1) services.Messages.Remove(outcome.Unit.MessageKey);
        }

        return ValueTask.FromResult(EnqueueJudged(facts, settlements));
    }

    public ValueTask<long> Report(IReadOnlyList<DeliveryFeedback> feedback, CancellationToken cancellationToken)
    {
        if (_row is null) return ValueTask.FromResult(0L);
        // What left before this tenant was created is of another one that had the name.
        var own = feedback.Where(f => f.SentAt >= _row.CreatedAt).Select(f => OutcomeRules.Judge(f, Now));
        return ValueTask.FromResult(EnqueueJudged([.. own], []));
    }

    public async ValueTask<long> Recover(IReadOnlyList<UnsettledUnit> units, CancellationToken cancellationToken)
    {
        if (_row is null) return 0;
        var now = Now;
        _bucket = new TokenBucket(services.Options.SendRate, services.Options.SendBurst, now, full: false);
        var events = new List<TenantEvent>(units.Count);
        var settlements = new List<UnitSettlement>(units.Count);
        foreach (var unsettled in units)
        {
            var message = await Spool.ReadMessage(unsettled.Unit.MessageKey, cancellationToken);
            var (fact, settlement) = OutcomeRules.AfterCrash(
                unsettled, message?.Envelope.MessageId, services.Options.CrashesBeforeSetAside, now);
            events.Add(fact);
            settlements.Add(settlement);
        }

        return Enqueue(events, settlements: settlements);
    }

    private async ValueTask<AdmissionRefusal?> Refusal(SendScope scope, CancellationToken cancellationToken)
    {
        if (_row is null) return new AdmissionRefusal(AdmissionResult.NoSuchTenant, null, []);
        if (name != TenantName.Account)
        {
            _associations ??= await LoadAssociations(cancellationToken);
            var missing = scope.ResourceArns.Where(arn => !_associations.Contains(arn)).ToArray();
            if (missing.Length > 0) return new AdmissionRefusal(AdmissionResult.NotAssociated, Arn, missing);
        }

        return _ledger!.Standing.MaySend ? null : new AdmissionRefusal(AdmissionResult.Disabled, Arn, []);
    }

    private async ValueTask<SortedSet<string>> LoadAssociations(CancellationToken cancellationToken)
    {
        var page = await services.Store.Resources.ListByTenant(name, null, null, services.Options.MaxAssociations, cancellationToken);
        return new SortedSet<string>(page.Items.Select(a => a.ResourceArn), StringComparer.Ordinal);
    }

    private void Book(PermitUse use, DateTimeOffset now)
    {
        _inHand = use.InHand;
        // Reservations of an activation that was dropped are gone with it: never more than there are.
        var started = (int)Math.Min(use.Started, _bucket!.Reserved);
        if (started > 0) _bucket.Consume(started, now);
        var unused = (int)Math.Min(use.Unused, _bucket.Reserved);
        if (unused > 0) _bucket.Return(unused);
    }

    /// <summary>
    /// Applies facts one by one and lets the rules look after each, with the fact's own time: a replay of the same facts makes the
    /// same decisions. A pause closes the gate here, before anything is on disk.
    /// </summary>
    private long EnqueueJudged(IReadOnlyList<TenantEvent> facts, IReadOnlyList<UnitSettlement> settlements)
    {
        if (facts.Count == 0 && settlements.Count == 0) return 0;
        var events = TenantJudge.Follow(_ledger!, facts, services.Thresholds);
        if (!_ledger!.Standing.MaySend) _gate.Close();
        return EnqueueApplied(events, settlements: settlements);
    }
}
