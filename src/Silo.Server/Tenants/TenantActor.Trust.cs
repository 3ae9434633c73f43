using Silo.Core.Limits;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Core.Trust;
using Silo.Storage;

namespace Silo.Server.Tenants;

// Trust tiers: looked after with the tenant's mail, once a day and when something has happened, and when somebody asks.
public sealed partial class TenantActor
{
    private const int MaxTrustSteps = 8;
    private static readonly TimeSpan TrustRetry = TimeSpan.FromSeconds(10);

    private TrustLadder? _ladderSeen;
    private DateOnly _trustDay;
    private IReadOnlyList<Core.Reputation.FindingRecord>? _findingsSeen;
    private bool _hasNewRejects;
    private DateTimeOffset _trustNotBefore;

    private TrustLadder? Ladder => services.Trust?.Current;

    public async ValueTask<TenantTrustReport?> Trust(CancellationToken cancellationToken)
    {
        if (_row is null) return null;
        await FollowTrust(Now, cancellationToken);
        if (services.Reviews is { } reviews) await reviews.Follow(name, _ledger!.Trust.Review, cancellationToken);
        var (now, ledger) = (Now, _ledger!);
        var evidence = TrustRules.Evidence(ledger, Thresholds, now);
        var next = ledger.Trust.Tier is { Promotion: not null } tier ? Ladder?.Above(tier.Rank)?.Name : null;
        return new TenantTrustReport(
            name, now, ledger.Trust, evidence, next is null ? [] : TrustRules.Missing(ledger, evidence), next, ledger.LimitsInForce);
    }

    public async ValueTask<TrustReply> SetTrust(SetTrust command, CancellationToken cancellationToken)
    {
        if (_row is null || name == TenantName.Account) return new TrustReply(TrustResult.NoSuchTenant, null);
        // Whoever asks may have made the tier a moment ago, through another silo.
        if (services.Trust is { } tiers) await tiers.Follow(cancellationToken);
        TrustTier? tier = null;
        if (command.TierName is { } wanted && (tier = Ladder?.Find(wanted)) is null)
            return new TrustReply(TrustResult.NoSuchTier, _ledger!.Trust);
        await Apply(TrustRules.Move(_ledger!, tier, command.Cause, Now), cancellationToken);
        await PutTierPolicyInForce(cancellationToken);
        return new TrustReply(TrustResult.Done, _ledger!.Trust);
    }

    public async ValueTask<TrustReply> DecideReview(TrustDecision decision, CancellationToken cancellationToken)
    {
        if (_row is null) return new TrustReply(TrustResult.NoSuchTenant, null);
        if (decision.Decide(_ledger!, Ladder ?? TrustLadder.Empty, Now) is not { } decided)
            return new TrustReply(TrustResult.NoReview, _ledger!.Trust);
        await Apply(decided, cancellationToken);
        await PutTierPolicyInForce(cancellationToken);
        return new TrustReply(TrustResult.Done, _ledger!.Trust);
    }

    private int UnresolvedCap(DateTimeOffset now) => Math.Min(
        _ledger!.Trust.Tier?.BlastRadius ?? int.MaxValue, EvidenceCap.UnresolvedCap(_ledger.Counters, Thresholds, now, IsFindingOpen));

    /// <summary>Costs a few comparisons: asked with each batch of outcomes and each acceptance.</summary>
    private bool IsTrustDue(DateTimeOffset now) => Ladder is { } ladder && name != TenantName.Account && now >= _trustNotBefore
        && (_hasNewRejects || !ReferenceEquals(ladder, _ladderSeen) || !ReferenceEquals(_ledger!.FindingHistory, _findingsSeen)
            || DateOnly.FromDateTime(now.UtcDateTime) != _trustDay);

    private async ValueTask FollowTrust(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (Ladder is not { } ladder || name == TenantName.Account) return;
        try
        {
            for (var step = 0; step < MaxTrustSteps && TrustRules.Next(_ledger!, ladder, Thresholds, now) is { } decision; step++)
                await Apply(decision, cancellationToken);
            await PutTierPolicyInForce(cancellationToken);
            (_ladderSeen, _trustDay, _hasNewRejects) = (ladder, DateOnly.FromDateTime(now.UtcDateTime), false);
            _findingsSeen = _ledger!.FindingHistory;
        }
        catch (StorageException)
        {
            // Nobody's mail waits for this. What was put in line and failed has dropped the activation.
            _trustNotBefore = now + TrustRetry;
        }
    }

    /// <summary>
    /// Stores an event about trust, with the place in the queue of reviews around it (<see cref="Silo.Server.Trust.TrustReviews"/>).
    /// </summary>
    private async ValueTask Apply(TenantEvent decision, CancellationToken cancellationToken)
    {
        var (before, after) = (_ledger!.Trust.Review, decision.Trust!.Review);
        if (after is { IsOpen: true } && after != before && services.Reviews is { } opened)
            await opened.Follow(name, after, cancellationToken);
        await Commit([decision], cancellationToken);
        _bucket!.Change(SendRate, SendBurst, Now);
        services.Dispatcher().Wake(_row!.TenantKey, name);
        if (before is { IsOpen: true } && after is not { IsOpen: true } && services.Reviews is { } closed)
            await closed.Follow(name, after, cancellationToken);
    }

    private async ValueTask PutTierPolicyInForce(CancellationToken cancellationToken)
    {
        if (_ledger!.Trust is not { PolicyIsDue: true, TierPolicy: { } wanted } trust) return;
        var done = trust with { PolicyIsDue = false };
        // A policy that is gone leaves the one that holds, and is looked for again.
        await PutPolicyInForce(wanted switch
        {
            "standard" => new SetPolicy(ReputationPolicy.Standard),
            "strict" => new SetPolicy(ReputationPolicy.Strict),
            "none" => new SetPolicy(ReputationPolicy.None),
            _ => new SetPolicy(ReputationPolicy.Standard) { CustomName = wanted },
        }, done, cancellationToken);
    }
}
