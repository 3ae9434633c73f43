using Silo.Core.Delivery;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Core.Tests.Tenants;
using Silo.Core.Trust;
using Xunit;

namespace Silo.Core.Tests.Trust;

public sealed class TrustRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly ReputationThresholds Thresholds = new();

    private static readonly TrustPromotion Asks = new() { MinDays = 3, MinDelivered = 500, MaxBounceRate = 0.05, MaxComplaintRate = 0.02 };

    [Theory]
    [InlineData(3, 600, 5, 0, true, true)]
    [InlineData(2, 600, 5, 0, true, false)]
    [InlineData(3, 400, 5, 0, true, false)]
    [InlineData(3, 600, 40, 0, true, false)]
    [InlineData(3, 600, 5, 6, true, false)]
    // Of mail to providers without a feedback loop nobody complains: that is not known to be good.
    [InlineData(3, 600, 5, 0, false, false)]
    public void A_tenant_moves_up_with_all_of_the_evidence_and_not_before(
        int days, int delivered, int bounced, int complaints, bool feedbackLoop, bool moves)
    {
        var ladder = Ladder(Tier("new", 1) with { Promotion = Asks }, Tier("known", 2));
        var ledger = In("new", ladder);
        Send(ledger, TenantEventKind.Delivered, delivered, Start.AddHours(1), feedbackLoop);
        Send(ledger, TenantEventKind.HardBounced, bounced, Start.AddHours(1), false);
        Send(ledger, TenantEventKind.Complained, complaints, Start.AddHours(1), true);
        var decision = TrustRules.Next(ledger, ladder, Thresholds, Start.AddDays(days));
        Assert.Equal(moves, decision is not null);
        Assert.Equal(moves, TrustRules.Missing(ledger, TrustRules.Evidence(ledger, Thresholds, Start.AddDays(days))).Count == 0);
        if (decision is null) return;
        ledger.Append(decision);
        Assert.Equal(("known", Start.AddDays(days), 600L), (ledger.Trust.Tier!.Name, ledger.Trust.Since, ledger.Trust.DeliveredBefore));
        Assert.Contains("600 deliveries", decision.Cause, StringComparison.Ordinal);
        Assert.Null(TrustRules.Next(ledger, ladder, Thresholds, Start.AddDays(days)));
    }

    [Fact]
    public void Late_bounces_are_no_deliveries_and_a_simulators_never_were()
    {
        var ladder = Ladder(Tier("new", 1));
        var ledger = In("new", ladder);
        Send(ledger, TenantEventKind.HandedOver, 10, Start, true);
        Send(ledger, TenantEventKind.Delivered, 4, Start, true, previous: UnitState.HandedOver);
        Send(ledger, TenantEventKind.HardBounced, 3, Start, true, previous: UnitState.HandedOver);
        ledger.Append(Fact(TenantEventKind.Delivered, Start, true) with { Simulated = true });
        Assert.Equal(7, ledger.Delivered);
    }

    [Theory]
    [InlineData(true, 40, "low")]
    [InlineData(false, 40, "middle")]
    [InlineData(true, 24, "middle")]
    public void A_finding_high_moves_a_tenant_one_tier_down_once_if_the_tier_says_so(bool says, int percent, string tier)
    {
        var ladder = Ladder(
            Tier("lowest", 0), Tier("low", 1) with { DemoteOnFinding = says }, Tier("middle", 5) with { DemoteOnFinding = says }, Tier("high", 9));
        var ledger = In("middle", ladder);
        var facts = Enumerable.Range(0, percent == 24 ? 190 : 400).Select(
            i => Fact(i % 100 < percent ? TenantEventKind.HardBounced : TenantEventKind.Delivered, Start, true)).ToList();
        TenantJudge.Follow(ledger, facts, Thresholds);
        var now = Start.AddHours(1);
        var decisions = Settle(ledger, ladder, now);
        Assert.Equal(tier, ledger.Trust.Tier!.Name);
        if (tier == "low") Assert.StartsWith("Bounce rate", Assert.Single(decisions).Cause, StringComparison.Ordinal);
        Assert.Empty(Settle(ledger, ladder, now.AddDays(1)));
    }

    [Fact]
    public void A_person_is_asked_once_and_after_a_no_not_before_the_time_that_it_named()
    {
        var ladder = Ladder(Tier("new", 1) with { Promotion = new TrustPromotion { MinDays = 1, NeedsReview = true } }, Tier("known", 2));
        var ledger = In("new", ladder);
        var now = Start.AddDays(1);
        var asked = Assert.Single(Settle(ledger, ladder, now));
        Assert.Equal((TenantEventKind.ReviewAsked, "new", "known"), (asked.Kind, ledger.Trust.Tier!.Name, ledger.Trust.Review!.ToTier));
        Assert.Empty(Settle(ledger, ladder, now.AddDays(9)));

        Decide(TrustAnswer.Hold, now.AddDays(1), null);
        Assert.Equal(TrustReviewState.Held, ledger.Trust.Review!.State);
        Decide(TrustAnswer.Decline, now.AddDays(2), now.AddDays(5));
        Assert.Equal((TrustReviewState.Declined, "eve", "too young"), (ledger.Trust.Review!.State, ledger.Trust.Review.By, ledger.Trust.Review.Note));
        Assert.Empty(Settle(ledger, ladder, now.AddDays(5).AddTicks(-1)));
        Assert.Null(new TrustDecision(TrustAnswer.Approve, "eve", null).Decide(ledger, ladder, now.AddDays(3)));

        Assert.Single(Settle(ledger, ladder, now.AddDays(5)));
        Decide(TrustAnswer.Approve, now.AddDays(6), null);
        Assert.Equal(
            ("known", now.AddDays(6), TrustReviewState.Approved), (ledger.Trust.Tier!.Name, ledger.Trust.Since, ledger.Trust.Review!.State));

        void Decide(TrustAnswer answer, DateTimeOffset at, DateTimeOffset? again)
        {
            var decided = new TrustDecision(answer, "eve", "too young") { AskAgainAt = again }.Decide(ledger, ladder, at)!;
            Assert.Equal((TenantEventKind.ReviewDecided, "too young"), (decided.Kind, decided.Cause));
            ledger.Append(decided);
        }
    }

    [Fact]
    public void What_is_asked_about_a_promotion_is_withdrawn_when_the_tenant_moves_otherwise()
    {
        var ladder = Ladder(Tier("new", 1) with { Promotion = new TrustPromotion { NeedsReview = true } }, Tier("known", 2));
        var ledger = In("new", ladder);
        Settle(ledger, ladder, Start);
        ledger.Append(TrustRules.Move(ledger, ladder.Find("known"), "By hand.", Start));
        Assert.Equal(TrustReviewState.Withdrawn, ledger.Trust.Review!.State);
        Assert.Null(new TrustDecision(TrustAnswer.Approve, "eve", null).Decide(ledger, ladder, Start));
    }

    [Theory]
    [InlineData(500, 60, true)]
    [InlineData(500, 19, false)]
    [InlineData(100, 19, false)]
    [InlineData(10_000, 450, false)]
    public void A_person_is_asked_about_rejected_mail_when_its_share_is_above_a_twentieth_for_certain(int accepted, int rejected, bool asks)
    {
        var ladder = Ladder(Tier("low", 1), Tier("middle", 2));
        var ledger = In("middle", ladder);
        ledger.Append(Fact(TenantEventKind.Accepted, Start, false) with { Units = accepted, Recipient = null });
        Send(ledger, TenantEventKind.Rejected, rejected, Start, false);
        Assert.Equal(asks, Settle(ledger, ladder, Start).Count == 1);
        if (!asks) return;
        Assert.Equal((TrustReviewReason.Rejects, rejected), (ledger.Trust.Review!.Reason, ledger.Trust.Review.Evidence.Rejected));
        ledger.Append(new TrustDecision(TrustAnswer.Decline, "eve", null).Decide(ledger, ladder, Start)!);
        Assert.Equal("low", ledger.Trust.Tier!.Name);
        Assert.Empty(Settle(ledger, ladder, Start.AddDays(6)));
    }

    [Fact]
    public void Rejected_mail_of_a_tenant_without_a_tier_is_asked_about_as_well()
    {
        var ledger = TenantLedger.New(Start, null);
        ledger.Append(Fact(TenantEventKind.Accepted, Start, false) with { Units = 50, Recipient = null });
        Send(ledger, TenantEventKind.Rejected, 50, Start, false);
        Assert.Single(Settle(ledger, Ladder(), Start));
        ledger.Append(new TrustDecision(TrustAnswer.Approve, "eve", null).Decide(ledger, Ladder(), Start)!);
        Assert.Empty(Settle(ledger, Ladder(), Start.AddDays(7)));
    }

    [Fact]
    public void A_changed_tier_holds_with_its_new_values_and_a_deleted_one_gives_way_to_the_next_below_or_above()
    {
        var ledger = In("middle", Ladder(Tier("low", 1), Tier("middle", 2), Tier("high", 3)));
        var changed = Tier("middle", 2) with { Revision = 7, Limits = new TenantLimits { SendRate = 5 } };
        Settle(ledger, Ladder(Tier("low", 1), changed, Tier("high", 3)), Start.AddDays(1));
        Assert.Equal((5d, Start), (ledger.LimitsInForce.SendRate, ledger.Trust.Since));
        Settle(ledger, Ladder(Tier("low", 1), Tier("high", 3)), Start.AddDays(2));
        Assert.Equal(("low", Start.AddDays(2)), (ledger.Trust.Tier!.Name, ledger.Trust.Since));
        Settle(ledger, Ladder(Tier("high", 3)), Start.AddDays(3));
        Assert.Equal("high", ledger.Trust.Tier!.Name);
        Settle(ledger, Ladder(), Start.AddDays(4));
        Assert.Null(ledger.Trust.Tier);
        Assert.Null(ledger.Trust.Since);
        Assert.Null(ledger.LimitsInForce.SendRate);
    }

    [Fact]
    public void A_tier_that_begins_to_demote_does_so_for_what_is_found_from_then_on_while_it_is_open()
    {
        var ladder = Ladder(Tier("low", 1), Tier("high", 2));
        var ledger = In("high", ladder);
        TenantJudge.Follow(ledger, [.. Enumerable.Range(0, 400).Select(_ => Fact(TenantEventKind.HardBounced, Start, true))], Thresholds);
        Assert.True(ledger.HighFindings > 0);
        var demoting = Ladder(Tier("low", 1), Tier("high", 2) with { Revision = 2, DemoteOnFinding = true });
        Assert.All(Settle(ledger, demoting, Start.AddHours(1)), e => Assert.Equal("high", e.Trust!.Tier!.Name));
    }

    [Fact]
    public void An_earlier_view_of_the_tiers_decides_nothing_about_a_later_one()
    {
        var later = Tier("middle", 2) with { Revision = 7 };
        var ledger = In("middle", Ladder(Tier("low", 1), later));
        Assert.Null(TrustRules.Next(ledger, new TrustLadder([Tier("low", 1)], 6), Thresholds, Start.AddDays(1)));
        Assert.Equal("low", TrustRules.Next(ledger, new TrustLadder([Tier("low", 1)], 8), Thresholds, Start.AddDays(1))?.Trust?.Tier?.Name);
    }

    [Fact]
    public void Limits_of_the_tenants_own_go_before_its_tiers()
    {
        var ladder = Ladder(Tier("new", 1) with { Limits = new TenantLimits { SendRate = 5, DailyQuota = 100 } });
        var ledger = In("new", ladder);
        ledger.Append(new TenantEvent { Kind = TenantEventKind.LimitsChanged, At = Start, Limits = new TenantLimits { SendRate = 50 } });
        Assert.Equal((50d, 100L), (ledger.LimitsInForce.SendRate, ledger.LimitsInForce.DailyQuota));
        ledger.Append(new TenantEvent { Kind = TenantEventKind.LimitsChanged, At = Start, Limits = TenantLimits.None });
        Assert.Equal(5d, ledger.LimitsInForce.SendRate);
    }

    [Theory]
    [InlineData(ReputationPolicy.Standard, true)]
    [InlineData(ReputationPolicy.None, false)]
    public void A_tier_gives_its_policy_unless_the_operator_gave_another(ReputationPolicy held, bool gives)
    {
        var ledger = TenantLedger.New(Start, null);
        ledger.Append(new TenantEvent
        {
            Kind = TenantEventKind.PolicyChanged, At = Start, Standing = ledger.Standing with { Policy = held },
        });
        ledger.Append(TrustRules.Move(ledger, Tier("new", 1) with { Policy = "strict" }, "By hand.", Start));
        Assert.Equal((gives, gives ? "strict" : null), (ledger.Trust.PolicyIsDue, ledger.Trust.TierPolicy));
        if (!gives) return;
        ledger.Append(new TenantEvent
        {
            Kind = TenantEventKind.PolicyChanged, At = Start, Standing = ledger.Standing with { Policy = ReputationPolicy.Strict },
            Trust = ledger.Trust with { PolicyIsDue = false },
        });
        // The next tier says nothing, which is the standard one.
        ledger.Append(TrustRules.Move(ledger, Tier("known", 2), "By hand.", Start));
        Assert.Equal((true, "standard"), (ledger.Trust.PolicyIsDue, ledger.Trust.TierPolicy));
    }

    [Fact]
    public void A_replay_of_the_events_gives_the_same_bytes_from_the_start_and_from_any_snapshot_and_decisions_come_to_an_end()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var (random, history) = (new Random(seed), new TenantHistory(seed));
            var ledger = TenantLedger.New(history.Start, null);
            var events = new List<TenantEvent>();
            (byte[] State, byte[] Counters, long Sequence)? snapshot = null;
            var ladder = Chance(random);
            events.Add(ledger.Append(TrustRules.Move(ledger, ladder.Tiers[0], "First.", history.Start)));
            for (var i = 0; i < 400; i++)
            {
                var fact = history.NextFact();
                events.AddRange(TenantJudge.Follow(ledger, [fact], Thresholds));
                if (random.Next(40) == 0) ladder = Chance(random);
                var steps = 0;
                while (TrustRules.Next(ledger, ladder, Thresholds, fact.At) is { } decision)
                {
                    events.Add(ledger.Append(decision));
                    Assert.True(++steps < 8, $"Seed {seed}: decisions without an end.");
                }

                if (random.Next(20) == 0
                    && new TrustDecision((TrustAnswer)random.Next(3), "eve", null).Decide(ledger, ladder, fact.At) is { } decided)
                    events.Add(ledger.Append(decided));
                if (i == 200) snapshot = (ledger.WriteState(), ledger.WriteCounters(), ledger.Sequence);
            }

            var again = TenantLedger.New(history.Start, null);
            var later = TenantLedger.Read(snapshot!.Value.Sequence, snapshot.Value.State, snapshot.Value.Counters);
            foreach (var e in events)
            {
                var stored = TenantEvent.FromPayload(e.Sequence, e.At, (int)e.Kind, e.ToPayload());
                again.Apply(stored);
                if (e.Sequence > snapshot.Value.Sequence) later.Apply(stored);
            }

            Assert.True(ledger.WriteState().SequenceEqual(again.WriteState()), $"Seed {seed}: from the start.");
            Assert.True(ledger.WriteState().SequenceEqual(later.WriteState()), $"Seed {seed}: from a snapshot.");
            Assert.True(ledger.WriteCounters().SequenceEqual(again.WriteCounters()), $"Seed {seed}: counters.");
        }
    }

    private static TrustLadder Chance(Random random) => Ladder([.. Enumerable.Range(1, random.Next(1, 4)).Select(i => Tier("t" + i, i) with
    {
        Revision = random.Next(1, 3), DemoteOnFinding = random.Next(2) == 0, Limits = new TenantLimits { SendRate = random.Next(1, 9) },
        Policy = random.Next(3) == 0 ? "strict" : null, BlastRadius = random.Next(2) == 0 ? 50 : null,
        Promotion = random.Next(3) == 0 ? null : new TrustPromotion { MinDays = random.Next(2), MinDelivered = random.Next(50), NeedsReview = random.Next(2) == 0 },
    })]);

    private static IReadOnlyList<TenantEvent> Settle(TenantLedger ledger, TrustLadder ladder, DateTimeOffset now)
    {
        var decisions = new List<TenantEvent>();
        while (TrustRules.Next(ledger, ladder, Thresholds, now) is { } decision)
        {
            Assert.True(decisions.Count < 8);
            decisions.Add(ledger.Append(decision));
        }

        return decisions;
    }

    private static TrustLadder Ladder(params TrustTier[] tiers) => new(tiers);

    private static TrustTier Tier(string name, int rank) => new() { Name = name, Rank = rank, Revision = 1 };

    private static TenantLedger In(string tier, TrustLadder ladder)
    {
        var ledger = TenantLedger.New(Start, null);
        ledger.Append(TrustRules.Move(ledger, ladder.Find(tier), "By hand.", Start));
        return ledger;
    }

    private static void Send(
        TenantLedger ledger, TenantEventKind kind, int count, DateTimeOffset at, bool feedbackLoop, UnitState? previous = null)
    {
        for (var i = 0; i < count; i++) ledger.Append(Fact(kind, at, feedbackLoop) with { Previous = previous });
    }

    private static TenantEvent Fact(TenantEventKind kind, DateTimeOffset at, bool feedbackLoop) => new()
    {
        Kind = kind, At = at, SentAt = at, Recipient = "r@yahoo.com", MessageId = "m", FeedbackLoop = feedbackLoop, Attempts = 1,
    };
}
