using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Tenants;

public class PolicyReplayTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_policy_that_was_in_force_would_have_done_what_was_done()
    {
        var log = Log(ReputationPolicy.Standard, 0.3);
        var replay = Replay(log, ReputationPolicy.Standard, null, Start);
        var tenant = Assert.Single(replay.Result());
        Assert.Equal(tenant.Did, tenant.Would);
        Assert.Equal(ReplayedAction.Pause, Assert.Single(tenant.Did).Action);
    }

    [Fact]
    public void A_milder_policy_would_not_have_paused_and_a_stricter_one_earlier()
    {
        var log = Log(ReputationPolicy.Standard, 0.3);
        var none = Assert.Single(Replay(log, ReputationPolicy.None, null, Start).Result());
        Assert.Empty(none.Would);
        Assert.Single(none.Did);

        var strict = Assert.Single(Replay(log, ReputationPolicy.Standard, Strict(PolicyAction.Pause), Start).Result());
        Assert.True(strict.Would[0].At < strict.Did[0].At);
        Assert.InRange(strict.LeftWhilePaused, 1, log.Count);

        var throttling = Assert.Single(Replay(log, ReputationPolicy.Standard, Strict(new PolicyAction(PolicyActionKind.Throttle, 0.5)), Start).Result());
        Assert.Equal(ReplayedAction.Throttle, throttling.Would[0].Action);
    }

    [Fact]
    public void What_came_before_the_period_counts_and_is_not_judged()
    {
        var log = Log(ReputationPolicy.None, 0.3);
        var middle = log[log.Count / 2].At;
        var step = Assert.Single(Assert.Single(Replay(log, ReputationPolicy.Standard, null, middle).Result()).Would);
        // By the first fact in it: what had bounced by then is enough.
        Assert.Equal(log.First(e => e.At >= middle).At, step.At);
        Assert.Empty(Replay(log, ReputationPolicy.Standard, null, log[^1].At.AddSeconds(1)).Result());
    }

    [Fact]
    public void What_was_reinstated_before_the_period_is_not_held_against_the_tenant_in_it()
    {
        var log = PausedAndResumed(resumedAt: Start.AddHours(1));
        var replay = Replay(log, ReputationPolicy.Standard, null, Start.AddDays(2));
        Assert.Empty(replay.Result());
        Assert.Equal(1, replay.Tenants);
    }

    [Fact]
    public void A_reinstatement_in_the_period_from_a_pause_before_it_holds_in_the_replay_as_well()
    {
        var log = PausedAndResumed(resumedAt: Start.AddDays(2));
        Assert.Empty(Replay(log, ReputationPolicy.Standard, null, Start.AddDays(1)).Result());
    }

    [Fact]
    public void A_throttle_that_held_when_the_period_began_is_no_step_of_it()
    {
        var custom = Strict(new PolicyAction(PolicyActionKind.Throttle, 0.5));
        var ledger = TenantLedger.New(Start, null);
        var throttled = ledger.Standing with { Custom = custom };
        var log = new List<TenantEvent>
        {
            ledger.Append(new TenantEvent { Kind = TenantEventKind.PolicyChanged, At = Start, Standing = throttled }),
        };
        for (var i = 0; i < 60; i++) Follow(log, ledger, Outcome(Start.AddSeconds(i), i % 3 == 0));
        Assert.Equal(0.5, StandingEffects.Of(ledger.Standing).RateFactor);
        var at = Start.AddHours(1);
        var change = StandingRules.SetCustomerStatus(ledger.Standing, SendingStatus.Disabled, "By hand.", at);
        log.Add(ledger.Append(new TenantEvent { Kind = TenantEventKind.StatusChanged, At = at, Standing = change.Next }));
        Assert.Empty(Replay(log, ReputationPolicy.None, null, Start.AddMinutes(30)).Result());
        Assert.Single(Assert.Single(Replay(log, ReputationPolicy.None, null, Start).Result()).Did);
    }

    [Fact]
    public void Replayed_twice_a_stream_gives_the_same_bytes()
    {
        for (var seed = 0; seed < 15; seed++)
        {
            var history = new TenantHistory(seed);
            var ledger = TenantLedger.New(history.Start, null);
            var log = new List<TenantEvent>();
            for (var i = 0; i < 800; i++)
            {
                log.AddRange(TenantJudge.Follow(ledger, [history.NextFact()], ReputationThresholds.Default));
                if (history.NextDecision(ledger.Standing) is { } decision) log.Add(ledger.Append(decision));
            }

            var (first, second) = (Replay(log, ReputationPolicy.Strict, null, Start), Replay(log, ReputationPolicy.Strict, null, Start));
            var ((state, counters), (state2, counters2)) = (first.Snapshot(1)!.Value, second.Snapshot(1)!.Value);
            Assert.True(state.AsSpan().SequenceEqual(state2) && counters.AsSpan().SequenceEqual(counters2), $"seed {seed}");
            Assert.True(counters.AsSpan().SequenceEqual(ledger.WriteCounters()) || ledger.Counters.CountsFrom is not null, $"seed {seed}");
        }
    }

    [Fact]
    public void Tenants_beyond_the_limit_are_left_out_and_that_is_said()
    {
        var replay = new PolicyReplay(ReputationPolicy.Standard, null, ReputationThresholds.Default, Start, Start.AddDays(1));
        for (var key = 1; key <= PolicyReplay.MaxTenants + 1; key++)
            replay.Apply(key, new TenantEvent { Kind = TenantEventKind.Accepted, At = Start, Sequence = 1 });
        Assert.Equal((PolicyReplay.MaxTenants, true), (replay.Tenants, replay.LeftTenantsOut));
    }

    [Fact]
    public void Only_a_policy_that_acts_on_volume_looks_back_for_two_weeks()
    {
        Assert.Equal(PolicyReplay.Lead, PolicyReplay.LeadOf(null));
        Assert.Equal(PolicyReplay.Lead, PolicyReplay.LeadOf(Strict(PolicyAction.Pause)));
        var volume = new FindingPolicy { Type = FindingType.Volume, OnHigh = PolicyAction.Pause };
        Assert.Equal(PolicyReplay.VolumeLead, PolicyReplay.LeadOf(new CustomPolicy { Name = "own", Revision = 1, Findings = [volume] }));
    }

    private static CustomPolicy Strict(PolicyAction action) => new()
    {
        Name = "own", Revision = 1,
        Findings = [new FindingPolicy { Type = FindingType.Bounce, Low = 0.02, High = 0.03, VolumeFloor = 20, OnLow = action, OnHigh = action }],
    };

    private static PolicyReplay Replay(IReadOnlyList<TenantEvent> log, ReputationPolicy policy, CustomPolicy? custom, DateTimeOffset from)
    {
        var replay = new PolicyReplay(policy, custom, ReputationThresholds.Default, from, Start.AddDays(400));
        foreach (var e in log) replay.Apply(1, TenantEvent.FromPayload(e.Sequence, e.At, (int)e.Kind, e.ToPayload()));
        return replay;
    }

    /// <summary>Paused in the first hour by bounces, resumed then, and spotless on the third day.</summary>
    private static IReadOnlyList<TenantEvent> PausedAndResumed(DateTimeOffset resumedAt)
    {
        var ledger = TenantLedger.New(Start, null);
        var log = new List<TenantEvent>
        {
            ledger.Append(new TenantEvent { Kind = TenantEventKind.Created, At = Start, Standing = ledger.Standing }),
        };
        for (var i = 0; i < 400; i++) Follow(log, ledger, Outcome(Start.AddSeconds(i), i % 3 == 0));
        var change = StandingRules.SetCustomerStatus(ledger.Standing, SendingStatus.Enabled, StandingRules.ManualCause, resumedAt);
        Assert.Equal(resumedAt, change.Next.ReinstatedAt);
        log.Add(ledger.Append(new TenantEvent { Kind = TenantEventKind.StatusChanged, At = resumedAt, Standing = change.Next }));
        for (var i = 1; i <= 50; i++) Follow(log, ledger, Outcome(Start.AddDays(2).AddSeconds(i), false));
        Assert.True(ledger.Standing.MaySend);
        return log;
    }

    private static void Follow(List<TenantEvent> log, TenantLedger ledger, TenantEvent fact) =>
        log.AddRange(TenantJudge.Follow(ledger, [fact], ReputationThresholds.Default));

    private static TenantEvent Outcome(DateTimeOffset at, bool bounces) => new()
    {
        Kind = bounces ? TenantEventKind.HardBounced : TenantEventKind.Delivered, At = at, SentAt = at, Recipient = "x@gmail.com",
        MessageId = "m", Attempts = 1,
    };

    private static IReadOnlyList<TenantEvent> Log(ReputationPolicy policy, double bounces)
    {
        var (ledger, random) = (TenantLedger.New(Start, null), new Random(7));
        var log = new List<TenantEvent>
        {
            ledger.Append(new TenantEvent { Kind = TenantEventKind.Created, At = Start, Standing = ledger.Standing with { Policy = policy } }),
        };
        for (var i = 0; i < 1_000; i++)
        {
            log.AddRange(TenantJudge.Follow(ledger, [new TenantEvent
            {
                Kind = random.NextDouble() < bounces ? TenantEventKind.HardBounced : TenantEventKind.Delivered, At = Start.AddSeconds(i),
                SentAt = Start.AddSeconds(i), Recipient = "x@gmail.com", MessageId = "m" + i, Attempts = 1,
            }], ReputationThresholds.Default));
        }

        return log;
    }
}
