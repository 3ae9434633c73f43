using System.Collections.Concurrent;
using Silo.Core.Delivery;
using Silo.Core.QueueControl;
using Silo.Server.Delivery;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Testing.Engine;
using Xunit;
using static Silo.Server.Tests.Tenants.QueueOrderTests;

namespace Silo.Server.Tests.Tenants;

/// <summary>What an order does to hand-overs that are under way when it is given, stage by stage.</summary>
public sealed class QueueOrderGateTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task What_has_passed_every_check_but_the_gate_does_not_begin_once_an_order_is_acknowledged()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var connection = new TaskCompletionSource();
        engine.Transport.Before = async _ =>
        {
            await connection.Task;
            return null;
        };
        await engine.SendMany("a", 16, Alternate);
        await engine.Until(() => engine.Transport.UnderWay == 16, "all wait for a connection", Step);
        await engine.Tenants.Get("a").OrderQueue(Order("o", QueueAction.Hold, engine), default);
        connection.SetResult();
        await engine.Until(() => engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "all came to the gate", Step);
        Assert.Equal(8, engine.Transport.DeliveredIds.Count);
        Assert.All(engine.Transport.Starts, s => Assert.Equal("r@go.example", s.Recipient));
    }

    [Fact]
    public async Task An_order_aborts_what_it_means_between_gate_and_MAIL_after_a_grace_and_leaves_the_rest_alone()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var answer = new TaskCompletionSource();
        var entered = new ConcurrentQueue<HandOver>();
        var aborted = new ConcurrentQueue<string>();
        engine.Transport.Before = async h =>
        {
            if (!h.TryBegin()) return DeliveryResult.NotStarted;
            var abort = new TaskCompletionSource();
            await using var registration = h.Aborted.Register(() => abort.TrySetResult());
            entered.Enqueue(h);
            if (await Task.WhenAny(abort.Task, answer.Task) == abort.Task)
            {
                aborted.Enqueue(h.Recipient);
                return DeliveryResult.NotStarted;
            }

            h.Begun();
            return ScriptedTransport.Delivered;
        };
        await engine.SendMany("a", 2, Alternate);
        await engine.Until(() => entered.Count == 2, "both stand between gate and MAIL", Step);
        var ordering = engine.Tenants.Get("a").OrderQueue(Order("o", QueueAction.Hold, engine), default).AsTask();
        await engine.Until(() => ordering.IsCompleted, "the order is acknowledged", Step);
        Assert.Equal(new QueueOrderReply(QueueOrderResult.InForce, 0), await ordering);
        Assert.Equal(["r@stop.example"], aborted);
        answer.SetResult();
        await engine.Until(async () => (await engine.Books("a")).Delivered == 1, "the other one has left", Step);
    }

    [Fact]
    public async Task No_connection_is_sought_for_what_an_order_means()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        await engine.Tenants.Get("a").OrderQueue(Order("o", QueueAction.Hold, engine), default);
        var sought = new ConcurrentQueue<string>();
        engine.Transport.Before = h =>
        {
            sought.Enqueue(h.Recipient);
            return new((DeliveryResult?)null);
        };
        await engine.SendMany("a", 10, Alternate);
        await engine.Until(async () => (await engine.Store.Spool.CountQueued(default)).Sum(c => c.SetAside) == 5, "they are held", Step);
        await engine.Until(async () => (await engine.Books("a")).Delivered == 5, "the rest has left", Step);
        Assert.All(sought, r => Assert.Equal("r@go.example", r));
    }
}
