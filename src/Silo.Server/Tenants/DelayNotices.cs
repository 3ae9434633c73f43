using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Tenants;

/// <summary>
/// Of which delays the sender of a delivery is told, and that it is told once of each kind. A pause and an order that holds mail are no
/// delays: whoever gave the order knows, and the time does not count. Pure.
/// </summary>
internal static class DelayNotices
{
    private const string WayOut = "way out";

    /// <summary>
    /// What the fact about an attempt that was put off says of a delay, and what the sender of the unit was told with it.
    /// </summary>
    /// <param name="tried">The unit as it goes back to the queue.</param>
    public static DelayNotice Of(Outcome outcome, QueuedUnit tried, Envelope envelope, SendingTerms terms, DateTimeOffset retryAt)
    {
        var (result, told) = (outcome.Result, outcome.Unit.DelaysTold);
        var type = DelayRules.TypeOf(result);
        if (type == DelayType.None || DelayRules.WasTold(told, type)) return new DelayNotice(DelayType.None, told, null);
        var isBudget = DelayRules.IsBudgetOfTheOtherSide(result);
        var isLong = isBudget ? HasWaited(tried, envelope, terms, outcome.EndedAt)
            : retryAt - tried.FirstAttemptAt >= DelayRules.ShortestDelay;
        return isLong
            ? new DelayNotice(type, told | DelayRules.BitOf(type), isBudget ? result.Diagnostic ?? WayOut : null)
            : new DelayNotice(DelayType.None, told, null);
    }

    /// <summary>
    /// A unit came back for which the way out has no room; the fact that tells of it, if it has waited for long, else null.
    /// </summary>
    public static TenantEvent? NoRoom(Outcome outcome, Envelope envelope, SendingTerms terms, TimeSpan lifetime) =>
        outcome.Result.RestsUntil is null || DelayRules.WasTold(outcome.Unit.DelaysTold, DelayType.SendingDeferral)
            || !HasWaited(outcome.Unit, envelope, terms, outcome.EndedAt)
            ? null
            : Fact(outcome.Unit, envelope, DelayType.SendingDeferral, outcome.Result.Diagnostic ?? WayOut, lifetime, outcome.EndedAt);

    /// <summary>A unit was found waiting; neither a fact nor a settlement when there is nothing to tell.</summary>
    public static (TenantEvent? Fact, UnitSettlement? Settlement) Waited(
        SiftedUnit waiting, SendingTerms terms, TimeSpan lifetime, DateTimeOffset now)
    {
        var (unit, envelope) = (waiting.Unit, waiting.Envelope);
        if (DelayRules.WasTold(unit.DelaysTold, waiting.Delay) || terms.IsTooOld(envelope)) return (null, null);
        if (now - Later(unit.DueAt, terms.WaitsCountFrom) < DelayRules.LongestUntoldWait) return (null, null);
        var told = unit.DelaysTold | DelayRules.BitOf(waiting.Delay);
        return (
            Fact(unit, envelope, waiting.Delay, waiting.WaitsFor!, lifetime, now),
            new UnitSettlement(
                unit.Id, unit.MessageKey, unit.UnitsOfMessage, ReleaseId: 0, OutcomeRules.Same(unit) with { DelaysTold = told }));
    }

    /// <summary>When the delivery is given up, as events say it: null while that is not known.</summary>
    public static DateTimeOffset? ExpiresAt(QueuedUnit unit, Envelope envelope, TimeSpan lifetime) =>
        OutcomeRules.ExpiresAt(unit, envelope, lifetime) is var at && at < DateTimeOffset.MaxValue ? at : null;

    public static TenantEvent Fact(
        QueuedUnit unit, Envelope envelope, DelayType type, string waitsFor, TimeSpan lifetime, DateTimeOffset now) => new()
    {
        Kind = TenantEventKind.Waited, At = now, MessageId = envelope.MessageId, Recipient = unit.Recipient, Provider = unit.Provider,
        Attempts = unit.Attempts, Delay = type, WaitsFor = waitsFor, ExpiresAt = ExpiresAt(unit, envelope, lifetime),
    };

    /// <summary>What comes back again and again before its first attempt has waited since it could leave.</summary>
    private static bool HasWaited(QueuedUnit unit, Envelope envelope, SendingTerms terms, DateTimeOffset now) =>
        unit.FirstAttemptAt is null && now - Later(envelope.LeavesFrom, terms.WaitsCountFrom) >= DelayRules.LongestUntoldWait;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;
}

/// <param name="Type">None: nothing to tell.</param>
/// <param name="DelaysTold">As <see cref="UnitRetry.DelaysTold"/> from now on.</param>
/// <param name="WaitsFor">The budget, for one that waits for one.</param>
internal readonly record struct DelayNotice(DelayType Type, int DelaysTold, string? WaitsFor);
