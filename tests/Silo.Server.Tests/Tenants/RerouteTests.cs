using Silo.Core.QueueControl;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Egress;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Xunit;

namespace Silo.Server.Tests.Tenants;

public sealed class RerouteTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Queued_mail_leaves_by_the_other_pool_and_mail_that_is_accepted_later_by_its_own()
    {
        await using var engine = await Start();
        // The pool is paused, so nothing of it leaves; most of it is behind the window.
        engine.Dispatcher.Follow(Plan(1, paused: true));
        await engine.SendMany("a", 100, i => i % 2 == 0 ? "r@example.org" : "r@gmail.com", pool: "news");
        await engine.SendMany("a", 10, pool: "other");
        await engine.Until(() => engine.Transport.DeliveredIds.Count == 10, "other mail has left", Step);
        var order = Order(engine, "o", "other");
        Assert.Equal(QueueOrderResult.InForce, (await engine.Tenants.Get("a").OrderQueue(order, default)).Result);
        await engine.Until(() => engine.Transport.DeliveredIds.Count == 110, "all has left by the other pool", Step);
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
        Assert.Equal(110, engine.Transport.Starts.Select(s => s.MessageId).Distinct().Count());
        await engine.Until(async () => (await engine.Tenants.Get("a").Describe(default))!.Orders.Count == 0, "the order has ended", Step);

        engine.Time.Advance(TimeSpan.FromSeconds(1));
        await engine.SendMany("a", 5, pool: "news");
        Assert.Equal(5, await engine.Queued("a"));
        Assert.Equal("news", (await engine.Store.Spool.ReadQueue(await engine.KeyOf("a"), default, 1, true, default))[0].Pool);
    }

    [Fact]
    public async Task What_is_held_stays_held_in_the_other_pool_with_its_due_time_and_its_attempts()
    {
        await using var engine = await Start();
        engine.Dispatcher.Follow(Plan(1, paused: true));
        await engine.SendMany("a", 20, pool: "news");
        var key = await engine.KeyOf("a");
        var before = await engine.Store.Spool.ReadQueue(key, default, 100, true, default);
        await engine.Tenants.Get("a").OrderQueue(Order(engine, "r", "other") with { Filter = new QueueFilter { Pool = "none" } }, default);
        await engine.Until(
            async () => (await engine.Tenants.Get("a").Describe(default))!.Orders.Count == 0, "an order that means nothing has ended", Step);
        var hold = new QueueOrder("h", QueueAction.Hold, new QueueFilter(), engine.Time.GetUtcNow(), "test");
        await engine.Tenants.Get("a").OrderQueue(hold, default);
        await engine.Until(async () => (await engine.Store.Spool.CountQueued(default)).Sum(c => c.SetAside) == 20, "it is held", Step);
        await engine.Tenants.Get("a").OrderQueue(Order(engine, "o", "other"), default);
        await engine.Until(
            async () => (await engine.Store.Spool.ReadQueue(key, default, 100, true, default))
                .All(u => u.Pool == "other" && u.DueAt == DateTimeOffset.MaxValue),
            "it is held in the other pool", Step);
        Assert.Empty(engine.Transport.Starts);
        await engine.Tenants.Get("a").EndQueueOrder("h", default);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(before.Select(u => u.Id).Order(), before.Select(u => u.Id));
        Assert.Equal(20, engine.Transport.Starts.Count);
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
    }

    [Fact]
    public async Task One_reroute_of_a_tenant_is_carried_out_at_a_time_and_survives_a_crash()
    {
        await using var engine = await Start();
        engine.Dispatcher.Follow(Plan(1, paused: true));
        await engine.SendMany("a", 50, pool: "news");
        engine.Spool.FailsWrite = w => w.Settlements.Count > 0;
        Assert.Equal(QueueOrderResult.InForce, (await engine.Tenants.Get("a").OrderQueue(Order(engine, "o", "other"), default)).Result);
        Assert.Equal(QueueOrderResult.OtherReroute, (await engine.Tenants.Get("a").OrderQueue(Order(engine, "p", "third"), default)).Result);
        await engine.Crash();
        engine.Dispatcher.Follow(Plan(1, paused: true));
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(50, engine.Transport.DeliveredIds.Count);
        Assert.Contains(
            (await engine.Replay(await engine.KeyOf("a"), (await engine.Tenants.Get("a").Describe(default))!.CreatedAt)).Events,
            e => e is { Kind: TenantEventKind.QueueOrdered, Order: { Action: QueueAction.Reroute, ToPool: "other" } });
    }

    [Theory]
    [InlineData(20)]
    [InlineData(100)]
    public async Task A_page_that_was_stored_after_it_was_taken_for_lost_holds(int messages)
    {
        HeldTenants held = null!;
        await using var engine = await EngineUnderTest.Start(e =>
        {
            e.BeforeTenants = inner => held = new HeldTenants(inner);
            e.Delivery.WindowPerLane = 16;
        });
        await engine.Create("a");
        engine.Dispatcher.Follow(Plan(1, paused: true));
        var accepted = engine.Time.GetUtcNow();
        await engine.SendMany("a", messages, pool: "news");
        Func<ValueTask<long>>? late = null;
        held.AroundSift = sift =>
        {
            if (late is not null) return sift();
            late = sift;
            throw new TimeoutException("No answer.");
        };
        await engine.Tenants.Get("a").OrderQueue(Order(engine, "o", "other"), default);
        // The clock stands still: the page is not read again before it is stored.
        for (var isBack = false; !isBack; await Task.Yield())
        {
            var explained = await engine.Tenants.Get("a").Explain("a-000001", accepted, default);
            isBack = late is not null && explained!.Deliveries.All(d => d.Place == DeliveryPlace.InLine);
        }

        await engine.Store.Spool.WhenCommitted(await late!(), default);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(messages, engine.Transport.Starts.Select(s => s.MessageId).Distinct().Count());
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
        Assert.Equal(messages, engine.Transport.Starts.Count);
    }

    private static async Task<EngineUnderTest> Start()
    {
        var engine = await EngineUnderTest.Start(e => e.Delivery.WindowPerLane = 16);
        await engine.Create("a");
        return engine;
    }

    private static QueueOrder Order(EngineUnderTest engine, string id, string toPool) =>
        new(id, QueueAction.Reroute, new QueueFilter { Pool = "news" }, engine.Time.GetUtcNow(), "test") { ToPool = toPool };

    private static EgressPlan Plan(long version, bool paused) => new(
        version,
        [
            new SendingPool
            {
                Name = "news", CreatedAt = DateTimeOffset.UnixEpoch, Pauses = paused ? [new PoolPause(null, "test", DateTimeOffset.UnixEpoch)] : null,
            },
            new SendingPool { Name = "other", CreatedAt = DateTimeOffset.UnixEpoch },
        ],
        []);
}
