using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Xunit;
using static Silo.Core.Suspension.SendingStatus;

namespace Silo.Core.Tests.Suspension;

public class StandingRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(Disabled, Enabled, Disabled)]
    [InlineData(Disabled, Disabled, Disabled)]
    [InlineData(Disabled, Reinstated, Disabled)]
    [InlineData(Enabled, Disabled, Disabled)]
    [InlineData(Reinstated, Disabled, Disabled)]
    [InlineData(Reinstated, Enabled, Reinstated)]
    [InlineData(Reinstated, Reinstated, Reinstated)]
    [InlineData(Enabled, Reinstated, Reinstated)]
    [InlineData(Enabled, Enabled, Enabled)]
    public void The_aggregate_follows_table_S3(SendingStatus customer, SendingStatus platform, SendingStatus aggregate)
    {
        var standing = TenantStanding.Created(Now) with
        {
            Customer = new StatusRecord(customer, "cause", Now), Platform = new StatusRecord(platform, "cause", Now),
        };

        Assert.Equal(aggregate, standing.Aggregate);
        Assert.Equal(aggregate != Disabled, standing.MaySend);
    }

    [Fact]
    public void The_owner_pauses_and_resumes()
    {
        var paused = StandingRules.SetCustomerStatus(TenantStanding.Created(Now), Disabled, StandingRules.ManualCause, Now.AddHours(1));
        var transition = Assert.Single(paused.Transitions);
        Assert.Equal(
            (StatusOrigin.CustomerManaged, Enabled, Disabled),
            (transition.Origin, transition.OldAggregate, transition.NewAggregate));
        Assert.Equal(new StatusRecord(Disabled, "Status manually updated.", Now.AddHours(1)), transition.Record);
        Assert.True(paused.Stops);

        var resumed = StandingRules.SetCustomerStatus(paused.Next, Enabled, StandingRules.ManualCause, Now.AddHours(2));
        Assert.True(resumed.Resumes);
        Assert.Equal(Enabled, resumed.Next.Aggregate);
        Assert.Null(resumed.CountFrom);
    }

    [Fact]
    public void Setting_the_same_status_twice_changes_nothing()
    {
        var standing = StandingRules.SetCustomerStatus(TenantStanding.Created(Now), Disabled, "a", Now).Next;

        var again = StandingRules.SetCustomerStatus(standing, Disabled, "b", Now.AddHours(1));

        Assert.Same(standing, again.Next);
        Assert.Empty(again.Transitions);
    }

    [Fact]
    public void The_owner_cannot_lift_the_platforms_pause()
    {
        var enforced = StandingRules.SetPlatformStatus(TenantStanding.Created(Now), Disabled, "abuse", Now).Next;
        enforced = StandingRules.SetCustomerStatus(enforced, Disabled, "a", Now).Next;

        var attempt = StandingRules.SetCustomerStatus(enforced, Reinstated, "b", Now);

        Assert.False(attempt.Next.MaySend);
        Assert.False(attempt.Resumes);
        Assert.Single(attempt.Transitions);
    }

    [Theory]
    [InlineData(ReputationPolicy.Standard, FindingImpact.Low, false)]
    [InlineData(ReputationPolicy.Standard, FindingImpact.High, true)]
    [InlineData(ReputationPolicy.Strict, FindingImpact.Low, true)]
    [InlineData(ReputationPolicy.None, FindingImpact.High, false)]
    public void A_finding_pauses_by_the_policy(ReputationPolicy policy, FindingImpact impact, bool pauses)
    {
        var change = StandingRules.ApplyFindings(
            TenantStanding.Created(Now) with { Policy = policy }, Opened(Make(FindingType.Bounce, impact, Now)), Now);

        Assert.Equal(!pauses, change.Next.MaySend);
        Assert.Equal(pauses, change.Stops);
        Assert.Equal(impact, change.Next.ReputationImpact);
        if (pauses) Assert.Equal((StatusOrigin.CustomerManaged, "Why."), (change.Transitions[0].Origin, change.Next.Customer.Cause));
    }

    [Fact]
    public void A_raised_finding_pauses()
    {
        var low = Make(FindingType.Bounce, FindingImpact.Low, Now);
        var standing = StandingRules.ApplyFindings(TenantStanding.Created(Now), Opened(low), Now).Next;

        var change = StandingRules.ApplyFindings(standing, new() { Raised = [low with { Impact = FindingImpact.High }] }, Now);

        Assert.True(change.Stops);
        Assert.Equal(FindingImpact.High, Assert.Single(change.Next.OpenFindings).Impact);
    }

    [Fact]
    public void A_paused_tenant_stays_paused_when_its_metrics_recover()
    {
        var (standing, finding) = PausedByFinding();

        standing = StandingRules.ApplyFindings(standing, new() { Closed = [finding] }, Now.AddDays(1)).Next;

        Assert.Empty(standing.OpenFindings);
        Assert.Equal(Disabled, standing.Aggregate);
        var resumed = StandingRules.SetCustomerStatus(standing, Enabled, "a", Now.AddDays(2));
        Assert.Equal((Enabled, Now.AddDays(2)), (resumed.Next.Aggregate, resumed.CountFrom));
    }

    [Fact]
    public void Enabling_with_open_findings_reinstates_until_the_last_one_is_resolved()
    {
        var (standing, finding) = PausedByFinding();
        var other = Make(FindingType.Complaint, FindingImpact.Low, Now);
        standing = StandingRules.ApplyFindings(standing, Opened(other), Now).Next;

        var resumed = StandingRules.SetCustomerStatus(standing, Enabled, "a", Now.AddHours(1));
        Assert.Equal(Reinstated, resumed.Next.Aggregate);
        Assert.Equal((Now.AddHours(1), Now.AddHours(1)), (resumed.CountFrom, resumed.Next.ReinstatedAt));

        var first = StandingRules.ApplyFindings(resumed.Next, new() { Closed = [finding] }, Now.AddHours(2));
        Assert.Equal(Reinstated, first.Next.Aggregate);
        var last = StandingRules.ApplyFindings(first.Next, new() { Closed = [other] }, Now.AddHours(3));
        Assert.Equal((Enabled, "All findings are resolved."), (last.Next.Aggregate, last.Next.Customer.Cause));
    }

    [Fact]
    public void A_new_violation_pauses_a_reinstated_tenant_again()
    {
        var (standing, finding) = PausedByFinding();
        standing = StandingRules.SetCustomerStatus(standing, Enabled, "a", Now.AddHours(1)).Next;

        var successor = Make(FindingType.Bounce, FindingImpact.High, Now.AddHours(2));
        var change = StandingRules.ApplyFindings(standing, new() { Closed = [finding], Opened = [successor] }, Now.AddHours(2));

        Assert.True(change.Stops);
        Assert.Same(successor, Assert.Single(change.Next.OpenFindings));
    }

    [Fact]
    public void Pausing_and_resuming_by_hand_wipes_out_no_evidence()
    {
        var standing = StandingRules.ApplyFindings(
            TenantStanding.Created(Now), Opened(Make(FindingType.Bounce, FindingImpact.Low, Now)), Now).Next;

        standing = StandingRules.SetCustomerStatus(standing, Disabled, "a", Now).Next;
        var resumed = StandingRules.SetCustomerStatus(standing, Enabled, "a", Now.AddMinutes(1));

        Assert.Equal(Reinstated, resumed.Next.Aggregate);
        Assert.Null(resumed.CountFrom);
    }

    [Fact]
    public void A_finding_while_the_owner_has_paused_is_remembered_as_a_pause_by_findings()
    {
        var standing = StandingRules.SetCustomerStatus(TenantStanding.Created(Now), Disabled, "mine", Now).Next;

        var change = StandingRules.ApplyFindings(standing, Opened(Make(FindingType.Bounce, FindingImpact.High, Now)), Now);

        Assert.Empty(change.Transitions);
        Assert.Equal("mine", change.Next.Customer.Cause);
        Assert.NotNull(StandingRules.SetCustomerStatus(change.Next, Enabled, "a", Now).CountFrom);
    }

    [Fact]
    public void A_stricter_policy_acts_on_open_findings_but_not_on_those_set_aside_by_a_reinstatement()
    {
        var high = Opened(Make(FindingType.Bounce, FindingImpact.High, Now));
        var lenient = StandingRules.ApplyFindings(TenantStanding.Created(Now) with { Policy = ReputationPolicy.None }, high, Now).Next;
        Assert.True(StandingRules.SetPolicy(lenient, ReputationPolicy.Standard, Now).Stops);

        var reinstated = StandingRules.SetCustomerStatus(PausedByFinding().Standing, Enabled, "a", Now.AddHours(1)).Next;
        Assert.True(StandingRules.SetPolicy(reinstated, ReputationPolicy.Strict, Now.AddHours(2)).Next.MaySend);

        var paused = PausedByFinding().Standing;
        Assert.False(StandingRules.SetPolicy(paused, ReputationPolicy.None, Now).Next.MaySend);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(513)]
    public void A_cause_has_1_to_512_characters(int length) =>
        Assert.ThrowsAny<ArgumentException>(
            () => StandingRules.SetCustomerStatus(TenantStanding.Created(Now), Disabled, new string('x', length), Now));

    [Fact]
    public void Over_random_requests_the_machine_equals_its_model()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var standing = TenantStanding.Created(Now);
            var (customer, platform, policy) = (Enabled, Enabled, ReputationPolicy.Standard);
            var open = new Dictionary<FindingType, FindingImpact>();
            for (var step = 0; step < 60; step++)
            {
                var now = Now.AddMinutes(step);
                var before = standing;
                StandingChange change;
                var status = (SendingStatus)random.Next(3);
                var type = (FindingType)random.Next(4);
                switch (random.Next(4))
                {
                    case 0:
                        change = StandingRules.SetCustomerStatus(standing, status, "c", now);
                        customer = status == Enabled && open.Count > 0 && customer != Enabled ? Reinstated : status;
                        break;
                    case 1:
                        change = StandingRules.SetPlatformStatus(standing, status, "c", now);
                        platform = status;
                        break;
                    case 2 when !open.ContainsKey(type):
                        var impact = (FindingImpact)random.Next(2);
                        change = StandingRules.ApplyFindings(standing, Opened(Make(type, impact, now)), now);
                        open[type] = impact;
                        if (policy == ReputationPolicy.Strict || (policy == ReputationPolicy.Standard && impact == FindingImpact.High))
                            customer = Disabled;
                        break;
                    case 3 when open.Remove(type):
                        var closed = standing.OpenFindings.Single(finding => finding.Type == type);
                        change = StandingRules.ApplyFindings(standing, new() { Closed = [closed] }, now);
                        if (open.Count == 0 && customer == Reinstated) customer = Enabled;
                        if (open.Count == 0 && platform == Reinstated) platform = Enabled;
                        break;
                    default:
                        if (open.Count > 0) continue;
                        policy = (ReputationPolicy)random.Next(3);
                        change = StandingRules.SetPolicy(standing, policy, now);
                        break;
                }

                standing = change.Next;
                var because = $"seed {seed}, step {step}";
                Assert.True((customer, platform) == (standing.Customer.Status, standing.Platform.Status), because);
                Assert.True(standing.MaySend == (customer != Disabled && platform != Disabled), because);
                Assert.True(open.Keys.Order().SequenceEqual(standing.OpenFindings.Select(f => f.Type).Order()), because);
                Assert.True(change.Stops == (before.MaySend && !standing.MaySend), because);
                Assert.True(change.Resumes == (!before.MaySend && standing.MaySend), because);
                Assert.True(change.Transitions.All(t => t.Record.UpdatedAt == now && t.Record.Cause is { Length: > 0 }), because);
            }
        }
    }

    private static (TenantStanding Standing, Finding Finding) PausedByFinding()
    {
        var finding = Make(FindingType.Bounce, FindingImpact.High, Now);
        return (StandingRules.ApplyFindings(TenantStanding.Created(Now), Opened(finding), Now).Next, finding);
    }

    private static FindingChanges Opened(Finding finding) => new() { Opened = [finding] };

    private static Finding Make(FindingType type, FindingImpact impact, DateTimeOffset at) =>
        new() { Type = type, Impact = impact, OpenedAt = at, UpdatedAt = at, Description = "Why." };
}
