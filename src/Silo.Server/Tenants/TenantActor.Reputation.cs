using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Core.Trust;
using Silo.Server.Policies;
using Silo.Storage;

namespace Silo.Server.Tenants;

// Findings from outside, policies of the platform's own, and what open findings do besides pausing.
public sealed partial class TenantActor
{
    private StandingEffects _effects = StandingEffects.None;
    private TenantStanding? _effectsOf;

    private ReputationThresholds Thresholds => _ledger!.ThresholdsOr(services.Thresholds);

    /// <summary>A finding about the volume is news, and says nothing against the tenant's mail.</summary>
    private bool IsFindingOpen => _ledger!.Standing.OpenFindings.Any(f => f.Type != FindingType.Volume);

    public async ValueTask<bool> TakeReport(ExternalReport report, CancellationToken cancellationToken)
    {
        var ticket = PutInLine(report);
        if (ticket != 0) await Spool.WhenCommitted(ticket, cancellationToken);
        return ticket != 0;
    }

    /// <summary>The part of <see cref="TakeReport"/> that needs the tenant's turn. 0: there is no such tenant.</summary>
    internal long PutInLine(ExternalReport report) => _row is null
        ? 0
        : EnqueueJudged([EventOf(report)], []);

    private TenantEvent EventOf(ExternalReport report) => report.Kind switch
    {
        ExternalReportKind.IdentityFaulty or ExternalReportKind.IdentityMended => new TenantEvent
        {
            Kind = report.Kind == ExternalReportKind.IdentityFaulty
                ? TenantEventKind.IdentityFaultFound : TenantEventKind.IdentityFaultEnded,
            At = Now, Identity = new IdentityAdvice(report.Source, report.Detail ?? ""), Units = 0,
        },
        _ => new TenantEvent { Kind = TenantEventKind.ExternalReported, At = Now, Report = report, Units = 0 },
    };

    public ValueTask<TenantReputation?> Reputation(CancellationToken cancellationToken)
    {
        if (_row is null) return ValueTask.FromResult<TenantReputation?>(null);
        var (now, ledger) = (Now, _ledger!);
        var rows = new List<ReputationRow>();
        foreach (var window in Enum.GetValues<ReputationWindow>())
        {
            rows.Add(new ReputationRow(window, null, ledger.Counters.Volume(window, now)));
            foreach (var provider in ledger.Counters.Providers)
            {
                var volume = ledger.Counters.Volume(provider, window, now);
                if (volume != default) rows.Add(new ReputationRow(window, provider, volume));
            }
        }

        var (hour, score, median) = ledger.Volumes.Score(now);
        return ValueTask.FromResult<TenantReputation?>(new TenantReputation(
            name, now, ledger.Standing, rows, Findings(now), ledger.FindingHistory,
            [.. ledger.External.Reports.Where(r => now - r.At < ExternalReports.Window)], ledger.External.ListedAt(now))
        {
            HourVolume = hour, HourScore = score, HourMedian = median,
        });
    }

    public async ValueTask<bool> FollowPolicy(string policyName, CancellationToken cancellationToken)
    {
        if (_row is null) return false;
        if (_ledger!.Standing.Custom is not { } used || used.Name != policyName)
        {
            // Left behind by a change of policy that was broken off.
            await services.Store.Resources.Dissociate(name, services.Arns.OwnPolicy(policyName), cancellationToken);
            ForgetAssociations();
            return false;
        }

        if (await PolicyResources.Get(services.Store.Resources, policyName, cancellationToken) is not { } policy) return false;
        if (policy.Revision != used.Revision) await Decide(StandingRules.SetPolicy(_ledger.Standing, policy, Now), cancellationToken);
        return true;
    }

    /// <summary>
    /// Makes the tenant go by a policy of the platform's own. Associated first and read then: whoever changes the policy meanwhile either
    /// finds the tenant among its users, or has written before this reads.
    /// </summary>
    private async ValueTask<StandingReply> SetOwnPolicy(string policyName, TenantTrust? trust, CancellationToken cancellationToken)
    {
        var before = _ledger!.Standing.Custom?.Name;
        var associated = await services.Store.Resources.Associate(
            new Association(name, _row!.TenantId, services.Arns.OwnPolicy(policyName), ResourceKind.ReputationPolicy, policyName, Now),
            // Not one of those that the tenant may have; it has at most two, while one gives way to another.
            int.MaxValue, cancellationToken);
        if (associated == AssociationResult.NoSuchResource) return NoSuchPolicy();
        if (await PolicyResources.Get(services.Store.Resources, policyName, cancellationToken) is not { } policy) return NoSuchPolicy();
        var reply = await Decide(StandingRules.SetPolicy(_ledger.Standing, policy, Now), cancellationToken, trust);
        if (before is not null && before != policyName) await LeavePolicy(before, cancellationToken);
        return reply;

        StandingReply NoSuchPolicy() => new(true, _ledger!.Standing.Aggregate, 0) { NoSuchPolicy = true };
    }

    private async ValueTask<StandingReply> Decide(
        StandingChange change, CancellationToken cancellationToken, TenantTrust? trust = null)
    {
        if (!change.Next.MaySend) Gate.Close();
        var now = Now;
        var events = new List<TenantEvent>
        {
            new()
            {
                Kind = TenantEventKind.PolicyChanged, At = now, Standing = change.Transitions.Count == 0 ? change.Next : null, Trust = trust,
            },
        };
        // A pause that follows from it is an event of its own, with its cause; the last one carries the standing.
        for (var i = 0; i < change.Transitions.Count; i++)
        {
            var standing = i == change.Transitions.Count - 1 ? change.Next : null;
            events.Add(TenantJudge.Of(change.Transitions[i], change.Next, now) with { Standing = standing });
        }

        await Commit(events, cancellationToken);
        return await Obey(cancellationToken);
    }

    private async ValueTask LeavePolicy(string policyName, CancellationToken cancellationToken)
    {
        await services.Store.Resources.Dissociate(name, services.Arns.OwnPolicy(policyName), cancellationToken);
        ForgetAssociations();
    }

    private IReadOnlyList<Finding> Findings(DateTimeOffset now) =>
    [
        .. _ledger!.ClosedFindings,
        .. _ledger.Standing.OpenFindings.Select(f => ReputationRules.Refresh(f, _ledger.Counters, Thresholds, now)),
    ];

    /// <summary>Lets rate and providers follow the findings that are open; to be called when the standing may have changed.</summary>
    private void FollowFindings()
    {
        var standing = _ledger!.Standing;
        if (ReferenceEquals(_effectsOf, standing)) return;
        var before = _effects;
        (_effects, _effectsOf) = (StandingEffects.Of(standing), standing);
        if (_bucket is null) return;
        if (before.RateFactor != _effects.RateFactor) _bucket.Change(SendRate, SendBurst, Now);
        // It may rest for what does not hold any more.
        if (_effects.RateFactor > before.RateFactor || before.ParkedProviders.Except(_effects.ParkedProviders).Any())
            services.Dispatcher().Wake(_row!.TenantKey, name);
    }
}
