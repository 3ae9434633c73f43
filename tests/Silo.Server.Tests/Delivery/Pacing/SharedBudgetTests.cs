using Silo.Core.Delivery;
using Silo.Core.Pacing;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Egress;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Delivery.Pacing;

/// <summary>What tenants share, as it is shared through the whole engine.</summary>
public sealed class SharedBudgetTests
{
    private const int Quantum = 8;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task Quiet_tenants_wait_for_a_round_and_not_for_the_flood_of_another()
    {
        await using var engine = await Start(new BudgetLimits(100, 4));
        await engine.Create("flood");
        await engine.Create("quiet");
        await engine.SendMany("flood", 1_500);
        await engine.Until(() => engine.Transport.Starts.Count >= 50, "the flood leaves", Step);

        for (var i = 0; i < 5; i++)
        {
            var before = engine.Transport.Starts.Count;
            await engine.Send("quiet");
            await engine.Until(() => engine.Transport.Starts.Count(s => s.Tenant == "quiet") == i + 1, "the quiet tenant's mail has left", Step);
            var starts = engine.Transport.Starts.Skip(before).TakeWhile(s => s.Tenant != "quiet").Count();
            // One turn of the other, and what the bucket held.
            Assert.InRange(starts, 0, Quantum + 4);
        }
    }

    [Fact]
    public async Task Tenants_share_what_they_all_want_by_their_weights()
    {
        await using var engine = await Start(new BudgetLimits(200, 4));
        foreach (var tenant in (string[])["one", "three"]) await engine.Create(tenant);
        await engine.Tenants.Get("three").SetLimits(new TenantLimits { Weight = 3 }, default);
        foreach (var tenant in (string[])["one", "three"]) await engine.SendMany(tenant, 800);
        var from = engine.Transport.Starts.Count;
        await engine.Until(() => engine.Transport.Starts.Count >= from + 600, "some have left", Step);

        var counted = engine.Transport.Starts.Skip(from + 40).Take(480).ToArray();
        Assert.InRange(counted.Count(s => s.Tenant == "three"), 360 - (3 * Quantum), 360 + (3 * Quantum));
    }

    [Fact]
    public async Task Urgent_mail_does_not_wait_behind_its_own_tenants_newsletter()
    {
        await using var engine = await Start(new BudgetLimits(50, 2));
        await engine.Create("a");
        await engine.SendMany("a", 500, stream: MailStream.Bulk);
        await engine.Until(() => engine.Transport.Starts.Count >= 20, "the newsletter leaves", Step);
        var before = engine.Transport.Starts.Count;
        await engine.SendMany("a", 1, _ => "reset@example.org", MailStream.Urgent);
        await engine.Until(() => engine.Transport.Starts.Any(s => s.Recipient == "reset@example.org"), "the password reset has left", Step);
        Assert.InRange(engine.Transport.Starts.Skip(before).TakeWhile(s => s.Recipient != "reset@example.org").Count(), 0, 4);
    }

    [Fact]
    public async Task After_a_restart_urgent_mail_is_found_behind_a_newsletter_that_is_longer_than_what_is_held_in_memory()
    {
        await using var engine = await Start(new BudgetLimits(20, 2), e => e.Delivery.WindowPerLane = 16);
        await engine.Create("a");
        await engine.SendMany("a", 400, stream: MailStream.Bulk);
        await engine.SendMany("a", 3, _ => "reset@example.org", MailStream.Urgent);
        await engine.Crash();
        await engine.Until(() => engine.Transport.Starts.Count(s => s.Recipient == "reset@example.org") >= 3, "the password resets have left", Step);
        Assert.InRange(engine.Transport.Starts.Count(s => s.Recipient != "reset@example.org"), 0, 150);
    }

    [Fact]
    public async Task A_limit_of_a_pool_towards_one_provider_holds_up_no_mail_for_others_and_not_that_of_other_pools()
    {
        await using var engine = await Start(BudgetLimits.None);
        engine.Dispatcher.Follow(PlanOf(new PoolLimits { Providers = [new ProviderLimits("Gmail", 1, 1, null)] }));
        await engine.Create("a");
        await engine.SendMany("a", 50, _ => "r@gmail.com", pool: "news");
        await engine.SendMany("a", 30, _ => "r@example.org", pool: "news");
        await engine.SendMany("a", 30, _ => "s@gmail.com");
        await engine.Until(() => engine.Transport.Starts.Count(s => s.Recipient != "r@gmail.com") == 60, "the other mail has left");

        Assert.InRange(engine.Transport.Starts.Count(s => s.Recipient == "r@gmail.com"), 0, 2);
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(500), "a");
        var starts = engine.Transport.Starts.Where(s => s.Recipient == "r@gmail.com").Select(s => s.At).ToArray();
        for (var i = 1; i < starts.Length; i++) Assert.True((starts[i] - starts[0]).TotalSeconds >= i - 1 - 1e-6);
    }

    [Fact]
    public async Task Mail_to_a_business_domain_is_its_hosters_from_when_its_hosts_are_known_also_after_a_restart()
    {
        await using var engine = await Start(BudgetLimits.None);
        engine.Dispatcher.Follow(PlanOf(new PoolLimits { Providers = [new ProviderLimits("Google Workspace", 0.001, 1, null)] }));
        await engine.Create("a");
        await engine.SendMany("a", 10, _ => "r@shop.example", pool: "news");
        await engine.UntilNothingIsOpen(default, "a");

        engine.Providers.Learn("shop.example", ["aspmx.l.google.com"]);
        await engine.SendMany("a", 10, _ => "s@shop.example", pool: "news");
        engine.Providers = new MailboxProviders([]);
        await engine.Restart();
        engine.Dispatcher.Follow(PlanOf(new PoolLimits { Providers = [new ProviderLimits("Google Workspace", 0.001, 1, null)] }));
        await engine.SendMany("a", 10, _ => "t@shop.example", pool: "news");
        await engine.Until(() => engine.Transport.Starts.Count(s => s.Recipient == "t@shop.example") == 10, "the mail that names no hoster has left", Step);

        Assert.InRange(engine.Transport.Starts.Count(s => s.Recipient == "s@shop.example"), 0, 1);
        var (_, events) = await engine.Replay(await engine.KeyOf("a"), engine.Time.GetUtcNow());
        Assert.All(events.Where(e => e.Recipient == "s@shop.example"), e => Assert.Equal("Google Workspace", e.Provider));
        Assert.All(events.Where(e => e.Recipient is "r@shop.example" or "t@shop.example"), e => Assert.Null(e.Provider));
    }

    [Theory]
    [InlineData(40.0, 8.0)]
    [InlineData(7.0, 1.0)]
    public async Task No_stretch_of_time_sees_more_of_a_pool_start_than_its_rate_and_burst_allow_however_slow_the_way_to_the_start_is(double rate, double burst)
    {
        await using var engine = await Start(BudgetLimits.None);
        var random = new Random(3);
        engine.Transport.Before = async _ =>
        {
            TimeSpan way;
            lock (random) way = TimeSpan.FromMilliseconds(random.Next(20));
            await Task.Delay(way, engine.Time);
            return null;
        };
        engine.Dispatcher.Follow(PlanOf(new PoolLimits { RatePerSecond = rate, Burst = burst }));
        foreach (var tenant in (string[])["a", "b", "c"])
        {
            await engine.Create(tenant);
            await engine.SendMany(tenant, 40, pool: "news");
        }

        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(7), "a", "b", "c");
        var starts = engine.Transport.Starts.Select(s => s.At).ToArray();
        Assert.Equal(120, starts.Length);
        for (var first = 0; first < starts.Length; first++)
        {
            for (var last = first; last < starts.Length; last++)
                Assert.True(last - first + 1 <= burst + (rate * (starts[last] - starts[first]).TotalSeconds) + 1e-6, $"{first} to {last}");
        }
    }

    [Fact]
    public async Task What_SES_says_of_the_account_holds_for_the_mail_that_waits()
    {
        await using var engine = await Start(BudgetLimits.None);
        engine.AccountLimits.Learn(2, 5);
        engine.Dispatcher.Follow(PlanOf(new PoolLimits()));
        await engine.Create("a");
        await engine.SendMany("a", 10, pool: "news");
        await engine.Until(() => engine.Transport.Starts.Count == 5, "the day's five have left", TimeSpan.FromMilliseconds(100));
        var budget = (await engine.Tenants.Get("a").Budgets(default))!.Queue.Budgets.Single(b => b.Name == "account");
        Assert.Equal((2.0, 5L, 5L), (budget.RatePerSecond!.Value, budget.PerDay!.Value, budget.UsedToday!.Value));

        engine.AccountLimits.Learn(1_000, 10);
        engine.Dispatcher.Follow(PlanOf(new PoolLimits()));
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(1), "a");
    }

    [Fact]
    public async Task A_pools_limits_hold_from_when_they_are_changed_while_mail_waits()
    {
        await using var engine = await Start(BudgetLimits.None);
        engine.Dispatcher.Follow(PlanOf(new PoolLimits { RatePerSecond = 0.01, Burst = 1 }));
        await engine.Create("a");
        await engine.SendMany("a", 100, pool: "news");
        await engine.Until(() => engine.Transport.Starts.IsEmpty, "nothing leaves");
        engine.Dispatcher.Follow(PlanOf(new PoolLimits { RatePerSecond = 1_000, Burst = 10 }, version: 2));
        var from = engine.Time.GetUtcNow();
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.InRange(engine.Time.GetUtcNow() - from, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_pool_that_is_paused_towards_a_provider_lets_nothing_new_go_there_and_drains_and_a_pool_that_is_paused_lets_nothing_go()
    {
        await using var engine = await Start(BudgetLimits.None);
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = h => h.Recipient == "begun@gmail.com" ? new(hang.Task) : new(ScriptedTransport.Delivered);
        await engine.Create("a");
        await engine.SendMany("a", 1, _ => "begun@gmail.com", pool: "news");
        await engine.Until(() => engine.Transport.UnderWay == 1, "one has begun");
        engine.Dispatcher.Follow(Paused(2, "Gmail"));
        await engine.SendMany("a", 20, i => i % 2 == 0 ? "r@gmail.com" : "r@example.org", pool: "news");
        await engine.Until(() => engine.Transport.Starts.Count == 11, "the other mail has left");
        hang.SetResult(ScriptedTransport.Delivered);
        await engine.Until(() => engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "what had begun has ended");
        Assert.DoesNotContain(engine.Transport.Starts, s => s.Recipient == "r@gmail.com");

        engine.Dispatcher.Follow(Paused(3, null));
        await engine.SendMany("a", 5, _ => "late@example.org", pool: "news");
        await engine.SendMany("a", 5, _ => "else@example.org");
        await engine.Until(() => engine.Transport.Starts.Count == 16 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "other pools go on");
        Assert.DoesNotContain(engine.Transport.Starts, s => s.Recipient == "late@example.org");
        var waits = (await engine.Tenants.Get("a").Budgets(default))!.Queue;
        Assert.True(waits.Budgets.Single(b => b.Name == "pool news").IsClosed);

        engine.Dispatcher.Follow(PlanOf(new PoolLimits(), version: 4));
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));

        static EgressPlan Paused(long version, string? provider) => new(
            version, [new SendingPool { Name = "news", CreatedAt = DateTimeOffset.UnixEpoch, Pauses = [new PoolPause(provider, "Listed.", DateTimeOffset.UnixEpoch)] }], []);
    }

    [Fact]
    public async Task Nothing_leaves_after_a_restart_before_it_is_known_what_is_paused()
    {
        await using var engine = await Start(BudgetLimits.None);
        engine.Dispatcher.Follow(Paused(1));
        await engine.Create("a");
        await engine.SendMany("a", 20, pool: "news");
        engine.HasPlanAtStart = false;
        await engine.Restart();
        // The buckets of a process begin empty: only the plan is missing now.
        engine.Time.Advance(TimeSpan.FromSeconds(5));
        await engine.SendMany("a", 20, pool: "news");
        await engine.Until(async () => (await engine.Tenants.Get("a").Budgets(default))!.Queue.Lanes.Sum(l => l.Due) == 40, "it is due", Step);
        Assert.Equal(engine.Delivery.InFlight, engine.Dispatcher.FreeSlots);

        engine.Dispatcher.Follow(Paused(2));
        await engine.SendMany("a", 5, _ => "else@example.org");
        await engine.Until(() => engine.Transport.Starts.Count == 5 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "other mail leaves", Step);
        Assert.All(engine.Transport.Starts, s => Assert.Equal("else@example.org", s.Recipient));
        engine.Dispatcher.Follow(PlanOf(new PoolLimits(), version: 3));
        await engine.UntilNothingIsOpen(Step, "a");

        static EgressPlan Paused(long version) => new(
            version, [new SendingPool { Name = "news", CreatedAt = DateTimeOffset.UnixEpoch, Pauses = [new PoolPause(null, "Listed.", DateTimeOffset.UnixEpoch)] }], []);
    }

    [Fact]
    public async Task A_tenant_with_a_small_burst_keeps_its_rate_however_long_its_dialogues_take()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.TenantOptions.SendRate, e.TenantOptions.SendBurst) = (10, 2));
        var ends = new List<TaskCompletionSource<DeliveryResult>>();
        engine.Transport.Answer = _ =>
        {
            var end = new TaskCompletionSource<DeliveryResult>();
            lock (ends) ends.Add(end);
            return new(end.Task);
        };
        await engine.Create("a");
        await engine.SendMany("a", 60);
        var from = engine.Time.GetUtcNow();
        await engine.Until(() => engine.Transport.Starts.Count >= 40, "they start while none has ended", Step);
        Assert.InRange((engine.Time.GetUtcNow() - from).TotalSeconds, 3, 6);
        engine.Transport.Answer = _ => new(ScriptedTransport.Delivered);
        lock (ends) ends.ForEach(e => e.SetResult(ScriptedTransport.Delivered));
        await engine.UntilNothingIsOpen(Step, "a");
    }

    [Fact]
    public async Task The_days_quota_of_the_account_holds_mail_back_that_is_above_it_and_burns_no_attempt()
    {
        await using var engine = await Start(new BudgetLimits(PerDay: 25));
        await engine.Create("a");
        await engine.Create("b");
        await engine.SendMany("a", 20);
        await engine.SendMany("b", 20);
        await engine.Until(() => engine.Transport.Starts.Count == 25 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "the quota is used", Step);
        var used = engine.Time.GetUtcNow();
        engine.Time.Advance(TimeSpan.FromHours(23.9));
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(1), "a", "b");

        Assert.All(engine.Transport.Starts.Skip(25), s => Assert.True(s.At - used >= TimeSpan.FromHours(23.9)));
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
    }

    [Fact]
    public async Task Mail_of_a_provider_that_asks_to_slow_down_is_slowed_down_and_no_other()
    {
        await using var engine = await Start(BudgetLimits.None);
        var slowed = new DeliveryResult
        {
            Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Recipient, DeferralScope = DeferralScope.SlowDown, Diagnostic = "421 4.7.28 Slow down",
        };
        engine.Transport.Answer = h => new(h.Recipient.EndsWith("gmail.com", StringComparison.Ordinal) ? slowed : ScriptedTransport.Delivered);
        await engine.Create("a");
        await engine.SendMany("a", 5, _ => "first@gmail.com");
        await engine.Until(() => engine.Transport.Starts.Count == 5 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "it was asked to slow down");
        engine.Transport.Answer = _ => new(ScriptedTransport.Delivered);
        await engine.SendMany("a", 150, _ => "r@gmail.com");
        await engine.SendMany("a", 150, _ => "r@example.org");
        await engine.Until(() => engine.Transport.Starts.Count(s => s.Recipient == "r@example.org") == 150, "the other mail has left");

        Assert.InRange(engine.Transport.Starts.Count(s => s.Recipient == "r@gmail.com"), 0, 20);
        // What the operator plans then may be less than what a throttle always tries.
        await engine.SendMany("a", 1, _ => "r@gmail.com", pool: "news");
        engine.Dispatcher.Follow(new EgressPlan(2, [SendingPool.Implicit(SendingPool.Shared) with
        {
            Limits = new PoolLimits { Providers = [new ProviderLimits("Gmail", 0.05, null, null)] },
        }], []));
        await engine.SendMany("a", 3, _ => "s@example.org");
        await engine.Until(() => engine.Transport.Starts.Count(s => s.Recipient == "s@example.org") == 3, "the rest goes on", Step);
        engine.Dispatcher.Follow(new EgressPlan(3, [], []));
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(500), "a");
    }

    [Fact]
    public async Task A_domain_that_is_nobodys_and_asks_to_slow_down_slows_down_no_other()
    {
        await using var engine = await Start(BudgetLimits.None);
        engine.Transport.PacesSites = true;
        var slowed = new DeliveryResult
        {
            Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Recipient, DeferralScope = DeferralScope.SlowDown, Diagnostic = "421 4.7.1 Slow down",
        };
        engine.Transport.Answer = h => new(h.Recipient.StartsWith('r') ? ScriptedTransport.Delivered : slowed);
        await engine.Create("a");
        await engine.SendMany("a", 20, i => i < 10 ? "s@slow.example" : "s@gmail.com");
        await engine.Until(() => engine.Transport.Starts.Count == 20 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "both have asked to slow down");
        await engine.SendMany("a", 300, i => i < 150 ? "r@other.example" : "r@gmail.com");
        await engine.Until(() => engine.Transport.Starts.Count(s => s.Recipient == "r@other.example") == 150, "the other domain's mail has left");
        Assert.InRange(engine.Transport.Starts.Count(s => s.Recipient == "r@gmail.com"), 0, 40);
    }

    [Fact]
    public async Task What_waits_for_a_connection_when_its_pool_is_paused_does_not_begin_and_keeps_its_place()
    {
        await using var engine = await Start(BudgetLimits.None);
        var connected = new TaskCompletionSource();
        engine.Transport.Before = async _ =>
        {
            await connected.Task;
            return null;
        };
        engine.Dispatcher.Follow(PlanOf(new PoolLimits()));
        await engine.Create("a");
        await engine.SendMany("a", 10, pool: "news");
        await engine.Until(() => engine.Transport.UnderWay == 10, "they wait for connections");
        engine.Dispatcher.Follow(new EgressPlan(
            2, [new SendingPool { Name = "news", CreatedAt = DateTimeOffset.UnixEpoch, Pauses = [new PoolPause("Other", "Listed.", DateTimeOffset.UnixEpoch)] }], []));
        await engine.Dispatcher.Report(await engine.KeyOf("a"), default);
        connected.SetResult();
        await engine.Until(() => engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "they are back");
        Assert.Empty(engine.Transport.Starts);

        engine.Dispatcher.Follow(PlanOf(new PoolLimits(), version: 3));
        await engine.UntilNothingIsOpen(Step, "a");
        var started = engine.Transport.Starts.Select(s => (s.MessageId, s.Attempt)).ToArray();
        Assert.Equal(Enumerable.Range(1, 10).Select(i => ($"a-{i:D6}", 1)), started);
    }

    private static async Task<EngineUnderTest> Start(BudgetLimits account, Action<EngineUnderTest>? configure = null) => await EngineUnderTest.Start(e =>
    {
        (e.Account, e.Delivery.Quantum) = (account, Quantum);
        configure?.Invoke(e);
    });

    private static EgressPlan PlanOf(PoolLimits limits, long version = 1) =>
        new(version, [new SendingPool { Name = "news", CreatedAt = DateTimeOffset.UnixEpoch, Limits = limits }], []);
}
