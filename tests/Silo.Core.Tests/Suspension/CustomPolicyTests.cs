using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Suspension;

public class CustomPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(PolicyActionKind.Notify, 1, null, true)]
    [InlineData(PolicyActionKind.Throttle, 0.1, null, true)]
    [InlineData(PolicyActionKind.ParkProvider, 1, "Gmail", true)]
    [InlineData(PolicyActionKind.Pause, 1, null, false)]
    public void Each_action_does_what_it_says_while_the_finding_is_open(PolicyActionKind kind, double factor, string? parked, bool maySend)
    {
        var ledger = Bounced(Policy(new PolicyAction(kind, kind == PolicyActionKind.Throttle ? 0.1 : null)));
        Assert.Equal(FindingType.Bounce, Assert.Single(ledger.Standing.OpenFindings).Type);
        var effects = StandingEffects.Of(ledger.Standing);
        Assert.Equal((factor, maySend), (effects.RateFactor, ledger.Standing.MaySend));
        Assert.Equal(parked is null ? [] : [parked], effects.ParkedProviders);

        var closed = ledger.Standing with { OpenFindings = [] };
        Assert.Equal(StandingEffects.None, StandingEffects.Of(closed));
    }

    [Fact]
    public void What_a_policy_leaves_open_is_as_the_standard_policy_has_it()
    {
        var policy = Policy(PolicyAction.Notify);
        var thresholds = policy.Thresholds(ReputationThresholds.Default);
        Assert.Equal((0.02, 0.15, 30), (thresholds.LowBounceRate, thresholds.HighBounceRate, thresholds.BounceVolumeFloor));
        Assert.Equal(ReputationThresholds.Default.LowComplaintRate, thresholds.LowComplaintRate);
        Assert.Equal(PolicyActionKind.Pause, policy.ActionFor(FindingType.Complaint, FindingImpact.High).Kind);
        Assert.Equal(PolicyActionKind.Notify, policy.ActionFor(FindingType.Complaint, FindingImpact.Low).Kind);
        Assert.Equal(PolicyActionKind.Notify, policy.ActionFor(FindingType.Volume, FindingImpact.High).Kind);
        Assert.Empty(thresholds.Validate());
    }

    [Fact]
    public void Findings_that_a_reinstatement_set_aside_neither_throttle_nor_park()
    {
        var standing = Bounced(Policy(new PolicyAction(PolicyActionKind.Throttle, 0.2))).Standing;
        var reinstated = StandingRules.SetPlatformStatus(
            StandingRules.SetPlatformStatus(standing, SendingStatus.Disabled, "x", Now.AddHours(1)).Next, SendingStatus.Reinstated, "y", Now.AddHours(2)).Next;
        Assert.Equal(0.2, StandingEffects.Of(standing).RateFactor);
        Assert.Equal(1, StandingEffects.Of(reinstated).RateFactor);
    }

    [Fact]
    public void Another_revision_acts_at_once_and_the_same_one_changes_nothing()
    {
        var standing = Bounced(Policy(PolicyAction.Notify)).Standing;
        Assert.Same(standing, StandingRules.SetPolicy(standing, Policy(PolicyAction.Pause), Now).Next);
        var changed = StandingRules.SetPolicy(standing, Policy(PolicyAction.Pause) with { Revision = 2 }, Now);
        Assert.True(changed.Stops);
        Assert.Null(StandingRules.SetPolicy(changed.Next, ReputationPolicy.Standard, Now).Next.Custom);
    }

    [Fact]
    public void A_tenants_events_carry_the_policy_whole_so_that_they_can_be_judged_again_without_it()
    {
        var at = Now;
        var live = TenantLedger.New(at, null);
        var policy = Policy(new PolicyAction(PolicyActionKind.Throttle, 0.3));
        var log = new List<TenantEvent>
        {
            live.Append(new TenantEvent { Kind = TenantEventKind.PolicyChanged, At = at, Standing = StandingRules.SetPolicy(live.Standing, policy, at).Next }),
        };
        log.AddRange(TenantJudge.Follow(live, Facts(at), ReputationThresholds.Default));
        var stored = log.Select(e => TenantEvent.FromPayload(e.Sequence, e.At, (int)e.Kind, e.ToPayload())).ToList();

        var again = TenantLedger.New(at, null);
        again.Append(stored[0]);
        var decided = TenantJudge.Follow(again, [.. stored.Where(e => e.Kind >= TenantEventKind.Accepted)], ReputationThresholds.Default);
        Assert.Equal(log.Skip(1).Select(e => Convert.ToHexString(e.ToPayload())), decided.Select(e => Convert.ToHexString(e.ToPayload())));
        Assert.Equal(live.WriteState(), again.WriteState());
        Assert.Equal(live.WriteCounters(), again.WriteCounters());
        Assert.Contains(decided, e => e.Kind == TenantEventKind.FindingOpened);

        var read = TenantLedger.Read(live.Sequence, live.WriteState(), live.WriteCounters());
        Assert.Equal(0.3, StandingEffects.Of(read.Standing).RateFactor);
        Assert.Equal(0.02, read.ThresholdsOr(ReputationThresholds.Default).LowBounceRate);
    }

    private static CustomPolicy Policy(PolicyAction onLow) => new()
    {
        Name = "own", Revision = 1,
        Findings = [new FindingPolicy { Type = FindingType.Bounce, Low = 0.02, VolumeFloor = 30, OnLow = onLow, Windows = [ReputationWindow.Day] }],
    };

    private static TenantLedger Bounced(CustomPolicy policy)
    {
        var ledger = TenantLedger.New(Now, null);
        ledger.Append(new TenantEvent { Kind = TenantEventKind.PolicyChanged, At = Now, Standing = StandingRules.SetPolicy(ledger.Standing, policy, Now).Next });
        TenantJudge.Follow(ledger, Facts(Now), ReputationThresholds.Default);
        return ledger;
    }

    // One in nine: above 2 %, below 15 %.
    private static IReadOnlyList<TenantEvent> Facts(DateTimeOffset at) =>
    [
        .. Enumerable.Range(0, 180).Select(i => new TenantEvent
        {
            Kind = i % 9 == 0 ? TenantEventKind.HardBounced : TenantEventKind.Delivered, At = at.AddSeconds(i), SentAt = at.AddSeconds(i),
            Recipient = "x@gmail.com", MessageId = "m" + i, Attempts = 1,
        }),
    ];
}
