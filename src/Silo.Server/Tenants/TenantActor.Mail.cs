using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Core.Suppression;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Tenants;

// Mail on its way: admission, permits, outcomes, feedback, recovery.
public sealed partial class TenantActor
{
    private const int QueueWorthCaching = 1_024;

    public async ValueTask<Admission> Admit(AdmitMessage message, CancellationToken cancellationToken)
    {
        var (refusal, ticket, earlierId) = await PutInLine(message, cancellationToken);
        if (refusal is null) await Spool.WhenCommitted(ticket, cancellationToken);
        return new Admission(refusal) { EarlierId = earlierId };
    }

    private async ValueTask<(AdmissionRefusal? Refusal, long Ticket)> TakeIn(AdmitMessage message, CancellationToken cancellationToken)
    {
        if (_row is not null && IsTrustDue(Now)) await FollowTrust(Now, cancellationToken);
        message = WithoutListed(message);
        var units = message.Recipients.Count + message.Suppressed.Count + message.Rejected.Count;
        if (await Refusal(message.Scope, cancellationToken) is { } refusal) return (refusal, 0);
        // From here on nothing is waited for: two sends at once do not both find the room that one of them takes.
        if (OverQuota(units, message.Envelope.AcceptedAt) is { } over) return (over, 0);
        if (_ledger!.Books.Open + units > services.Options.BacklogCap)
            return (new AdmissionRefusal(AdmissionResult.BacklogFull, Arn, []), 0);

        var envelope = message.Envelope;
        var sets = SetsOf([envelope]);
        if (message.RenderingFailure is { } failure)
            return (null, EnqueueJudged([RenderingFailed(message, failure)], [], sets: sets, messageFacts: FactsOf(message), send: MarkOf(message)));
        var events = new List<TenantEvent>(1 + message.Suppressed.Count + message.Rejected.Count)
        {
            new()
            {
                Kind = TenantEventKind.Accepted, At = envelope.AcceptedAt, MessageId = envelope.MessageId, Units = units, Content = message.Score,
                Bytes = envelope.SizeBytes, Scope = ScopeToTell(envelope), Provider = OnlyProvider(message),
                Mail = MailToTell(message),
            },
        };
        foreach (var (address, subType) in message.Suppressed)
        {
            events.Add(new TenantEvent
            {
                Kind = TenantEventKind.Suppressed, At = envelope.AcceptedAt, MessageId = envelope.MessageId, Recipient = address, Bounce = subType,
                ListedFor = WhyListed(message, address),
            });
        }

        events.AddRange(RejectionsOf(message));

        MessageAppend? append = null;
        if (message.Recipients.Count > 0)
        {
            var key = Spool.NextIds(message.Recipients.Count + 1);
            append = new MessageAppend(key, envelope, message.Content, message.Recipients, envelope.LeavesFrom)
            {
                Stream = message.Stream, Pool = message.Pool, Providers = NamedFor(message.Recipients),
                SendingDomain = SendingDomain.Of(envelope),
            };
            // The last of a long queue leaves long after it came: kept in memory it would push out what leaves now.
            if (_ledger.Books.Open <= QueueWorthCaching && envelope.ScheduledFor is null) services.Messages.Add(key, envelope, message.Content);
        }

        var ticket = EnqueueJudged(events, [], append: append, sets: sets, messageFacts: FactsOf(message), send: MarkOf(message));
        return (null, await AfterRejections(message, ticket, cancellationToken));
    }

    private AcceptedMail? MailToTell(AdmitMessage message) => !services.KeepsInsights ? null : AcceptedMail.Of(
        message.Envelope, [.. message.Recipients, .. message.Suppressed.Select(s => s.Address), .. message.Rejected]);

    /// <summary>Null when all of them are known by their domains, as most are.</summary>
    private string?[]? NamedFor(IReadOnlyList<string> recipients)
    {
        string?[]? names = null;
        for (var i = 0; i < recipients.Count; i++)
            if (services.Providers.NameFor(recipients[i]) is { } name) (names ??= new string?[recipients.Count])[i] = name;
        return names;
    }

    public ValueTask<Permits> Permit(PermitRequest request, CancellationToken cancellationToken)
    {
        if (!Serves(request.TenantKey, request.Incarnation)) return ValueTask.FromResult(new Permits(0, null));
        var now = Now;
        Book(request.Use, now);
        _warmUp.Asked(request.Use);
        return MustBegin(request) is { } key ? BeginDomain(key, request, cancellationToken) : ValueTask.FromResult(Permit(request, now));
    }

    private Permits Permit(PermitRequest request, DateTimeOffset now)
    {
        var (wanted, provider) = (request.Wanted, request.Provider);
        if (!_ledger!.Standing.MaySend) return Answer(0, null);
        // The queue goes by what was, and can know by now.
        if (wanted > 0 && !IsOfNow(request)) return Answer(0, now);
        // At the cap only an outcome helps, and an outcome wakes the tenant anyway.
        var unresolved = UnresolvedCap(now) - _inHand;
        if (unresolved <= 0) return Answer(0, null);
        if (wanted > 0 && provider is not null && _effects.ParkedProviders.Contains(provider))
            return Answer(0, null, PermitShortage.ProviderParked);
        var key = _ledger.WarmUp.KeyOf(request.SendingDomain);
        var room = wanted == 0 ? WarmUpRoom.Unlimited
            : request.OverflowPool is not null ? WarmUpRoom.Unlimited with { Term = new PermitTerm(_ledger.WarmUp.SetBy, null, null) }
            : _warmUp.RoomFor(_ledger.WarmUp, key, provider, now);
        var most = Math.Min(wanted, unresolved);
        var ofTotal = Math.Min(most, room.Total);
        var asked = Math.Min(ofTotal, room.Towards);
        var granted = _bucket!.ReserveUpTo(asked, now);
        _inHand += granted;
        _warmUp.Give(room.Term, key, provider, granted);
        if (granted == asked && asked < ofTotal) return Answer(granted, room.TowardsAt, PermitShortage.ProviderWarmUp) with { Term = room.Term };
        if (granted == asked && asked < most) return Answer(granted, room.TotalAt, ShortageOfWarmUp) with { Term = room.Term };
        return Answer(granted, granted < wanted ? _bucket.AvailableAt(1, now) : null) with { Term = room.Term };

        Permits Answer(int permits, DateTimeOffset? askAgainAt, PermitShortage shortage = PermitShortage.Tenant) =>
            new(permits, askAgainAt) { Weight = _ledger.LimitsInForce.Weight ?? 1, Shortage = permits < wanted ? shortage : PermitShortage.None };
    }

    public async ValueTask<long> Record(OutcomeBatch batch, CancellationToken cancellationToken)
    {
        if (!Serves(batch.TenantKey, batch.Incarnation)) return 0L;
        var lists = await ListsFor(
            batch.Outcomes.Where(o => o.Result.Kind == DeliveryResultKind.HardBounce).Select(o => o.Envelope?.ConfigurationSetName), cancellationToken);
        var domains = await OwnDomains(
            batch.Outcomes.Where(o => o.Result is { Kind: DeliveryResultKind.HardBounce, Simulated: false }).Select(o => o.Unit.Recipient),
            cancellationToken);
        Book(batch.Use, Now);
        var outcomes = batch.Repeated ? await NotStoredYet(batch.Outcomes, cancellationToken) : batch.Outcomes;
        var ended = await ReadEnded(outcomes, cancellationToken);
        var (told, marks) = Follow(ended);
        var facts = new List<TenantEvent>(outcomes.Count);
        var settlements = new List<UnitSettlement>(outcomes.Count);
        var terms = Terms;
        foreach (var outcome in outcomes)
        {
            var (fact, settlement) = OutcomeRules.Judge(
                outcome, services.Options.MessageLifetime, terms, services.Providers, services.Jitter());
            if (fact is not null)
            {
                fact = Following(told, outcome, fact);
                facts.Add(AtOwn(domains, Sent(fact, outcome.Unit)));
                lists?.Take(fact, outcome.Envelope?.ConfigurationSetName);
            }

            settlements.Add(settlement);
            if (settlement.Retry is null && outcome.Unit.UnitsOfMessage == 1) services.Messages.Remove(outcome.Unit.MessageKey);
        }

        var ticket = EnqueueJudged(
            facts, settlements, lists?.Entries, outcomes.FirstOrDefault(o => o.Result.SendingSuspended is not null),
            marks, sets: SetsOf(outcomes.Select(o => o.Envelope)));
        if (marks is not null) _feedback!.PutInLine(ticket);
        _warmUp.Settle(_ledger!.WarmUp, batch.Outcomes);
        if (IsTrustDue(Now)) await FollowTrust(Now, cancellationToken);
        return ticket;
    }

    public async ValueTask Report(IReadOnlyList<DeliveryFeedback> feedback, CancellationToken cancellationToken)
    {
        var ticket = await PutInLine(feedback, cancellationToken);
        if (ticket != 0) await Spool.WhenCommitted(ticket, cancellationToken);
    }

    /// <summary>The part of <see cref="Report"/> that needs the tenant's turn. 0: nothing was to be stored.</summary>
    internal async ValueTask<long> PutInLine(IReadOnlyList<DeliveryFeedback> feedback, CancellationToken cancellationToken)
    {
        if (_row is null) return 0;
        var now = Now;
        DeliveryFeedback[] own = [.. feedback.Where(f => IsOwn(f) && now - FeedbackMemory.AcceptedAt(f) < FeedbackMemory.MaxAge)];
        if (own.Length == 0) return 0;
        // Of which configuration set they were is not known here.
        var lists = await ListsFor(
            own.Where(f => f.Kind is FeedbackKind.HardBounce or FeedbackKind.Complaint).Select(_ => (string?)null), cancellationToken);
        var domains = await OwnDomains(
            own.Where(f => f is { Kind: FeedbackKind.HardBounce, Simulated: false }).Select(f => f.Recipient), cancellationToken);
        _feedback ??= new FeedbackMemory(Spool);
        var (news, marks) = _feedback.Take(await _feedback.Read(_row.TenantKey, own, cancellationToken));
        if (news.Count == 0) return Volatile.Read(ref _watched);
        List<TenantEvent> facts = [.. news.Select(f => AtOwn(domains, OutcomeRules.Judge(f, services.Providers, Now)))];
        foreach (var fact in facts) lists?.Take(fact, null);
        var ticket = EnqueueJudged(facts, [], lists?.Entries, marks: marks);
        _feedback.PutInLine(ticket);
        return ticket;
    }

    /// <summary>What left before this tenant was created, or under another key, is of another one that had the name.</summary>
    private bool IsOwn(DeliveryFeedback feedback) =>
        feedback.TenantKey == 0 ? feedback.SentAt >= _row!.CreatedAt : feedback.TenantKey == _row!.TenantKey;

    /// <summary>
    /// Marks units that were in hand when an earlier incarnation ended: back to the queue as possible duplicates, or set aside.
    /// </summary>
    private async ValueTask Recover(IReadOnlyList<UnsettledUnit> units, CancellationToken cancellationToken)
    {
        var now = Now;
        var events = new List<TenantEvent>(units.Count);
        var settlements = new List<UnitSettlement>(units.Count);
        foreach (var unsettled in units)
        {
            var message = await Spool.ReadMessage(unsettled.Unit.MessageKey, cancellationToken);
            var (fact, settlement) = OutcomeRules.AfterCrash(
                unsettled, message?.Envelope.MessageId, services.Options.CrashesBeforeSetAside, now);
            events.Add(Sent(fact, unsettled.Unit));
            settlements.Add(settlement);
        }

        var marks = await FollowCrash(events, cancellationToken);
        await Spool.WhenCommitted(Enqueue(events, settlements: settlements, marks: marks), cancellationToken);
        LogRecovered(services.Logger, units.Count, name);
    }

    private bool Serves(long tenantKey, long incarnation) =>
        _row?.TenantKey == tenantKey && services.Store.Ownership.Incarnation == incarnation;

    private async ValueTask<IReadOnlyList<Outcome>> NotStoredYet(IReadOnlyList<Outcome> outcomes, CancellationToken cancellationToken)
    {
        var inHand = await Spool.FindInHand([.. outcomes.Select(o => new ReleasedUnitId(o.Unit.Id, o.ReleaseId))], cancellationToken);
        return [.. outcomes.Where(o => inHand.Contains(o.Unit.Id))];
    }

    private void Book(PermitUse use, DateTimeOffset now)
    {
        _inHand = use.InHand;
        // Reservations of an activation that was dropped are gone with it: never more than there are.
        var started = (int)Math.Min(use.Started, _bucket!.Reserved);
        if (started > 0) _bucket.Consume(started, now);
        var unused = (int)Math.Min(use.Unused, _bucket.Reserved);
        if (unused > 0) _bucket.Return(unused);
        _warmUp.TakeBack(_ledger!.WarmUp, use.Returned);
    }

    /// <summary>
    /// Applies facts one by one and lets the rules look after each, with the fact's own time: a replay of the same facts makes the
    /// same decisions. A pause closes the gate here, before anything is on disk.
    /// </summary>
    /// <param name="suspended">A hand-over that the way out refused since the tenant may not send there.</param>
    /// <param name="marks">What the facts tell of units that left earlier.</param>
    /// <param name="sets">The configuration sets of the messages that the facts are about, as far as they are at hand.</param>
    /// <param name="messageFacts">Of a message that is accepted with this.</param>
    /// <param name="send">The key of the call that it is accepted for.</param>
    private long EnqueueJudged(
        IReadOnlyList<TenantEvent> facts, IReadOnlyList<UnitSettlement> settlements, IReadOnlyList<NewSuppression>? suppressions = null,
        Outcome? suspended = null, IReadOnlyList<FeedbackMark>? marks = null, MessageAppend? append = null,
        Dictionary<string, string?>? sets = null, MessageFacts? messageFacts = null, SendMark? send = null)
    {
        if (facts.Count == 0 && settlements.Count == 0) return 0;
        var events = TenantJudge.Follow(_ledger!, facts, services.Thresholds);
        if (suspended is { Result.SendingSuspended: { } cause, StartedAt: { } startedAt, EndedAt: var endedAt }
            && TenantJudge.Suspend(_ledger!, cause, startedAt, endedAt) is { } suspension)
        {
            events = [.. events, suspension];
            LogSuspended(services.Logger, name, cause);
        }

        if (!_ledger!.Standing.MaySend) Gate.Close();
        return EnqueueApplied(events, append, settlements, suppressions, marks, sets, messageFacts, send);
    }

    [LoggerMessage(1007, LogLevel.Error, "Tenant {TenantName} may not send on the way out and is paused by the platform: {Cause}")]
    private static partial void LogSuspended(ILogger logger, string tenantName, string cause);

    [LoggerMessage(1001, LogLevel.Warning,
        "{Units} units of tenant {TenantName} were in hand when the process that had them ended; they are possible duplicates now")]
    private static partial void LogRecovered(ILogger logger, int units, string tenantName);
}
