using System.Buffers;
using Silo.Core.Reputation;
using Xunit;

namespace Silo.Core.Tests.Reputation;

public class ReputationRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 2, 0, TimeSpan.Zero);
    private static readonly ReputationThresholds Defaults = ReputationThresholds.Default;

    [Fact]
    public void Below_the_volume_floor_nothing_is_found()
    {
        var tenant = new Tenant();
        tenant.Send(delivered: 0, bounced: 199, Now);
        Assert.Empty(tenant.Open);

        tenant.Send(delivered: 0, bounced: 1, Now);
        Assert.Equal(FindingImpact.High, Assert.Single(tenant.Open).Impact);
    }

    [Fact]
    public void A_ratio_above_the_threshold_is_not_enough_while_its_lower_bound_is_below()
    {
        var tenant = new Tenant();
        tenant.Send(delivered: 176, bounced: 24, Now);
        Assert.Empty(tenant.Open);

        tenant.Send(delivered: 1760 * 4, bounced: 240 * 4, Now);
        Assert.Equal(FindingImpact.Low, Assert.Single(tenant.Open).Impact);
    }

    [Fact]
    public void A_finding_carries_its_evidence_in_words_and_numbers()
    {
        var tenant = new Tenant();
        tenant.Send(delivered: 588, bounced: 224, Now);

        var finding = Assert.Single(tenant.Open);
        Assert.Equal("Bounce rate 27.6% over a representative volume of 812 messages.", finding.Description);
        Assert.Equal((812, 224, ReputationWindow.Day), (finding.Volume, finding.Count, finding.Window));
        Assert.InRange(finding.LowerBound, 0.15, 224d / 812);
        Assert.InRange(finding.UpperBound, 224d / 812, 0.4);
    }

    [Fact]
    public void Complaints_are_judged_against_deliveries_to_feedback_loops_alone()
    {
        var tenant = new Tenant();
        tenant.Counters.Record(ReputationFact.Delivered, Now, feedbackLoop: false, 100_000);
        tenant.Counters.Record(ReputationFact.Delivered, Now, feedbackLoop: true, 999);
        tenant.Counters.Record(ReputationFact.Complained, Now, feedbackLoop: true, 40);
        tenant.Look(Now);
        Assert.Empty(tenant.Open);

        tenant.Counters.Record(ReputationFact.Delivered, Now, feedbackLoop: true);
        tenant.Look(Now);
        var finding = Assert.Single(tenant.Open);
        Assert.Equal((FindingType.Complaint, FindingImpact.High), (finding.Type, finding.Impact));
        Assert.Equal("Complaint rate 4.00% over a representative volume of 1000 messages.", finding.Description);
    }

    [Fact]
    public void A_low_finding_is_raised_and_a_high_one_lowered_and_closed()
    {
        var tenant = new Tenant();
        tenant.Send(delivered: 8600, bounced: 1400, Now);
        Assert.Equal(FindingImpact.Low, tenant.Open[0].Impact);

        var raised = tenant.Send(delivered: 0, bounced: 700, Now.AddMinutes(1));
        Assert.Equal(FindingImpact.High, Assert.Single(raised.Raised).Impact);

        var lowered = tenant.Send(delivered: 5500, bounced: 0, Now.AddMinutes(2));
        Assert.Equal(FindingImpact.Low, Assert.Single(lowered.Lowered).Impact);
        Assert.Equal(Now, tenant.Open[0].OpenedAt);

        var closed = tenant.Send(delivered: 8000, bounced: 0, Now.AddMinutes(3));
        Assert.Equal(Now.AddMinutes(3), Assert.Single(closed.Closed).ClosedAt);
        Assert.Empty(tenant.Open);
    }

    [Fact]
    public void A_finding_closes_when_seven_days_passed_without_a_bad_outcome_and_does_not_open_again()
    {
        var tenant = new Tenant();
        tenant.Send(delivered: 0, bounced: 500, Now);
        Assert.Equal(Now.AddDays(7), ReputationRules.NextQuietCheck(tenant.Counters, tenant.Open, Defaults));

        Assert.True(tenant.Look(Now.AddDays(7).AddTicks(-1)).IsEmpty);
        Assert.Single(tenant.Look(Now.AddDays(7)).Closed);
        Assert.True(tenant.Look(Now.AddDays(7)).IsEmpty);
    }

    [Fact]
    public void A_burst_in_a_good_day_is_found_in_the_hour_and_closes_when_the_hour_has_run_empty()
    {
        var tenant = new Tenant();
        tenant.Send(delivered: 100_000, bounced: 100, Now);
        var burst = Now.AddHours(3);
        tenant.Send(delivered: 700, bounced: 300, burst);
        Assert.Equal((ReputationWindow.Hour, FindingImpact.High), (tenant.Open[0].Window, tenant.Open[0].Impact));

        tenant.Send(delivered: 0, bounced: 0, burst.AddMinutes(30));
        Assert.Single(tenant.Open);
        tenant.Look(burst.AddMinutes(70));
        Assert.Empty(tenant.Open);
    }

    [Fact]
    public void After_a_reinstatement_only_newer_sends_show_a_new_violation_and_the_new_finding_succeeds_the_old()
    {
        var tenant = new Tenant();
        tenant.Send(delivered: 0, bounced: 500, Now);
        tenant.Counters.CountNewFrom(Now.AddMinutes(1));

        Assert.True(tenant.Send(delivered: 0, bounced: 500, Now).IsEmpty);
        Assert.True(tenant.Send(delivered: 0, bounced: 199, Now.AddMinutes(2)).IsEmpty);
        var changes = tenant.Send(delivered: 0, bounced: 1, Now.AddMinutes(2));

        Assert.Equal(Now, Assert.Single(changes.Closed).OpenedAt);
        Assert.Equal((Now.AddMinutes(2), 200), (Assert.Single(changes.Opened).OpenedAt, changes.Opened[0].Volume));
        Assert.Single(tenant.Open);
    }

    [Fact]
    public void A_reinstated_tenant_that_sends_well_is_rid_of_the_old_finding()
    {
        var tenant = new Tenant();
        tenant.Send(delivered: 0, bounced: 500, Now);
        tenant.Counters.CountNewFrom(Now.AddMinutes(1));

        Assert.Single(tenant.Send(delivered: 300, bounced: 3, Now.AddMinutes(2)).Closed);
    }

    [Fact]
    public void Refreshing_gives_todays_numbers_without_being_a_change()
    {
        var tenant = new Tenant();
        tenant.Send(delivered: 300, bounced: 200, Now);
        Assert.True(tenant.Send(delivered: 100, bounced: 100, Now).IsEmpty);

        var refreshed = ReputationRules.Refresh(tenant.Open[0], tenant.Counters, Defaults, Now);
        Assert.Equal((700, 300, tenant.Open[0].UpdatedAt), (refreshed.Volume, refreshed.Count, refreshed.UpdatedAt));
    }

    [Fact]
    public void A_tenant_with_an_ordinary_bad_rate_is_not_found_although_each_outcome_is_a_look()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var (random, tenant) = (new Random(seed), new Tenant());
            for (var i = 0; i < 5000; i++)
            {
                var isBounce = random.NextDouble() < 0.07;
                tenant.Send(isBounce ? 0 : 1, isBounce ? 1 : 0, Now.AddMinutes(i));
                Assert.True(tenant.Open.Count == 0, $"seed {seed}, outcome {i}");
            }
        }
    }

    [Fact]
    public void A_bad_list_is_found_within_hundreds_of_outcomes()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var (random, tenant, outcomes) = (new Random(seed), new Tenant(), 0);
            for (; tenant.Open.Count == 0 || tenant.Open[0].Impact == FindingImpact.Low; outcomes++)
            {
                var isBounce = random.NextDouble() < 0.3;
                tenant.Send(isBounce ? 0 : 1, isBounce ? 1 : 0, Now.AddSeconds(outcomes));
            }

            Assert.True(outcomes < 500, $"seed {seed}: {outcomes} outcomes");
        }
    }

    [Fact]
    public void A_replay_of_the_same_events_gives_equal_bytes_and_findings()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var (first, second) = (Replay(seed, storesInBetween: false), Replay(seed, storesInBetween: true));
            Assert.True(first.History.SequenceEqual(second.History), $"seed {seed}");
            Assert.True(first.Bytes().SequenceEqual(second.Bytes()), $"seed {seed}");
        }

        static Tenant Replay(int seed, bool storesInBetween)
        {
            var (random, other, tenant) = (new Random(seed), new Random(seed + 1), new Tenant());
            var now = Now;
            for (var i = 0; i < 400; i++)
            {
                now += TimeSpan.FromMinutes(random.Next(0, 90));
                var bad = random.Next(4) == 0 ? random.Next(0, 60) : random.Next(0, 5);
                tenant.Counters.Record(ReputationFact.Complained, now.AddHours(-random.Next(30)), true, random.Next(0, 3), now);
                if (random.Next(50) == 0) tenant.Counters.CountNewFrom(now);
                tenant.Send(random.Next(0, 60), bad, now);
                if (!storesInBetween || other.Next(5) != 0) continue;
                tenant.Counters.Volume(ReputationWindow.Week, now.AddDays(other.Next(10)));
                tenant.Counters = ReputationCounters.Read(tenant.Bytes());
            }

            Assert.NotEmpty(tenant.History);
            return tenant;
        }
    }

    [Fact]
    public void Thresholds_out_of_range_or_out_of_order_are_all_named()
    {
        Assert.Empty(Defaults.Validate());
        var errors = (Defaults with { HighBounceRate = 0.05, ErrorLevel = 0.2, ComplaintVolumeFloor = 0 }).Validate();
        Assert.Equal(3, errors.Count);
        Assert.Contains("HighBounceRate is 0.05, not between LowBounceRate (0.1) and 0.5.", errors);
    }

    private sealed class Tenant
    {
        public ReputationCounters Counters { get; set; } = new();

        public IReadOnlyList<Finding> Open { get; private set; } = [];

        public List<Finding> History { get; } = [];

        public FindingChanges Send(int delivered, int bounced, DateTimeOffset now)
        {
            Counters.Record(ReputationFact.Delivered, now, feedbackLoop: true, delivered);
            Counters.Record(ReputationFact.HardBounced, now, feedbackLoop: true, bounced);
            return Look(now);
        }

        public FindingChanges Look(DateTimeOffset now)
        {
            var changes = ReputationRules.Evaluate(Counters, Open, Defaults, now);
            Open = changes.Apply(Open);
            History.AddRange([.. changes.Opened, .. changes.Raised, .. changes.Lowered, .. changes.Closed]);
            return changes;
        }

        public byte[] Bytes()
        {
            var buffer = new ArrayBufferWriter<byte>();
            Counters.WriteTo(buffer);
            return buffer.WrittenSpan.ToArray();
        }
    }
}
