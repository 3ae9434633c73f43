using Silo.Core.Delivery;
using Silo.Core.QueueControl;
using Silo.Core.Suspension;
using Silo.Server.Tests.Delivery;
using Silo.Testing.Engine;
using Xunit;
using static Silo.Server.Tests.Tenants.QueueOrderTests;

namespace Silo.Server.Tests.Tenants;

/// <summary>The walk that brings a queue in line with its orders, at the moments at which something comes between its steps.</summary>
public sealed class QueueWalkTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private HeldTenants _held = null!;
    private int _walks;

    [Fact]
    public async Task A_unit_that_was_let_go_and_left_before_its_walk_heard_of_it_comes_back_when_it_is_deferred()
    {
        await using var engine = await Start();
        await Hold(engine, "o");
        await engine.Send("a", "r@stop.example");
        await UntilHeld(engine, 1);
        var (heard, answer) = (new TaskCompletionSource(), new TaskCompletionSource<DeliveryResult>());
        _held.AroundSift = async sift =>
        {
            var ticket = await sift();
            await heard.Task;
            return ticket;
        };
        engine.Transport.Answer = _ => new(answer.Task);
        await engine.Tenants.Get("a").EndQueueOrder("o", default);
        await UntilHeld(engine, 0);
        engine.Dispatcher.Wake(await engine.KeyOf("a"), "a");
        await engine.Until(() => engine.Transport.Starts.Count == 1, "it is on its way", Step);
        heard.SetResult();
        await UntilWalks(engine, 2);
        engine.Transport.Answer = _ => ValueTask.FromResult(ScriptedTransport.Delivered);
        answer.SetResult(new DeliveryResult { Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Recipient });
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(20), "a");
        Assert.Single(engine.Transport.DeliveredIds);
    }

    [Fact]
    public async Task A_walk_that_ended_before_an_order_did_says_nothing_of_what_that_order_held()
    {
        await using var engine = await Start();
        var heard = new TaskCompletionSource();
        _held.BeforeSifted = () =>
        {
            Interlocked.Increment(ref _walks);
            return heard.Task;
        };
        await Hold(engine, "o");
        await engine.SendMany("a", 20, _ => "r@stop.example");
        await UntilHeld(engine, 20);
        // The order ends, the tenant hears only now of the walk before, and nothing of the one that lets go is stored.
        engine.Spool.FailsWrite = w => w.Settlements.Count > 0;
        await engine.Tenants.Get("a").EndQueueOrder("o", default);
        heard.SetResult();
        await engine.Until(() => engine.Spool.Failures > 0, "the walk that lets go has met the store", Step);
        await engine.Tenants.Get("a").Describe(default);
        await engine.Crash();
        await engine.Until(() => engine.Transport.DeliveredIds.Count == 20, "all has left", Step);
    }

    [Fact]
    public async Task A_unit_that_a_walk_found_held_and_a_newer_order_holds_is_not_in_the_window_twice_when_that_one_ends()
    {
        var (first, last) = (new TaskCompletionSource<DeliveryResult>(), new TaskCompletionSource<DeliveryResult>());
        await using var engine = await Start(e => (e.Delivery.InFlight, e.Delivery.InFlightPerTenant) = (3, 3));
        engine.Transport.Answer = h => new(h.Recipient == "r@stop.example" ? last.Task : first.Task);
        await engine.SendMany("a", 3, _ => "r@go.example");
        await engine.Until(() => engine.Transport.Starts.Count == 3, "every slot is taken", Step);
        // The window begins with one that nothing is wrong with, so that what was withdrawn stays behind it.
        await engine.Send("a", "r@go.example");
        await engine.Send("a", "r@stop.example");
        await Hold(engine, "o1");
        await UntilHeld(engine, 1);
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        _held.AroundSift = async sift =>
        {
            reached.TrySetResult();
            await goOn.Task;
            return await sift();
        };
        await engine.Tenants.Get("a").EndQueueOrder("o1", default);
        await engine.Until(() => reached.Task.IsCompleted, "the walk found it", Step);
        await engine.Tenants.Get("a").OrderQueue(Order("o2", QueueAction.Hold, engine), default);
        goOn.SetResult();
        await UntilWalks(engine, 2);
        await engine.Tenants.Get("a").EndQueueOrder("o2", default);
        await UntilWalks(engine, 3);
        first.SetResult(ScriptedTransport.Delivered);
        await engine.Until(
            () => engine.Transport.DeliveredIds.Count == 4 && engine.Dispatcher.FreeSlots == 2, "only that one is on its way", Step);
        last.SetResult(ScriptedTransport.Delivered);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(5, engine.Transport.Starts.Count);
    }

    [Fact]
    public async Task An_order_that_ends_while_its_tenant_is_about_to_leave_lets_go_what_it_held_when_the_tenant_stays()
    {
        await using var engine = await Start();
        await Hold(engine, "o");
        await engine.SendMany("a", 5, _ => "r@stop.example");
        await UntilHeld(engine, 5);
        var key = await engine.KeyOf("a");
        await engine.Dispatcher.Relinquish(key, "a", this);
        await engine.Tenants.Get("a").EndQueueOrder("o", default);
        engine.Dispatcher.Keep(key, this);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(5, engine.Transport.DeliveredIds.Count);
    }

    [Fact]
    public async Task An_order_to_cancel_is_carried_out_for_a_tenant_that_is_paused_when_it_comes_to_life()
    {
        await using var engine = await Start(e => (e.TenantOptions.SendRate, e.TenantOptions.SendBurst) = (0.0001, 1));
        await engine.SendMany("a", 20, _ => "r@stop.example");
        await DispatcherTests.Pause(engine, "a", SendingStatus.Disabled);
        engine.Spool.FailsWrite = w => w.Settlements.Count > 0;
        await engine.Tenants.Get("a").OrderQueue(Order("o", QueueAction.Cancel, engine), default);
        await engine.Crash();
        await engine.Until(async () => (await engine.Books("a")).Cancelled == 20, "all is cancelled", Step);
        Assert.Empty(engine.Transport.Starts);
    }

    [Fact]
    public async Task An_order_to_cancel_ends_although_its_tenant_could_not_be_told_at_once()
    {
        await using var engine = await Start();
        var refusals = 2;
        _held.BeforeSifted = () => Interlocked.Decrement(ref refusals) >= 0
            ? Task.FromException(new InvalidOperationException("The test wants it so."))
            : Task.CompletedTask;
        await engine.Tenants.Get("a").OrderQueue(Order("o", QueueAction.Cancel, engine), default);
        await engine.Until(async () => (await engine.Tenants.Get("a").Describe(default))!.Orders.Count == 0, "the order has ended", Step);
    }

    private async Task<EngineUnderTest> Start(Action<EngineUnderTest>? configure = null)
    {
        var engine = await EngineUnderTest.Start(e =>
        {
            e.BeforeTenants = t => _held = new HeldTenants(t)
            {
                BeforeSifted = () =>
                {
                    Interlocked.Increment(ref _walks);
                    return Task.CompletedTask;
                },
            };
            configure?.Invoke(e);
        });
        await engine.Create("a");
        return engine;
    }

    /// <summary>Holds; returns when the walk for it is over, so that the next one is another's.</summary>
    private async Task Hold(EngineUnderTest engine, string id)
    {
        var ordering = engine.Tenants.Get("a").OrderQueue(Order(id, QueueAction.Hold, engine), default).AsTask();
        await engine.Until(() => ordering.IsCompleted, "it is ordered", Step);
        await UntilWalks(engine, 1);
    }

    private Task UntilWalks(EngineUnderTest engine, int walks) =>
        engine.Until(() => Volatile.Read(ref _walks) == walks, $"walk {walks} is over", Step);

    private static Task UntilHeld(EngineUnderTest engine, int units) => engine.Until(
        async () => (await engine.Store.Spool.CountQueued(default)).Sum(c => c.SetAside) == units, "it is held", Step);
}
