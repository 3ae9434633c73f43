using System.Collections.Concurrent;
using Silo.Core.Delivery;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Delivery;

public class RestingMailTests
{
    [Theory]
    [InlineData(DeliveryResultKind.NotStarted)]
    [InlineData(DeliveryResultKind.RouteFailed)]
    public async Task Mail_whose_way_rests_comes_back_then_burns_no_attempt_and_holds_up_no_other(DeliveryResultKind kind)
    {
        await using var engine = await EngineUnderTest.Start();
        var until = engine.Time.GetUtcNow().AddSeconds(30);
        var asked = new ConcurrentQueue<DateTimeOffset>();
        engine.Transport.Before = handOver =>
        {
            if (handOver.Recipient != "r@rests.example") return new((DeliveryResult?)null);
            asked.Enqueue(engine.Time.GetUtcNow());
            return new(engine.Time.GetUtcNow() < until ? new DeliveryResult { Kind = kind, RestsUntil = until } : null);
        };
        await engine.Create("a");
        await engine.Send("a", "r@rests.example");
        for (var i = 0; i < 20; i++) await engine.Send("a");
        await engine.Until(() => engine.Transport.DeliveredIds.Count == 20, "all other mail has left");
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(500), "a");
        Assert.Equal(2, asked.Count);
        Assert.True(asked.Last() >= until);
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
    }
}
