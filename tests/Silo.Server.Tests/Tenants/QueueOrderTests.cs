using System.Globalization;
using Silo.Core.Delivery;
using Silo.Core.QueueControl;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Storage;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Tenants;

public sealed class QueueOrderTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private static readonly int Seeds = int.Parse(Environment.GetEnvironmentVariable("SILO_SEEDS") ?? "25", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Mail_of_one_pool_is_held_and_let_go_while_that_of_others_leaves()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var order = new QueueOrder("qo-1", QueueAction.Hold, new QueueFilter { Pool = "news" }, engine.Time.GetUtcNow(), "Listed.");
        await engine.Tenants.Get("a").OrderQueue(order, default);
        await engine.SendMany("a", 10, _ => "held@example.org", pool: "news");
        await engine.SendMany("a", 10, _ => "free@example.org");
        await engine.Until(async () => (await engine.Books("a")).Delivered == 10 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "the rest has left");
        Assert.DoesNotContain(engine.Transport.Starts, s => s.Recipient == "held@example.org");

        await engine.Tenants.Get("a").EndQueueOrder("qo-1", default);
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(100), "a");
        Assert.Equal(20, engine.Transport.Starts.Count);
    }

    [Fact]
    public async Task A_cancelled_campaign_leaves_the_queue_whole_and_the_rest_of_the_mail_leaves_as_ever()
    {
        await using var engine = await EngineUnderTest.Start(e =>
            (e.Delivery.WindowPerLane, e.TenantOptions.SendRate, e.TenantOptions.SendBurst) = (64, 0.01, 1));
        var created = await engine.Create("a");
        await engine.SendMany("a", 5_000, Alternate);
        Assert.Equal(QueueOrderResult.InForce, (await engine.Tenants.Get("a").OrderQueue(Order("o", QueueAction.Cancel, engine), default)).Result);
        await engine.Until(async () => (await engine.Books("a")).Cancelled == 2_500, "half is cancelled", Step);
        await engine.Until(async () => (await engine.Tenants.Get("a").Describe(default))!.Orders.Count == 0, "the order has ended", Step);
        Assert.InRange(engine.Transport.Starts.Count, 0, 2);

        // What is accepted after it is not meant.
        await engine.Send("a", "r@stop.example");
        await engine.Tenants.Get("a").SetLimits(new TenantLimits { SendRate = 100_000, SendBurst = 10_000 }, default);
        await engine.UntilNothingIsOpen(Step, "a");
        var books = await engine.Books("a");
        Assert.Equal((5_001, 2_501, 2_500), (books.Accepted, books.Delivered, books.Cancelled));
        Assert.Single(engine.Transport.Starts, s => s.Recipient == "r@stop.example");
        Assert.Equal(2_501, engine.Transport.DeliveredIds.Distinct().Count());
        Assert.Equal(0, await engine.Queued("a"));
        var (ledger, events) = await engine.Replay(await engine.KeyOf("a"), created.CreatedAt);
        Assert.Equal(books, ledger.Books);
        Assert.All(events.Where(e => e.Kind == TenantEventKind.Cancelled), e => Assert.Equal(("o", "test"), (e.OrderId, e.Diagnostic)));
    }

    [Fact]
    public async Task Once_an_order_is_acknowledged_nothing_that_it_means_begins_while_the_rest_goes_on()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            await using var engine = await EngineUnderTest.Start(e =>
                (e.Delivery.InFlight, e.Delivery.InFlightPerTenant, e.Delivery.Quantum) = (64, 64, 8));
            await engine.Create("a");
            var random = new Random(seed);
            var acknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var waiting = 0;
            engine.Transport.Before = async _ =>
            {
                int turns;
                bool waits;
                // Some wait for their connection until the order is acknowledged, and come to the gate then.
                lock (random) (turns, waits) = (random.Next(6), random.Next(6) == 0 && waiting++ < 20);
                for (; turns > 0; turns--) await Task.Yield();
                if (waits) await acknowledged.Task;
                return null;
            };
            await engine.SendMany("a", 400, Alternate);
            var after = random.Next(0, 300);
            await engine.Until(() => engine.Transport.Starts.Count >= after, "mail flows", Step);
            var ordering = engine.Tenants.Get("a").OrderQueue(Order("o", QueueAction.Hold, engine), default).AsTask();
            await engine.Until(() => ordering.IsCompleted, "the order is acknowledged", Step);
            await ordering;
            var begun = engine.Transport.Starts.Count(s => s.Recipient == "r@stop.example");
            acknowledged.SetResult();
            await engine.Until(() => engine.Transport.Starts.Count(s => s.Recipient == "r@go.example") == 200, "the rest has left", Step);
            await engine.Send("a", "r@stop.example");
            await engine.Until(
                async () => engine.Dispatcher.FreeSlots == 64 && (await engine.Store.Spool.CountQueued(default)).Sum(c => c.Queued) == 0,
                "what is meant is held", Step);
            Assert.True(begun == engine.Transport.Starts.Count(s => s.Recipient == "r@stop.example"), $"Seed {seed}: some began after the order");

            Assert.True(await engine.Tenants.Get("a").EndQueueOrder("o", default));
            await engine.UntilNothingIsOpen(Step, "a");
            Assert.True(engine.Transport.DeliveredIds.Count == 401 && engine.Transport.DeliveredIds.Distinct().Count() == 401, $"Seed {seed}");
        }
    }

    [Fact]
    public async Task What_was_held_and_never_tried_gets_its_place_back()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.Delivery.InFlight, e.Delivery.InFlightPerTenant) = (1, 1));
        await engine.Create("a");
        await DispatcherTests.Pause(engine, "a", SendingStatus.Disabled);
        await DispatcherTests.Pause(engine, "a", SendingStatus.Enabled);
        await engine.Tenants.Get("a").OrderQueue(Order("o", QueueAction.Hold, engine), default);
        await engine.SendMany("a", 5, _ => "r@stop.example");
        await engine.Until(async () => (await engine.Store.Spool.CountQueued(default)).Sum(c => c.SetAside) == 5, "they are held", Step);
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = _ => new(hang.Task);
        await engine.SendMany("a", 5, _ => "r@go.example");
        await engine.Until(() => engine.Transport.Starts.Count == 1, "one is on its way", Step);
        await engine.Tenants.Get("a").EndQueueOrder("o", default);
        await engine.Until(async () => (await engine.Store.Spool.CountQueued(default)).Sum(c => c.SetAside) == 0, "they are let go", Step);
        hang.SetResult(ScriptedTransport.Delivered);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.All(engine.Transport.Starts.Skip(1).Take(5), s => Assert.Equal("r@stop.example", s.Recipient));
    }

    [Fact]
    public async Task What_an_order_held_is_let_go_although_the_process_ended_before_all_of_it_was()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        await engine.Tenants.Get("a").OrderQueue(Order("o", QueueAction.Hold, engine), default);
        await engine.SendMany("a", 20, _ => "r@stop.example");
        await engine.Until(async () => (await engine.Store.Spool.CountQueued(default)).Sum(c => c.SetAside) == 20, "all is held", Step);
        // The order ends, and nothing that follows from it is stored.
        engine.Spool.FailsWrite = w => w.Settlements.Count > 0;
        await engine.Tenants.Get("a").EndQueueOrder("o", default);
        await engine.Crash();
        await engine.Until(() => engine.Transport.DeliveredIds.Count == 20, "all has left, and nobody had to call the tenant", Step);
    }

    [Fact]
    public async Task Orders_that_come_and_go_in_any_way_lose_nothing_and_send_nothing_twice()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            await using var engine = await EngineUnderTest.Start(e =>
                (e.Delivery.WindowPerLane, e.Delivery.InFlight, e.Delivery.InFlightPerTenant, e.Delivery.Quantum) = (32, 16, 16, 4));
            var created = await engine.Create("a");
            var random = new Random(seed);
            int Next(int below)
            {
                lock (random) return random.Next(below);
            }

            engine.Transport.Answer = async _ =>
            {
                for (var i = Next(4); i > 0; i--) await Task.Yield();
                return Next(8) == 0
                    ? new DeliveryResult { Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Recipient }
                    : ScriptedTransport.Delivered;
            };
            var orders = new List<string>();
            for (var step = 0; step < 40; step++)
            {
                switch (Next(8))
                {
                    case < 4:
                        await engine.SendMany("a", Next(40), _ => $"r@{(Next(2) == 0 ? "stop" : "go")}.example");
                        break;
                    case 4 or 5:
                        orders.Add($"o{step}");
                        var ordering = engine.Tenants.Get("a").OrderQueue(
                            Order(orders[^1], Next(3) == 0 ? QueueAction.Cancel : QueueAction.Hold, engine), default).AsTask();
                        await engine.Until(() => ordering.IsCompleted, "it is ordered", Step);
                        break;
                    case 6 when orders.Count > 0:
                        await engine.Tenants.Get("a").EndQueueOrder(orders[Next(orders.Count)], default);
                        break;
                    case 7 when Next(3) == 0:
                        await engine.Restart();
                        break;
                }

                engine.Time.Advance(TimeSpan.FromSeconds(Next(60)));
            }

            foreach (var order in orders) await engine.Tenants.Get("a").EndQueueOrder(order, default);
            await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(20), "a");
            var books = await engine.Books("a");
            var where = $"Seed {seed}: {books}";
            Assert.True(books.Accepted == books.Delivered + books.Cancelled, where);
            Assert.True(engine.Transport.DeliveredIds.Count == books.Delivered, where + $", {engine.Transport.DeliveredIds.Count} arrived");
            Assert.True(engine.Transport.DeliveredIds.Distinct().Count() == books.Delivered, where + ", some twice");
            Assert.True(await engine.Queued("a") == 0, where);
            Assert.True((await engine.Replay(await engine.KeyOf("a"), created.CreatedAt)).Ledger.Books == books, where);
        }
    }

    [Fact]
    public async Task A_tenant_has_so_many_orders_in_force_and_no_more_and_one_that_is_given_twice_counts_once()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var tenant = engine.Tenants.Get("a");
        for (var i = 0; i < QueueOrder.MaxInForce; i++)
            Assert.Equal(QueueOrderResult.InForce, (await tenant.OrderQueue(Order($"o{i}", QueueAction.Hold, engine), default)).Result);
        Assert.Equal(QueueOrderResult.InForce, (await tenant.OrderQueue(Order("o5", QueueAction.Hold, engine), default)).Result);
        Assert.Equal(QueueOrderResult.TooMany, (await tenant.OrderQueue(Order("one more", QueueAction.Hold, engine), default)).Result);
        Assert.Equal(QueueOrder.MaxInForce, (await tenant.Describe(default))!.Orders.Count);
        Assert.Equal(
            QueueOrderResult.NoSuchTenant, (await engine.Tenants.Get("b").OrderQueue(Order("o", QueueAction.Hold, engine), default)).Result);
        Assert.False(await tenant.EndQueueOrder("none", default));
    }

    internal static string Alternate(int i) => i % 2 == 0 ? "r@stop.example" : "r@go.example";

    internal static QueueOrder Order(string id, QueueAction action, EngineUnderTest engine) =>
        new(id, action, new QueueFilter { RecipientDomain = "stop.example" }, engine.Time.GetUtcNow(), "test");
}
