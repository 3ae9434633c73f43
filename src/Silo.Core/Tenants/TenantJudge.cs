using Silo.Core.Reputation;
using Silo.Core.Suspension;

namespace Silo.Core.Tenants;

/// <summary>Applies facts to a ledger and lets the rules look after each one: what they decide are events too, right behind the fact.</summary>
public static class TenantJudge
{
    /// <summary>Returns the facts and the decisions, numbered and applied, in their order.</summary>
    public static IReadOnlyList<TenantEvent> Follow(
        TenantLedger ledger, IReadOnlyList<TenantEvent> facts, ReputationThresholds thresholds)
    {
        var events = new List<TenantEvent>(facts.Count);
        foreach (var fact in facts)
        {
            events.Add(ledger.Append(fact));
            var changes = IsOfAcceptance(fact) ? ledger.EvaluateVolume(thresholds, fact.At) : ledger.Evaluate(thresholds, fact.At);
            if (!changes.IsEmpty) Decide(ledger, changes, fact.At, events);
        }

        return events;
    }

    // Acceptance must cost little, and moves no rate.
    private static bool IsOfAcceptance(TenantEvent fact) =>
        fact.Kind is TenantEventKind.Accepted or TenantEventKind.Suppressed or TenantEventKind.Rejected;

    /// <summary>
    /// A look without a fact: a finding closes when enough time has passed without a bad outcome, and nobody sends while it passes.
    /// Returns the decisions, numbered and applied; usually none.
    /// </summary>
    public static IReadOnlyList<TenantEvent> Look(TenantLedger ledger, ReputationThresholds thresholds, DateTimeOffset now)
    {
        var due = ledger.NextLook(thresholds);
        if (due is null) return EndReinstatement(ledger, now);
        if (due > now) return [];
        var events = new List<TenantEvent>();
        var changes = ledger.Evaluate(thresholds, now);
        if (!changes.IsEmpty) Decide(ledger, changes, now, events);
        return events;
    }

    /// <summary>
    /// The way out refused a hand-over since the tenant may not send there: a pause by the platform, since only its operator can settle
    /// that. Null when nothing changes; when the operator has decided since the hand-over began, it tells of the time before.
    /// </summary>
    /// <param name="cause">In the words of the other side, 1 to 512 characters.</param>
    /// <param name="startedAt">When the hand-over began that was refused.</param>
    public static TenantEvent? Suspend(TenantLedger ledger, string cause, DateTimeOffset startedAt, DateTimeOffset now)
    {
        if (startedAt < ledger.Standing.Platform.UpdatedAt) return null;
        var change = StandingRules.SetPlatformStatus(ledger.Standing, SendingStatus.Disabled, cause, now);
        if (change.Transitions.Count == 0) return null;
        return ledger.Append(new TenantEvent
        {
            Kind = TenantEventKind.StatusChanged, At = now, Standing = change.Next, Origin = StatusOrigin.PlatformManaged, Cause = cause,
        });
    }

    /// <summary>
    /// The findings first, then the status that follows from them; the last event carries the standing as it is after all of them, and
    /// the earlier ones none, since a standing holds findings and status together.
    /// </summary>
    private static void Decide(TenantLedger ledger, FindingChanges changes, DateTimeOffset at, List<TenantEvent> events)
    {
        changes = changes with { Opened = WithSamples(ledger, changes.Opened), Raised = WithSamples(ledger, changes.Raised) };
        var change = StandingRules.ApplyFindings(ledger.Standing, changes, at);
        var decisions = new List<TenantEvent>();
        decisions.AddRange(changes.Closed.Select(f => Of(TenantEventKind.FindingClosed, f)));
        decisions.AddRange(changes.Lowered.Select(f => Of(TenantEventKind.FindingChanged, f) with { Step = FindingStep.Lowered }));
        decisions.AddRange(changes.Raised.Select(f => Of(TenantEventKind.FindingChanged, f) with { Step = FindingStep.Raised }));
        decisions.AddRange(changes.Opened.Select(f => Of(TenantEventKind.FindingOpened, f)));
        decisions.AddRange(change.Transitions.Select(t => TenantJudge.Of(t, change.Next, at)));
        for (var i = 0; i < decisions.Count; i++)
        {
            events.Add(ledger.Append(i == decisions.Count - 1 ? decisions[i] with { Standing = change.Next } : decisions[i]));
        }

        TenantEvent Of(TenantEventKind kind, Finding finding) => new() { Kind = kind, At = at, Finding = finding };
    }

    /// <summary>A transition that findings brought about, with the one that did as its evidence.</summary>
    public static TenantEvent Of(StandingTransition transition, TenantStanding standing, DateTimeOffset at) => new()
    {
        Kind = TenantEventKind.StatusChanged, At = at, Origin = transition.Origin, Cause = transition.Record.Cause,
        Finding = transition.Record.Status == SendingStatus.Disabled ? StandingRules.Pausing(standing, standing.OpenFindings) : null,
    };

    private static IReadOnlyList<TenantEvent> EndReinstatement(TenantLedger ledger, DateTimeOffset now)
    {
        var change = StandingRules.EndReinstatement(ledger.Standing, now);
        return
        [
            .. change.Transitions.Select((t, i) => ledger.Append(
                Of(t, change.Next, now) with { Standing = i == change.Transitions.Count - 1 ? change.Next : null })),
        ];
    }

    private static IReadOnlyList<Finding> WithSamples(TenantLedger ledger, IReadOnlyList<Finding> findings) =>
        findings.Count == 0 ? findings : [.. findings.Select(f => f with { SampleMessageIds = ledger.SamplesOf(f.Type) })];
}
