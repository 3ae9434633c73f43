using Silo.Core.Delivery;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Core.WarmUp;
using Silo.Server.Egress;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Storage;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Tenants;

/// <summary>What a warm-up keeps waiting leaves by another pool where that is wanted, and never with an open finding.</summary>
public sealed class OverflowTests : TenantsInWarmUp
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Mail_above_the_hours_slice_leaves_by_the_other_pool_and_counts_in_no_cap(bool byDomain)
    {
        await using var engine = await StartOverflowing(e => e.Delivery.WindowPerLane = 64);
        await SetWarmUp(engine, [240], gmail: [48], byDomain: byDomain, overflow: "other");
        await engine.SendMany("a", 150, i => i % 2 == 0 ? "r@example.org" : "r@gmail.com", pool: "own");
        await UntilStarted(engine, 150, TimeSpan.FromMilliseconds(100));
        Assert.Equal(10, Ways.Count(w => w.Pool == "own"));
        Assert.Equal(140, Ways.Count(w => w.Pool == "other"));
        Assert.Equal(150, Ways.Select(w => w.MessageId).Distinct().Count());
        Assert.All(Starts, s => Assert.Equal(1, s.Attempt));
        Assert.Equal(10, (await engine.Tenants.Get("a").Describe(default))!.WarmUpUse[0].SentThisHour);

        engine.Time.Advance(Hour);
        await engine.SendMany("a", 20, pool: "own");
        await UntilStarted(engine, 170, TimeSpan.FromMilliseconds(100));
        Assert.Equal(20, Ways.Count(w => w.Pool == "own"));
    }

    [Fact]
    public async Task It_goes_in_small_steps_so_that_the_next_hour_has_mail()
    {
        await using var engine = await StartOverflowing();
        engine.Dispatcher.Follow(Plan(2, paused: "other"));
        await SetWarmUp(engine, [240], overflow: "other");
        await engine.SendMany("a", 300, pool: "own");
        await UntilStarted(engine, 10);
        await engine.Until(async () => await Overflowed(engine) == 64, "a step was made");
        // A tenant that is not in memory has decided nothing else.
        engine.Time.Advance(Hour / 2);
        await engine.Actors.CollectIdle(default);
        Assert.Equal(0, engine.Actors.Count);
        engine.Dispatcher.Follow(Plan(3, paused: "other"));
        engine.Time.Advance(Hour / 2);
        await UntilStarted(engine, 20, TimeSpan.FromSeconds(30));
        Assert.Equal(64, await Overflowed(engine));
        // While the tenant is asked nothing waits.
        (string, bool, int, string)[] expected = [("other", true, 64, "pool other"), ("own", false, 216, "warm-up")];
        await engine.Until(
            async () => (await engine.Tenants.Get("a").Budgets(default))!.Queue.Lanes
                .Select(l => (l.Pool!, l.Overflows, l.Due, l.WaitsFor!)).Order().SequenceEqual(expected),
            "each lane says what it waits for");
        Assert.Equal("other", (await engine.Tenants.Get("a").Budgets(default))!.Own.OverflowPool);
    }

    [Fact]
    public async Task Once_a_finding_is_open_nothing_overflows_any_more_and_what_has_not_left_goes_back()
    {
        await using var engine = await StartOverflowing();
        await engine.Tenants.Get("a").SetPolicy(new SetPolicy(ReputationPolicy.None), default);
        var connected = new TaskCompletionSource();
        var holds = true;
        engine.Transport.Before = async h =>
        {
            if (holds && h.OverflowPool is not null) await connected.Task;
            return null;
        };
        await SetWarmUp(engine, [240_000], gmail: [24], overflow: "other");
        await engine.SendMany("a", 30, _ => "r@gmail.com", pool: "own");
        await engine.Until(() => engine.Transport.UnderWay == 29, "29 are on their way by the other pool", TimeSpan.FromMilliseconds(10));
        var bounced = 0;
        Answer(engine, () => new(Interlocked.Increment(ref bounced) % 3 == 0 ? ScriptedTransport.HardBounce : ScriptedTransport.Delivered));
        await engine.SendMany("a", 600, pool: "own");
        await engine.Until(
            async () => (await engine.Tenants.Get("a").Describe(default))!.Standing.OpenFindings.Count > 0, "a finding is open",
            TimeSpan.FromMilliseconds(10));
        holds = false;
        connected.SetResult();
        await engine.Until(async () => await engine.Queued("a") == 29, "all but what overflowed has left", TimeSpan.FromMilliseconds(10));
        await engine.Until(async () => await Overflowed(engine) == 0, "it is back", TimeSpan.FromMilliseconds(10));
        Assert.DoesNotContain(Ways, w => w.Pool == "other");
        var explained = await engine.Tenants.Get("a").Explain("a-000030", engine.Time.GetUtcNow().AddMinutes(-1), default);
        var delivery = Assert.Single(explained!.Deliveries);
        Assert.Equal(("warm-up × Gmail", 0), (delivery.WaitsFor, delivery.Attempts));
        Assert.Null((await engine.Tenants.Get("a").Budgets(default))!.Own.OverflowPool);
        var before = Ways.Count;
        engine.Time.Advance(Hour);
        await UntilStarted(engine, before + 1);
        Assert.Equal(("r@gmail.com", "own"), (Ways.Last().Recipient, Ways.Last().Pool));
    }

    [Fact]
    public async Task What_waits_in_the_other_pool_when_a_finding_opens_goes_back_and_leaves_at_the_warm_ups_pace()
    {
        await using var engine = await StartOverflowing();
        await engine.Tenants.Get("a").SetPolicy(new SetPolicy(ReputationPolicy.None), default);
        engine.Dispatcher.Follow(Plan(2, without: "other"));
        await SetWarmUp(engine, [240_000], gmail: [24], overflow: "other");
        await engine.SendMany("a", 30, _ => "r@gmail.com", pool: "own");
        // All in one step: to a pool that is paused there is no second one.
        engine.Dispatcher.Follow(Plan(3, paused: "other"));
        await engine.Until(async () => await Overflowed(engine) == 29, "29 wait in the other pool");
        var bounced = 0;
        Answer(engine, () => new(Interlocked.Increment(ref bounced) % 3 == 0 ? ScriptedTransport.HardBounce : ScriptedTransport.Delivered));
        await engine.SendMany("a", 600, pool: "own");
        await engine.Until(async () => await Overflowed(engine) == 0, "it is back", TimeSpan.FromMilliseconds(10));
        Assert.NotEmpty((await engine.Tenants.Get("a").Describe(default))!.Standing.OpenFindings);
        engine.Dispatcher.Follow(Plan(4));
        await UntilStarted(engine, 601, TimeSpan.FromMilliseconds(10));
        Assert.All(Ways, w => Assert.Equal("own", w.Pool));
        engine.Time.Advance(Hour);
        await UntilStarted(engine, 602);
    }

    [Fact]
    public async Task What_overflowed_stays_so_over_a_restart_and_a_crash_and_for_its_retries()
    {
        await using var engine = await StartOverflowing();
        engine.Dispatcher.Follow(Plan(2, without: "other"));
        await SetWarmUp(engine, [24], overflow: "other");
        await engine.SendMany("a", 20, pool: "own");
        engine.Dispatcher.Follow(Plan(3, paused: "other"));
        await engine.Until(async () => await Overflowed(engine) == 19, "19 wait in the other pool");
        await engine.Restart();
        engine.Dispatcher.Follow(Plan(4, paused: "other"));
        engine.Time.Advance(TimeSpan.FromSeconds(5));
        await engine.Until(async () => await Overflowed(engine) == 19, "19 wait there still");
        Answer(engine, () => new(new DeliveryResult
        {
            Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Recipient, DeferralScope = DeferralScope.Recipient,
        }));
        engine.Dispatcher.Follow(Plan(5));
        await UntilStarted(engine, 20, TimeSpan.FromMilliseconds(100));
        Assert.Equal(19, await Overflowed(engine));
        Answer(engine, () => new(ScriptedTransport.Delivered));
        await engine.Crash();
        engine.Dispatcher.Follow(Plan(6));
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(10), "a");
        Assert.Equal((1, 38), (Ways.Count(w => w.Pool == "own"), Ways.Count(w => w.Pool == "other")));
        Assert.Equal(1, (await Total(engine)).SentToday);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_the_pool_or_the_warm_up_it_leaves_by_its_own_again(bool withoutPool)
    {
        await using var engine = await StartOverflowing();
        engine.Dispatcher.Follow(Plan(2, without: "other"));
        await SetWarmUp(engine, [24], overflow: "other");
        await engine.SendMany("a", 5, pool: "own");
        engine.Dispatcher.Follow(Plan(3, paused: "other"));
        await engine.Until(async () => await Overflowed(engine) == 4, "four wait in the other pool");
        if (withoutPool) engine.Dispatcher.Follow(Plan(4, without: "other"));
        else Assert.True(await engine.Tenants.Get("a").SetWarmUp(null, default));
        await engine.Until(async () => await Overflowed(engine) == 0, "they are back", TimeSpan.FromMilliseconds(1));
        await UntilStarted(engine, withoutPool ? 1 : 5);
        engine.Time.Advance(Hour);
        await UntilStarted(engine, withoutPool ? 2 : 5);
        Assert.All(Ways, w => Assert.Equal("own", w.Pool));
    }

    [Fact]
    public async Task Mail_that_waits_before_its_other_pool_is_known_leaves_by_it_as_soon_as_it_is()
    {
        await using var engine = await StartOverflowing();
        engine.Dispatcher.Follow(Plan(2, without: "other"));
        await SetWarmUp(engine, [24], overflow: "other");
        await engine.SendMany("a", 3, pool: "own");
        await UntilStarted(engine, 1);
        engine.Dispatcher.Follow(Plan(3));
        await UntilStarted(engine, 3);
        Assert.Equal(["other", "other", "own"], Ways.Select(w => w.Pool).Order());
    }

    [Fact]
    public async Task Mail_that_leaves_by_the_other_pool_anyway_waits_and_so_does_what_a_step_could_not_be_stored_for()
    {
        await using var engine = await StartOverflowing();
        await SetWarmUp(engine, [24], overflow: "other");
        await engine.SendMany("a", 3, pool: "other");
        await UntilStarted(engine, 1);
        Assert.Equal(0, await Overflowed(engine));
        var failed = 0;
        engine.Spool.FailsWrite = w => w.Settlements.Any(s => s.Retry?.OverflowPool is not null) && Interlocked.Increment(ref failed) <= 2;
        await engine.SendMany("a", 4, pool: "own");
        await engine.Until(() => failed > 2, "a third step is tried", TimeSpan.FromMilliseconds(100));
        await UntilStarted(engine, 5, TimeSpan.FromMilliseconds(100));
        Assert.All(Ways, w => Assert.Equal("other", w.Pool));
        Assert.Equal(2, await engine.Queued("a"));
    }

    [Fact]
    public async Task Domains_that_go_to_the_same_pool_share_the_step()
    {
        await using var engine = await StartOverflowing();
        engine.Dispatcher.Follow(Plan(2, paused: "other"));
        await SetWarmUp(engine, [24], byDomain: true, overflow: "other");
        for (var i = 0; i < 3; i++) await engine.SendMany("a", 40, pool: "own", from: $"s@d{i}.example");
        await UntilStarted(engine, 3);
        await engine.Until(async () => await Overflowed(engine) > 0, "a step was made", TimeSpan.FromMilliseconds(1));
        await UntilStarted(engine, 3);
        Assert.InRange(await Overflowed(engine), 1, 64);
    }

    [Fact]
    public async Task A_retry_waits_for_the_addresses_that_it_began_with_and_what_is_behind_it_overflows()
    {
        await using var engine = await StartOverflowing();
        Answer(engine, () => new(Ways.Count > 1 ? ScriptedTransport.Delivered : new DeliveryResult
        {
            Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Recipient, DeferralScope = DeferralScope.Recipient,
        }));
        await SetWarmUp(engine, [24], overflow: "other");
        await engine.SendMany("a", 1, pool: "own");
        await UntilStarted(engine, 1);
        engine.Time.Advance(Hour * 0.9);
        await engine.SendMany("a", 5, pool: "own");
        await UntilStarted(engine, 6, TimeSpan.FromMilliseconds(10));
        Assert.Equal(["own", "other", "other", "other", "other", "other"], Ways.Select(w => w.Pool));
        engine.Time.Advance(Hour);
        await UntilStarted(engine, 7);
        Assert.Equal(("a-000001", "own"), (Ways.Last().MessageId, Ways.Last().Pool));
    }

    private async Task<EngineUnderTest> StartOverflowing(Action<EngineUnderTest>? configure = null)
    {
        var engine = await Start(configure);
        engine.Dispatcher.Follow(Plan(1));
        return engine;
    }

    private static async Task<int> Overflowed(EngineUnderTest engine) =>
        (await engine.Store.Spool.ReadQueue(await engine.KeyOf("a"), default, 1_000, true, default)).Count(u => u.OverflowPool == "other");

    private static EgressPlan Plan(long version, string? paused = null, string? without = null) => new(
        version,
        [
            .. new[] { "own", "other" }.Where(n => n != without).Select(n => new SendingPool
            {
                Name = n, CreatedAt = DateTimeOffset.UnixEpoch,
                Pauses = n == paused ? [new PoolPause(null, "test", DateTimeOffset.UnixEpoch)] : null,
            }),
        ],
        []);
}
