using Silo.Core.Pacing;
using Silo.Server.Egress.Sharing;
using Silo.Testing;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Delivery.Pacing;

/// <summary>Limits that silos keep together, through the whole engine.</summary>
public sealed class SharedLimitsTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task A_quota_that_is_half_used_lets_only_the_other_half_go_after_a_restart()
    {
        await using var engine = await EngineUnderTest.Start(e => e.Account = new BudgetLimits(PerDay: 60));
        await engine.Create("a");
        await engine.SendMany("a", 30);
        await engine.UntilNothingIsOpen(Step, "a");
        await engine.Restart();
        await engine.SendMany("a", 60);
        await engine.Until(() => engine.Transport.Starts.Count == 60, "the other half has left", Step);
        await LetTimePass(engine, TimeSpan.FromMinutes(2));

        Assert.Equal(60, engine.Transport.Starts.Count);
        Assert.Equal(60, (await engine.Tenants.Get("a").Budgets(default))!.Queue.Budgets.Single(b => b.Name == "account").UsedToday);
        engine.Time.Advance(TimeSpan.FromHours(24));
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(1), "a");
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
    }

    [Fact]
    public async Task A_process_that_is_killed_wastes_no_more_of_a_quota_than_the_block_that_it_had()
    {
        await using var engine = await EngineUnderTest.Start(e => e.Account = new BudgetLimits(PerDay: 100));
        await engine.Create("a");
        await engine.SendMany("a", 30);
        await engine.UntilNothingIsOpen(Step, "a");
        await engine.Crash();
        await engine.SendMany("a", 120);
        await engine.Until(async () => (await Account(engine, "a")).UsedToday == 100 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "all is used", Step);
        await LetTimePass(engine, TimeSpan.FromMinutes(2));

        // What was due and an eighth of the rest.
        Assert.InRange(engine.Transport.Starts.Count, 100 - 30 - 10, 100);
    }

    [Fact]
    public async Task What_was_not_used_of_a_block_can_be_used_by_another_silo_when_its_term_is_over()
    {
        await using var engine = await EngineUnderTest.Start(e => e.Account = new BudgetLimits(PerDay: 60));
        await engine.Create("a");
        await engine.Send("a");
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.True(await Free(engine) < 59);
        await engine.Until(async () => await Free(engine) == 59, "the rest is back", TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Without_an_answer_mail_waits_for_its_share_when_the_term_is_over_and_says_so_and_goes_on_afterwards()
    {
        var pools = new PoolsOfTest();
        await using var engine = await EngineUnderTest.Start(e =>
        {
            e.Account = new BudgetLimits(50, 5);
            e.OtherPools = pools.Open;
        });
        await engine.Create("a");
        await engine.SendMany("a", 1_500);
        await engine.Until(() => engine.Transport.Starts.Count >= 100, "some leaves", Step);
        pools.Fail = true;
        await engine.Until(async () => (await Waits(engine, "a")) == "share of account", "its share is over", TimeSpan.FromMilliseconds(50));
        await engine.Until(() => engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "nothing is in hand");
        var before = engine.Transport.Starts.Count;
        await LetTimePass(engine, TimeSpan.FromSeconds(30));
        Assert.Equal(before, engine.Transport.Starts.Count);

        pools.Fail = false;
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
        AssertNever(new BudgetLimits(50, 5), engine.Transport.Starts);
    }

    [Fact]
    public async Task Two_silos_together_keep_a_rate_and_a_quota_whatever_becomes_of_the_owner_and_mail_goes_on()
    {
        var limits = new BudgetLimits(100, 6, 600);
        var time = new HostileTimeProvider();
        var pools = new PoolsOfTest();
        await using var one = await EngineUnderTest.Start(Configure, time);
        await using var two = await EngineUnderTest.Start(Configure, time);
        foreach (var engine in (EngineUnderTest[])[one, two])
        {
            await engine.Create("a");
            await engine.SendMany("a", 400);
        }

        for (var crash = 1; crash <= 3; crash++)
        {
            await one.Until(() => one.Transport.Starts.Count + two.Transport.Starts.Count >= crash * 100, "mail leaves", Step);
            pools.Crash();
        }

        await one.Until(
            async () => await IsUsedUp(one) && await IsUsedUp(two) && IsIdle(one) && IsIdle(two), "the quota is used", TimeSpan.FromMilliseconds(50));
        var starts = one.Transport.Starts.Concat(two.Transport.Starts).OrderBy(s => s.At).ToArray();
        Assert.InRange(starts.Length, 300, 600);
        Assert.True(one.Transport.Starts.Count > 50 && two.Transport.Starts.Count > 50, $"{one.Transport.Starts.Count} and {two.Transport.Starts.Count}");
        AssertNever(limits, starts);

        void Configure(EngineUnderTest engine)
        {
            engine.Account = limits;
            engine.OtherPools = pools.Open;
        }

        static bool IsIdle(EngineUnderTest engine) => engine.Dispatcher.FreeSlots == engine.Delivery.InFlight;

        static async Task<bool> IsUsedUp(EngineUnderTest engine) => (await Account(engine, "a")) is { UsedToday: >= 600 };
    }

    [Fact]
    public async Task A_silo_whose_mail_has_just_come_has_its_share_within_a_second_though_another_one_has_mail_without_end()
    {
        var time = new HostileTimeProvider();
        var pools = new PoolsOfTest();
        await using var flood = await EngineUnderTest.Start(Configure, time);
        await using var quiet = await EngineUnderTest.Start(Configure, time);
        await flood.Create("a");
        await quiet.Create("b");
        await flood.SendMany("a", 3_000);
        await flood.Until(() => flood.Transport.Starts.Count >= 200, "the flood leaves", Step);
        await quiet.Send("b");
        var from = time.GetUtcNow();
        await quiet.Until(() => quiet.Transport.Starts.Count == 1, "the quiet one has left", TimeSpan.FromMilliseconds(1));
        Assert.InRange(time.GetUtcNow() - from, TimeSpan.Zero, TimeSpan.FromSeconds(1.5));

        void Configure(EngineUnderTest engine)
        {
            engine.Account = new BudgetLimits(100, 20);
            engine.OtherPools = pools.Open;
        }
    }

    [Fact]
    public async Task What_waited_too_long_for_a_connection_does_not_start_and_burns_no_attempt()
    {
        await using var engine = await EngineUnderTest.Start();
        var connected = new TaskCompletionSource();
        engine.Transport.Before = async _ =>
        {
            await connected.Task;
            return null;
        };
        await engine.Create("a");
        await engine.SendMany("a", 5);
        await engine.Until(() => engine.Transport.UnderWay == 5, "they wait for connections");
        engine.Time.Advance(EgressScheduler.GrantHolds + TimeSpan.FromSeconds(1));
        connected.SetResult();
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(5, engine.Transport.NotStarted);
        // Those that are back first need not wait for the others.
        Assert.Equal(Enumerable.Range(1, 5).Select(i => ($"a-{i:D6}", 1)), engine.Transport.Starts.Select(s => (s.MessageId, s.Attempt)).Order());
    }

    private static void AssertNever(BudgetLimits limits, IEnumerable<Start> all)
    {
        var starts = all.Select(s => s.At).Order().ToArray();
        for (var first = 0; first < starts.Length; first++)
        {
            for (var last = first; last < starts.Length; last++)
            {
                var most = limits.Burst + (limits.RatePerSecond!.Value * (starts[last] - starts[first]).TotalSeconds);
                Assert.True(last - first + 1 <= most + 1e-6, $"{first} to {last}: more than {most}");
            }
        }

        Assert.True(starts.Length <= (limits.PerDay ?? int.MaxValue));
    }

    private static async Task<Server.Delivery.Pacing.BudgetReport> Account(EngineUnderTest engine, string tenant) =>
        (await engine.Tenants.Get(tenant).Budgets(default))!.Queue.Budgets.Single(b => b.Name == "account");

    private static async Task<string?> Waits(EngineUnderTest engine, string tenant) =>
        (await engine.Tenants.Get(tenant).Budgets(default))!.Queue.Lanes.SingleOrDefault()?.WaitsFor;

    private static async Task<long> Free(EngineUnderTest engine) =>
        60 - (await engine.Pools.Get(PoolKey.Account).Ask(
            new PoolRequest(99, [new BudgetRequest("", 0, 0, 0, 0, 0, [])]), default)).Budgets.Single().Used!.Value;

    private static async Task LetTimePass(EngineUnderTest engine, TimeSpan time)
    {
        for (var i = 0; i < 60; i++)
        {
            engine.Time.Advance(time / 60);
            await engine.Dispatcher.Report(0, default);
        }
    }
}
