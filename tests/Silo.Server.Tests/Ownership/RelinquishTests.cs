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

        var left = engine.Dispatcher.Relinquish(key, "a", this);
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
        await engine.Dispatcher.Relinquish(key, "a", this);
        await engine.SendMany("a", 20);
        Assert.Empty(engine.Transport.Starts);

        engine.Dispatcher.Keep(key, this);
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
        await engine.Dispatcher.Relinquish(key, "a", this);
        await engine.SendMany("a", 20);
        if (!isBackBeforeItsGoingIsHeardOf) engine.Dispatcher.Left(key);

        engine.Dispatcher.TakeUp(new Storage.TenantBacklog(key, "a", 20, engine.Time.GetUtcNow()));
        if (isBackBeforeItsGoingIsHeardOf) engine.Dispatcher.Left(key);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(20, engine.Transport.Starts.Count);
    }

    [Fact]
    public async Task One_who_gives_up_waiting_lets_nothing_start_while_another_has_the_tenant_leave()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var key = await engine.KeyOf("a");
        var other = new object();
        await engine.Dispatcher.Relinquish(key, "a", this);
        await engine.Dispatcher.Relinquish(key, "a", other);
        await engine.Send("a");
        engine.Dispatcher.Keep(key, this);
        await engine.Create("b");
        await engine.Send("b");
        await engine.UntilNothingIsOpen(Step, "b");
        Assert.Equal(["b-000001"], engine.Transport.Starts.Select(s => s.MessageId));

        engine.Dispatcher.Keep(key, other);
        await engine.UntilNothingIsOpen(Step, "a", "b");
    }

    [Fact]
    public async Task A_queue_that_is_asked_for_before_it_was_taken_up_is_read_when_it_stays()
    {
        await using var engine = await EngineUnderTest.Start();
        var key = await StoreUnknownMail(engine);
        await engine.Dispatcher.Relinquish(key, "a", this);
        engine.Dispatcher.TakeUp(new(key, "a", 20, engine.Time.GetUtcNow()));

        engine.Dispatcher.Keep(key, this);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(20, engine.Transport.Starts.Count);
    }

    [Fact]
    public async Task A_backlog_is_taken_up_when_the_tenant_had_been_here_before_and_ended_uncleanly()
    {
        await using var engine = await EngineUnderTest.Start();
        var key = await StoreUnknownMail(engine);
        engine.Actors.Discard("a");
        NameBacklogOnce(engine, key);

        await engine.Tenants.Get("a").Wake(default);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(20, engine.Transport.Starts.Count);
    }

    [Fact]
    public async Task A_backlog_is_taken_up_though_the_life_that_claimed_it_did_not_begin()
    {
        await using var engine = await EngineUnderTest.Start();
        var key = await StoreUnknownMail(engine);
        engine.Actors.Discard("a");
        NameBacklogOnce(engine, key);
        engine.Spool.FailsWrite = _ => true;
        await Assert.ThrowsAsync<Storage.StorageException>(async () => await engine.Tenants.Get("a").Wake(default));
        engine.Spool.FailsWrite = null;

        using var stop = new CancellationTokenSource();
        var sweep = engine.Moves.Sweep(stop.Token);
        await engine.Until(() => engine.Transport.Starts.Count == 20, "nobody but the sweep wakes it, and all leave", Step);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Empty(engine.Dispatcher.Arrivals.All);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sweep);
    }

    private async Task<long> StoreUnknownMail(EngineUnderTest engine)
    {
        await engine.Create("a");
        var key = await engine.KeyOf("a");
        await engine.Dispatcher.Relinquish(key, "a", this);
        await engine.SendMany("a", 20);
        engine.Dispatcher.Forget(key);
        return key;
    }

    /// <summary>As a shared store does to the claim that makes a tenant this silo's own.</summary>
    private static void NameBacklogOnce(EngineUnderTest engine, long key)
    {
        var named = 0;
        engine.Store.Claims.Changes = claim => Interlocked.Exchange(ref named, 1) == 0
            ? claim with { Backlog = new(key, "a", 20, engine.Time.GetUtcNow()) }
            : claim;
    }
}
