using Silo.Core.Pacing;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class FairShareTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Over_time_each_tenant_gets_its_max_min_share_by_weight_of_a_tree_of_budgets()
    {
        for (var seed = 0; seed < 60; seed++) CheckAgainstWaterFilling(seed, burst: 6, tolerance: 0);
    }

    /// <summary>Seeds in which tenants lost up to half of it when pools were served whole for one dry route, or rounds of idle routes went on.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(28)]
    [InlineData(94)]
    public void With_a_small_burst_of_its_own_a_tenant_loses_little_of_its_share(int seed) =>
        CheckAgainstWaterFilling(seed, burst: 3, tolerance: 0.06);

    [Fact]
    public void A_tenant_with_a_rate_of_its_own_loses_nothing_of_it_behind_one_that_has_mail_without_end()
    {
        var scheduler = NewScheduler(1000);
        var route = scheduler.AddLevel("route", new Budget(new BudgetLimits(10, 2), Start));
        var limited = scheduler.AddTenant("limited", new Budget(new BudgetLimits(4, 2), Start));
        var flood = scheduler.AddTenant("flood", Unlimited(), weight: 4);
        scheduler.SetWeight(limited, 4);
        scheduler.AddDue(scheduler.AddLane(limited, MailStream.Normal, route), 1_000_000, Start);
        scheduler.AddDue(scheduler.AddLane(flood, MailStream.Normal, route), 1_000_000, Start);

        var started = Run(scheduler, 100);

        // In line behind 32 units of the other one it had a seventh of that.
        Assert.InRange(started[limited], 395, 402);
        Assert.InRange(started[flood], 595, 610);
    }

    [Fact]
    public void Tenants_with_rates_of_their_own_start_in_proportion_to_their_weights()
    {
        var scheduler = NewScheduler(1000);
        var route = scheduler.AddLevel("route", new Budget(new BudgetLimits(10, 2), Start));
        var large = scheduler.AddTenant("large", new Budget(new BudgetLimits(7, 4), Start), weight: 4);
        var small = Enumerable.Range(0, 3).Select(i => scheduler.AddTenant($"small {i}", new Budget(new BudgetLimits(3, 4), Start), weight: 0.5)).ToArray();
        foreach (var tenant in small.Append(large)) scheduler.AddDue(scheduler.AddLane(tenant, MailStream.Normal, route), 1_000_000, Start);

        var started = Run(scheduler, 100);

        // Its share of the route is 7.3 a second; unit by unit with the other three it would be 2.5.
        Assert.InRange(started[large], 690, 705);
        Assert.All(small, t => Assert.InRange(started[t], 90, 110));
    }

    [Fact]
    public void A_pool_that_is_dry_loses_none_of_its_rate_to_one_that_never_is_while_both_wait_for_the_account()
    {
        var scheduler = NewScheduler(80);
        var narrow = scheduler.AddLevel("narrow", new Budget(new BudgetLimits(30, 2), Start));
        var wide = scheduler.AddLevel("wide", new Budget(new BudgetLimits(90, 2), Start));
        var tenants = new[] { narrow, narrow, wide, wide }.Select((pool, i) =>
        {
            var tenant = scheduler.AddTenant($"tenant {i}", Unlimited(), weight: 4);
            scheduler.AddDue(scheduler.AddLane(tenant, MailStream.Normal, pool), 1_000_000, Start);
            return tenant;
        }).ToArray();

        var started = Run(scheduler, 100);

        Assert.InRange(started[tenants[0]] + started[tenants[1]], 2_960, 3_002);
        Assert.InRange(started[tenants[2]] + started[tenants[3]], 4_980, 5_042);
        Assert.All(tenants, t => Assert.InRange(started[t], t == tenants[0] || t == tenants[1] ? 1_460 : 2_460, 2_540));
    }

    [Fact]
    public void New_mail_of_a_tenant_with_credit_left_does_not_wait_behind_the_backlog_of_a_thousand()
    {
        var scheduler = NewScheduler(100);
        for (var t = 0; t < 1000; t++)
            scheduler.AddDue(scheduler.AddLane(scheduler.AddTenant($"tenant {t}", Unlimited()), MailStream.Bulk, scheduler.Account), 10_000, Start);
        Run(scheduler, 200);
        var mail = scheduler.AddLane(scheduler.AddTenant("quiet", Unlimited()), MailStream.Urgent, scheduler.Account);
        var now = Start.AddSeconds(200);
        scheduler.AddDue(mail, 1, now);

        Assert.True(scheduler.TryNext(now.AddMilliseconds(10), out var grant) && grant.Lane == mail);
    }

    [Fact]
    public void A_tenant_that_splits_its_mail_over_streams_and_routes_gets_no_more_than_one_that_does_not()
    {
        var scheduler = NewScheduler(100);
        var routes = Enumerable.Range(0, 6).Select(i => scheduler.AddLevel($"route {i}", Unlimited())).ToArray();
        var plain = scheduler.AddTenant("plain", Unlimited());
        var split = scheduler.AddTenant("split", Unlimited());
        scheduler.AddDue(scheduler.AddLane(plain, MailStream.Bulk, routes[0]), 1_000_000, Start);
        foreach (var route in routes)
        {
            foreach (var stream in Enum.GetValues<MailStream>())
                for (var i = 0; i < 3; i++) scheduler.AddDue(scheduler.AddLane(split, stream, route), 100_000, Start);
        }

        var started = Run(scheduler, 100);

        Assert.InRange(started[plain] - started[split], -8, 8);
    }

    [Fact]
    public void A_provider_that_takes_nothing_holds_up_no_other_mail_of_its_tenants_and_costs_them_no_share()
    {
        var scheduler = NewScheduler(100);
        var slow = scheduler.AddLevel("slow", new Budget(new BudgetLimits(0), Start));
        var open = scheduler.AddLevel("open", Unlimited());
        var one = scheduler.AddTenant("one", Unlimited());
        var other = scheduler.AddTenant("other", Unlimited());
        scheduler.AddDue(scheduler.AddLane(one, MailStream.Urgent, slow), 10_000, Start);
        scheduler.AddDue(scheduler.AddLane(one, MailStream.Bulk, open), 100_000, Start);
        scheduler.AddDue(scheduler.AddLane(other, MailStream.Urgent, open), 100_000, Start);

        var started = Run(scheduler, 100);

        Assert.InRange(started[one] - started[other], -8, 8);
        Assert.InRange(started[one] + started[other], 9_990, 10_004);
    }

    [Fact]
    public void Streams_of_a_tenant_share_as_8_to_4_to_1()
    {
        var scheduler = NewScheduler(13);
        var tenant = scheduler.AddTenant("tenant", Unlimited());
        var lanes = Enum.GetValues<MailStream>().Select(s => scheduler.AddLane(tenant, s, scheduler.Account)).ToArray();
        foreach (var lane in lanes) scheduler.AddDue(lane, 10_000, Start);

        Run(scheduler, 100);

        Assert.InRange(10_000 - lanes[0].Due, 790, 810);
        Assert.InRange(10_000 - lanes[1].Due, 390, 410);
        Assert.InRange(10_000 - lanes[2].Due, 90, 110);
    }

    [Fact]
    public void Lanes_of_one_stream_share_alike()
    {
        var scheduler = NewScheduler(10);
        var tenant = scheduler.AddTenant("tenant", Unlimited());
        var lanes = Enumerable.Range(0, 4).Select(_ => scheduler.AddLane(tenant, MailStream.Normal, scheduler.Account)).ToArray();
        foreach (var lane in lanes) scheduler.AddDue(lane, 10_000, Start);

        Run(scheduler, 100);

        Assert.All(lanes, l => Assert.InRange(10_000 - l.Due, 240, 260));
    }

    [Fact]
    public void Of_the_rounds_that_went_by_while_it_waited_elsewhere_a_tenant_makes_up_two()
    {
        var scheduler = NewScheduler(10);
        var turn = scheduler.AddTenant("tenant", Unlimited()).Root;
        turn.Charge(8);
        scheduler.Account.EndRoundIfIdle();
        turn.Replenish();
        Assert.Equal(8, turn.Credit);

        turn.Charge(8);
        for (var round = 0; round < 5; round++) scheduler.Account.EndRoundIfIdle();
        turn.Replenish();
        Assert.Equal(16, turn.Credit);
    }

    [Fact]
    public void Without_backlog_a_tenant_keeps_no_share_and_with_new_mail_it_waits_for_one_round_at_most()
    {
        var scheduler = NewScheduler(100);
        var flood = scheduler.AddTenant("flood", Unlimited(), weight: 2);
        var quiet = scheduler.AddTenant("quiet", Unlimited());
        var mail = scheduler.AddLane(quiet, MailStream.Normal, scheduler.Account);
        scheduler.AddDue(scheduler.AddLane(flood, MailStream.Bulk, scheduler.Account), 1_000_000, Start);
        Assert.InRange(Run(scheduler, 10)[flood], 990, 1004);

        var now = Start.AddSeconds(10);
        scheduler.AddDue(mail, 1, now);
        var before = 0;
        while (mail.Due > 0)
        {
            now = now.AddMilliseconds(10);
            while (scheduler.TryNext(now, out var grant))
            {
                scheduler.Started(grant, grant.Count, now);
                before++;
            }
        }

        Assert.InRange(before, 1, 17);
    }

    private static void CheckAgainstWaterFilling(int seed, double burst, double tolerance)
    {
        var random = new Random(seed);
        var scheduler = NewScheduler(random.Next(20, 200));
        var rates = new Dictionary<SharedLevel, double> { [scheduler.Account] = scheduler.Account.Budget.Limits.RatePerSecond!.Value };
        var routes = new List<SharedLevel>();
        for (var p = 0; p < 3; p++)
        {
            var pool = AddLevel(scheduler, rates, random.Next(5, 100), scheduler.Account);
            for (var r = 0; r < 3; r++) routes.Add(AddLevel(scheduler, rates, random.Next(2, 50), pool));
        }

        var flows = new List<WaterFilling.Flow>();
        for (var t = 0; t < 25; t++)
        {
            var tenant = scheduler.AddTenant($"tenant {t}", Unlimited(), Math.Round(0.25 + (random.NextDouble() * 4), 2));
            var own = random.Next(3) == 0 ? random.Next(1, 10) : double.PositiveInfinity;
            // A bucket that can save up nothing loses what it would earn while others have their unit: that is no share to be compared.
            if (own < double.PositiveInfinity) scheduler.SetLimits(tenant, new BudgetLimits(own, burst), Start);
            var route = routes[random.Next(routes.Count)];
            scheduler.AddDue(scheduler.AddLane(tenant, MailStream.Normal, route), 1_000_000, Start);
            flows.Add(new WaterFilling.Flow(tenant, route, own));
        }

        const int Seconds = 400;
        var started = Run(scheduler, Seconds);
        foreach (var (tenant, rate) in WaterFilling.Share(flows, rates))
        {
            // Two quanta are what credit can be at the end and was not at the beginning, or the other way round; and what the buckets held.
            var allowed = Math.Max((2 * 8 * tenant.Weight) + 6, tolerance * rate * Seconds);
            Assert.True(
                Math.Abs(started.GetValueOrDefault(tenant) - (rate * Seconds)) <= allowed,
                $"seed {seed}: {tenant.Name} (weight {tenant.Weight}) started {started.GetValueOrDefault(tenant)} units, due {rate * Seconds:F1}");
        }
    }

    private static SharedLevel AddLevel(EgressScheduler scheduler, Dictionary<SharedLevel, double> rates, double rate, SharedLevel within)
    {
        var level = scheduler.AddLevel($"level {rates.Count}", new Budget(new BudgetLimits(rate, 4), Start), within);
        rates.Add(level, rate);
        return level;
    }

    private static EgressScheduler NewScheduler(double rate) => new(new Budget(new BudgetLimits(rate, 4), Start));

    private static Budget Unlimited() => new(BudgetLimits.None, Start);

    private static Dictionary<PacedTenant, int> Run(EgressScheduler scheduler, int seconds)
    {
        var started = new Dictionary<PacedTenant, int>();
        // By the scheduler's own wake-ups: a bucket with a small burst would lose what it earns between two ticks of a clock.
        for (var now = Start; now < Start.AddSeconds(seconds); now = scheduler.AskAgainAt(now)!.Value)
        {
            while (scheduler.TryNext(now, out var grant))
            {
                scheduler.Started(grant, grant.Count, now);
                scheduler.Ended(grant, grant.Count, now);
                started[grant.Lane.Tenant] = started.GetValueOrDefault(grant.Lane.Tenant) + grant.Count;
            }
        }

        return started;
    }
}
