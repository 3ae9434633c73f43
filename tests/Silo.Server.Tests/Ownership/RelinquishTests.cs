using Silo.Server.Delivery;
using Silo.Server.Tests.Delivery;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Ownership;

public sealed class RelinquishTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task A_tenant_is_let_go_when_nothing_of_it_is_in_hand_and_nothing_starts_in_between()
    {
        await using var engine = await EngineUnderTest.Start();
        var tenant = await engine.Create("a");
        var key = await engine.KeyOf(tenant.Name);
        var answers = new TaskCompletionSource();
        engine.Transport.Answer = async _ =>
        {
            await answers.Task;
            return ScriptedTransport.Delivered;
        };
        await engine.Send("a");
        await engine.Until(() => engine.Transport.Starts.Count == 1, "one is under way", Step);

        var left = engine.Dispatcher.Relinquish(key, "a");
        await engine.Send("a");
        // Signals are handled in their order: when this mail is under way, the other tenant's was seen.
        await engine.Create("b");
        await engine.Send("b");
        await engine.Until(() => engine.Transport.Starts.Count == 2, "b is under way", Step);
        Assert.False(left.IsCompleted);

        answers.SetResult();
        await engine.Until(() => left.IsCompletedSuccessfully, "it is let go", Step);
        await engine.Until(async () => (await engine.Books("b")).Open == 0, "b is through", Step);
        Assert.Equal(["a-000001", "b-000001"], engine.Transport.Starts.Select(s => s.MessageId));
        Assert.Equal(1, (await engine.Books("a")).Open);
    }

    [Fact]
    public async Task A_tenant_that_stays_after_all_is_served_again()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var key = await engine.KeyOf("a");
        await engine.Dispatcher.Relinquish(key, "a");
        await engine.SendMany("a", 20);
        Assert.Empty(engine.Transport.Starts);

        engine.Dispatcher.Keep(key);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(20, engine.Transport.DeliveredIds.Distinct().Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_queue_that_went_away_and_came_back_is_read_from_the_spool(bool isBackBeforeItsGoingIsHeardOf)
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var key = await engine.KeyOf("a");
        await engine.Dispatcher.Relinquish(key, "a");
        await engine.SendMany("a", 20);
        if (!isBackBeforeItsGoingIsHeardOf) engine.Dispatcher.Left(key);

        engine.Dispatcher.TakeUp(new Storage.TenantBacklog(key, "a", 20, engine.Time.GetUtcNow()));
        if (isBackBeforeItsGoingIsHeardOf) engine.Dispatcher.Left(key);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(20, engine.Transport.Starts.Count);
    }
}
