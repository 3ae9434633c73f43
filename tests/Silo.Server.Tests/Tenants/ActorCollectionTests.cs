using Silo.Server.Tenants.Embedded;
using Silo.Server.Tests.Delivery;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Tenants;

public sealed class ActorCollectionTests
{
    [Fact]
    public async Task An_actor_that_was_used_since_it_was_found_idle_stays()
    {
        var cell = new ActorCell<Saved>("a", key => new Saved(key, fails: false), new ActorHostOptions());
        Assert.True(cell.TryPost(0, static (_, _, _) => ValueTask.FromResult(0), timestamp: 7, default, out var called));
        await called;
        Assert.False(await cell.TryCollect(lastUsed => lastUsed < 7));
        Assert.True(await cell.TryCollect(lastUsed => lastUsed <= 7));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_actor_that_cannot_be_saved_keeps_no_other_from_being_saved_and_is_loaded_again(bool atTheEnd)
    {
        var time = new HostileTimeProvider();
        var actors = new List<Saved>();
        var host = new ActorHost<Saved>(key => Track(new Saved(key, fails: key == "0")), time, new ActorHostOptions());
        for (var i = 0; i < 1_000; i++) await host.Call($"{i}", 0, static (_, _, _) => ValueTask.FromResult(0), default);
        time.Advance(TimeSpan.FromHours(1));

        var failure = await Assert.ThrowsAsync<AggregateException>(
            async () => await (atTheEnd ? host.DisposeAsync().AsTask() : host.CollectIdle(default)));
        Assert.IsType<IOException>(Assert.Single(failure.InnerExceptions));
        Assert.Equal(999, actors.Count(a => a.IsSaved));
        Assert.Equal(1, host.Count);

        await host.Call("0", 0, static (_, _, _) => ValueTask.FromResult(0), default);
        Assert.Equal([true, false], actors.Where(a => a.Key == "0").Select(a => a.WasClean));

        Saved Track(Saved actor)
        {
            actors.Add(actor);
            return actor;
        }
    }

    [Fact]
    public async Task A_tenant_leaves_memory_when_all_that_it_wrote_is_stored()
    {
        await using var engine = await EngineUnderTest.Start(e => e.TenantOptions.EventsPerSnapshot = 1);
        var tenant = await engine.Create("a");
        var key = await engine.KeyOf(tenant.Name);
        await engine.Dispatcher.Relinquish(key, "a", this);
        var (held, stored) = (new TaskCompletionSource(), new TaskCompletionSource());
        engine.Spool.HoldsWrite = w =>
        {
            if (w.TenantKey != key) return null;
            held.TrySetResult();
            return stored.Task;
        };
        var send = engine.Send("a");
        await held.Task;
        engine.Time.Advance(TimeSpan.FromHours(1));
        var collected = engine.Actors.CollectIdle(default);
        await engine.Create("b");
        await engine.Send("b");
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(50), "b");
        Assert.False(collected.IsCompleted);

        stored.SetResult();
        await send;
        await collected;
        engine.Dispatcher.Keep(key, this);
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(50), "a");
    }

    private sealed class Saved(string key, bool fails) : IActor
    {
        public string Key => key;

        public bool IsSaved { get; private set; }

        public bool WasClean { get; private set; }

        public ValueTask Activate(bool clean, CancellationToken cancellationToken)
        {
            WasClean = clean;
            return ValueTask.CompletedTask;
        }

        public async ValueTask<bool> Deactivate(bool force)
        {
            await Task.Yield();
            if (fails) throw new IOException("The test wants it so.");
            return IsSaved = true;
        }
    }
}
