using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.QueueControl;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Tenants;

/// <summary>
/// What an outcome means: the fact to record, and whether the unit is done or goes back to the queue. Pure; jitter comes in.
/// </summary>
internal static class OutcomeRules
{
    // A refused MAIL concerns this sender at this route. It burns no attempt, so nothing grows; this is how long it rests.
    private static readonly TimeSpan RefusedSenderDelay = TimeSpan.FromMinutes(5);

    // Long enough for a disk to come to itself, and for a unit on a bad page not to keep the readers busy.
    private static readonly TimeSpan UnreadableDelay = TimeSpan.FromSeconds(30);

    private const string TooOld = "The message is older than was to be sent when its tenant was resumed.";

    /// <summary>When the unit is given up; never before its first attempt unless the configuration set limits the delivery time.</summary>
    public static DateTimeOffset ExpiresAt(QueuedUnit unit, Envelope envelope, TimeSpan lifetime) =>
        RetrySchedule.ExpiresAt(envelope.LeavesFrom, unit.FirstAttemptAt, envelope.MaxDeliverySeconds, lifetime) ?? DateTimeOffset.MaxValue;

    public static (TenantEvent? Fact, UnitSettlement Settlement) Judge(
        Outcome outcome, TimeSpan lifetime, SendingTerms terms, MailboxProviders providers, double jitter)
    {
        var (fact, settlement) = Decide(outcome, lifetime, terms, jitter);
        return (fact is null ? null : fact with { FeedbackLoop = providers.Of(outcome.Unit.Recipient, outcome.Unit.Provider).HasFeedbackLoop }, settlement);
    }

    private static (TenantEvent? Fact, UnitSettlement Settlement) Decide(Outcome outcome, TimeSpan lifetime, SendingTerms terms, double jitter)
    {
        var (unit, result) = (outcome.Unit, outcome.Result);
        if (outcome.Envelope is not { } envelope) return WithoutMessage(outcome);
        switch (result.Kind)
        {
            case DeliveryResultKind.Delivered:
                return (Fact(outcome, envelope, TenantEventKind.Delivered), Final(outcome));
            case DeliveryResultKind.HandedOver:
                return (Fact(outcome, envelope, TenantEventKind.HandedOver), Final(outcome));
            case DeliveryResultKind.HardBounce:
                return (Fact(outcome, envelope, TenantEventKind.HardBounced), Final(outcome));
            case DeliveryResultKind.SoftBounce:
                return (Fact(outcome, envelope, TenantEventKind.SoftBounced), Final(outcome));
            case DeliveryResultKind.Blocked:
                return (Fact(outcome, envelope, TenantEventKind.Blocked), Final(outcome));
            case DeliveryResultKind.NotStarted:
                return NotStarted(outcome, envelope, lifetime, terms);
            default:
                return Again(outcome, envelope, lifetime, terms, jitter);
        }
    }

    public static TenantEvent Judge(DeliveryFeedback feedback, MailboxProviders providers, DateTimeOffset now)
    {
        var (kind, fallback) = feedback.Kind switch
        {
            FeedbackKind.Complaint => (TenantEventKind.Complained, BounceSubType.None),
            FeedbackKind.HardBounce => (TenantEventKind.HardBounced, BounceSubType.General),
            FeedbackKind.SoftBounce => (TenantEventKind.SoftBounced, BounceSubType.General),
            FeedbackKind.Blocked => (TenantEventKind.Blocked, BounceSubType.None),
            FeedbackKind.Opened => (TenantEventKind.Opened, BounceSubType.None),
            FeedbackKind.Clicked => (TenantEventKind.Clicked, BounceSubType.None),
            FeedbackKind.Unsubscribed => (TenantEventKind.Unsubscribed, BounceSubType.None),
            FeedbackKind.PreferencesChanged => (TenantEventKind.PreferencesChanged, BounceSubType.None),
            _ => (TenantEventKind.Delivered, BounceSubType.None),
        };
        var movesUnit = feedback.Kind
            is FeedbackKind.Delivered or FeedbackKind.HardBounce or FeedbackKind.SoftBounce or FeedbackKind.Blocked;
        return new TenantEvent
        {
            Kind = kind, At = now, MessageId = feedback.MessageId, Engagement = feedback.Engagement, IsFirst = feedback.IsFirst,
            Recipient = feedback.Recipient.Length == 0 ? null : feedback.Recipient, SentAt = feedback.SentAt,
            Provider = feedback.Recipient.Length == 0
                ? providers.Numbered(MessageIdFormat.ProviderOf(feedback.MessageId)) : providers.NameFor(feedback.Recipient),
            FeedbackLoop = providers.Of(feedback.Recipient).HasFeedbackLoop,
            Simulated = feedback.Simulated || MailboxSimulator.IsOfSes(feedback.Recipient), SendingDomain = feedback.SendingDomain,
            // What the recipient does moves no unit: it was delivered and stays so.
            Previous = movesUnit && !feedback.InDoubt ? feedback.Previous : null,
            InDoubt = movesUnit && feedback.InDoubt,
            Bounce = feedback.BounceSubType == BounceSubType.None ? fallback : feedback.BounceSubType,
            ComplaintType = feedback.ComplaintType, Diagnostic = feedback.Diagnostic, Subscription = feedback.Subscription,
        };
    }

    /// <summary>A unit that was in hand when the process ended: nobody knows whether it left.</summary>
    public static (TenantEvent Fact, UnitSettlement Settlement) AfterCrash(
        UnsettledUnit unsettled, string? messageId, int crashesBeforeSetAside, DateTimeOffset now)
    {
        var unit = unsettled.Unit;
        var crashes = unit.Crashes + 1;
        var setAside = crashes >= crashesBeforeSetAside;
        var fact = new TenantEvent
        {
            Kind = setAside ? TenantEventKind.SetAside : TenantEventKind.PossibleDuplicate, At = now, MessageId = messageId,
            Recipient = unit.Recipient, Provider = unit.Provider, Attempts = unit.Attempts + 1, RetryAt = setAside ? null : now, Diagnostic = "The process ended while the message was in hand.",
        };
        var retry = new UnitRetry(
            setAside ? DateTimeOffset.MaxValue : now, unit.Attempts + 1, unit.FirstAttemptAt ?? now, crashes, PossibleDuplicate: true)
        {
            DelaysTold = unit.DelaysTold, OverflowPool = unit.OverflowPool,
        };
        return (fact, new UnitSettlement(unit.Id, unit.MessageKey, unit.UnitsOfMessage, unsettled.ReleaseId, retry));
    }

    /// <summary>What the orders in force do to a unit that waits; neither a fact nor a settlement when they do nothing.</summary>
    public static (TenantEvent? Fact, UnitSettlement? Settlement) Sift(
        QueuedUnit unit, Envelope envelope, IReadOnlyList<QueueOrder> orders, int crashesBeforeSetAside, DateTimeOffset now)
    {
        var (toPool, order) = QueueOrder.Decide(orders, envelope, unit.Recipient, unit.LeavesBy, unit.Provider);
        if (order is { Action: QueueAction.Cancel })
        {
            return (new TenantEvent
            {
                Kind = TenantEventKind.Cancelled, At = now, MessageId = envelope.MessageId, Recipient = unit.Recipient, Provider = unit.Provider,
                Diagnostic = order.Cause, OrderId = order.Id,
            }, Settlement(null));
        }

        var isAside = unit.DueAt == DateTimeOffset.MaxValue;
        if (order is not null) return isAside && toPool is null ? (null, null) : (null, Settlement(DateTimeOffset.MaxValue));
        if (!isAside || unit.Crashes >= crashesBeforeSetAside) return toPool is null ? (null, null) : (null, Settlement(unit.DueAt));
        // One that was never tried gets its place back; the others are due.
        return (null, Settlement(unit.Attempts == 0 ? envelope.LeavesFrom : now));

        UnitSettlement Settlement(DateTimeOffset? dueAt) => new(
            unit.Id, unit.MessageKey, unit.UnitsOfMessage, ReleaseId: 0,
            dueAt is null ? null : Same(unit) with
            {
                DueAt = dueAt.Value, Pool = toPool, OverflowPool = toPool is null ? unit.OverflowPool : null,
            });
    }

    /// <summary>Back to the queue as it was.</summary>
    public static UnitRetry Same(QueuedUnit unit) =>
        new(unit.DueAt, unit.Attempts, unit.FirstAttemptAt, unit.Crashes, unit.PossibleDuplicate)
        {
            DelaysTold = unit.DelaysTold, OverflowPool = unit.OverflowPool,
        };

    private static (TenantEvent? Fact, UnitSettlement Settlement) NotStarted(
        Outcome outcome, Envelope envelope, TimeSpan lifetime, SendingTerms terms)
    {
        var unit = outcome.Unit;
        if (outcome.Result.KeptBackAs is { } keptBackAs) return (KeptBack(outcome, envelope, keptBackAs), Final(outcome));
        if (terms.IsTooOld(envelope) || ExpiresAt(unit, envelope, lifetime) <= outcome.EndedAt)
            return (Expired(outcome, envelope, terms), Final(outcome));
        var (toPool, order) = QueueOrder.Decide(terms.Orders, envelope, unit.Recipient, unit.LeavesBy, unit.Provider);
        if (order is { Action: QueueAction.Cancel })
            return (Fact(outcome, envelope, TenantEventKind.Cancelled) with { Diagnostic = order.Cause, OrderId = order.Id }, Final(outcome));
        // Its place in the queue is kept: same due time, same attempts. One that is held waits for its release, and one for which there was
        // no room comes back when there may be.
        var dueAt = order is null ? outcome.Result.RestsUntil ?? unit.DueAt : DateTimeOffset.MaxValue;
        var fact = order is null ? DelayNotices.NoRoom(outcome, envelope, terms, lifetime) : null;
        var told = fact is null ? unit.DelaysTold : unit.DelaysTold | DelayRules.BitOf(fact.Delay);
        var overflowPool = toPool is null ? MayOverflow(unit, terms) : null;
        return (fact, Back(outcome, Same(unit) with { DueAt = dueAt, DelaysTold = told, Pool = toPool, OverflowPool = overflowPool }));
    }

    private static (TenantEvent? Fact, UnitSettlement Settlement) Again(
        Outcome outcome, Envelope envelope, TimeSpan lifetime, SendingTerms terms, double jitter)
    {
        var (unit, kind) = (outcome.Unit, outcome.Result.Kind);
        // The route's fault burns no attempt, but the lifetime began: mail does not wait for ever on a dead route.
        var attempts = kind == DeliveryResultKind.RouteFailed ? unit.Attempts : unit.Attempts + 1;
        // Waiting for a budget costs no lifetime, be it the other side's.
        var awaitsBudget = DelayRules.IsBudgetOfTheOtherSide(outcome.Result);
        var firstAttemptAt = unit.FirstAttemptAt ?? (awaitsBudget ? null : outcome.StartedAt ?? outcome.EndedAt);
        var tried = unit with { Attempts = attempts, FirstAttemptAt = firstAttemptAt };
        var expiresAt = ExpiresAt(tried, envelope, lifetime);
        TimeSpan? delay = kind != DeliveryResultKind.RouteFailed
            ? RetrySchedule.NextDelay(attempts, outcome.EndedAt - firstAttemptAt!.Value, jitter, lifetime)
            : outcome.Result.RestsUntil is { } restsUntil ? TimeSpan.FromTicks(Math.Max(0, (restsUntil - outcome.EndedAt).Ticks))
            : outcome.Result.Stage < DeliveryStage.Mail ? TimeSpan.Zero : RefusedSenderDelay;
        var retryAt = outcome.EndedAt + (delay ?? TimeSpan.Zero);
        if (delay is null || retryAt >= expiresAt || terms.IsTooOld(envelope)) return (Expired(outcome, envelope, terms), Final(outcome));

        var inDoubt = kind == DeliveryResultKind.InDoubt;
        var delayed = DelayNotices.Of(outcome, tried, envelope, terms, retryAt);
        var retry = new UnitRetry(retryAt, attempts, firstAttemptAt, unit.Crashes, unit.PossibleDuplicate || inDoubt)
        {
            DelaysTold = delayed.DelaysTold, OverflowPool = MayOverflow(unit, terms),
        };
        // Nobody was asked, so there is nothing to tell but where it waits.
        if (awaitsBudget && outcome.StartedAt is null)
        {
            return (delayed.Type == DelayType.None ? null
                : DelayNotices.Fact(tried, envelope, delayed.Type, delayed.WaitsFor!, lifetime, outcome.EndedAt), Back(outcome, retry));
        }

        var fact = Fact(outcome, envelope, inDoubt ? TenantEventKind.PossibleDuplicate : TenantEventKind.Deferred) with
        {
            Attempts = attempts, RetryAt = retryAt,
            AskedToSlowDown = kind == DeliveryResultKind.Deferred && outcome.Result.DeferralScope == DeferralScope.SlowDown,
            Delay = delayed.Type, WaitsFor = delayed.WaitsFor,
            ExpiresAt = delayed.Type == DelayType.None ? null : DelayNotices.ExpiresAt(tried, envelope, lifetime),
        };
        return (fact, Back(outcome, retry));
    }

    /// <summary>What may overflow no more goes back to its own pool when it is settled anyway.</summary>
    private static string? MayOverflow(QueuedUnit unit, SendingTerms terms) =>
        unit.OverflowPool == terms.OverflowPool ? unit.OverflowPool : null;

    /// <summary>A message that is gone takes its unit out of the books; one that could not be read is tried again, for as long as it takes.</summary>
    private static (TenantEvent? Fact, UnitSettlement Settlement) WithoutMessage(Outcome outcome)
    {
        var unit = outcome.Unit;
        if (!outcome.MessageIsGone)
        {
            return (null, Back(outcome, Same(unit) with { DueAt = outcome.EndedAt + UnreadableDelay }));
        }

        return (new TenantEvent
        {
            Kind = TenantEventKind.Cancelled, At = outcome.EndedAt, Recipient = unit.Recipient, Provider = unit.Provider,
            Diagnostic = "The message is not in the spool any more.",
        }, Final(outcome));
    }

    /// <summary>As if its recipient had been on the list at acceptance.</summary>
    private static TenantEvent KeptBack(Outcome outcome, Envelope envelope, BounceSubType subType) => new()
    {
        Kind = TenantEventKind.Suppressed, At = outcome.EndedAt, MessageId = envelope.MessageId, Recipient = outcome.Unit.Recipient,
        Provider = outcome.Unit.Provider, Bounce = subType, ListedFor = outcome.Result.ListedFor,
    };

    private static TenantEvent Expired(Outcome outcome, Envelope envelope, SendingTerms terms)
    {
        var fact = Fact(outcome, envelope, TenantEventKind.Expired);
        return terms.IsTooOld(envelope) ? fact with { Bounce = BounceSubType.General, Diagnostic = TooOld }
            : fact with { Bounce = envelope.MaxDeliverySeconds is null ? BounceSubType.General : BounceSubType.CustomTimeoutExceeded };
    }

    private static TenantEvent Fact(Outcome outcome, Envelope envelope, TenantEventKind kind) => new()
    {
        Kind = kind,
        At = outcome.EndedAt,
        MessageId = envelope.MessageId,
        Recipient = outcome.Unit.Recipient,
        Provider = outcome.Unit.Provider,
        SentAt = outcome.StartedAt,
        // Over SES or MX it is SES that simulates.
        Simulated = outcome.Result.Simulated || MailboxSimulator.IsOfSes(outcome.Unit.Recipient),
        CommonCause = outcome.CommonCause,
        Bounce = outcome.Result.BounceSubType,
        Diagnostic = outcome.Result.Reply?.ToString() ?? outcome.Result.Diagnostic,
        RemoteHost = outcome.Result.RemoteHost,
        RemoteId = outcome.Result.RemoteId,
        Attempts = outcome.Unit.Attempts + 1,
    };

    private static UnitSettlement Final(Outcome outcome) => Back(outcome, null);

    private static UnitSettlement Back(Outcome outcome, UnitRetry? retry) =>
        new(outcome.Unit.Id, outcome.Unit.MessageKey, outcome.Unit.UnitsOfMessage, outcome.ReleaseId, retry);
}
