using System.Collections.Concurrent;
using Silo.Server.Tenants.Embedded;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Tenants;

public sealed class ActorHostTests
{
    private readonly HostileTimeProvider _time = new();
    private readonly Disk _disk = new();

    [Fact]
    public async Task A_storm_of_calls_meets_each_actor_one_at_a_time_and_in_the_order_of_arrival()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var host = Host(new Disk());
            var seen = new ConcurrentDictionary<(int Poster, string Key), int>();
            using var barrier = new Barrier(8);
            var calls = await Task.WhenAll(Enumerable.Range(0, 8).Select(poster => Task.Run(() =>
            {
                var random = new Random((seed * 100) + poster);
                barrier.SignalAndWait();
                var posted = new List<Task<int>>();
                var perKey = new Dictionary<string, int>();
                for (var i = 0; i < 200; i++)
                {
                    var key = "k" + random.Next(3);
                    var number = perKey[key] = perKey.GetValueOrDefault(key) + 1;
                    posted.Add(host.Call(key, (poster, key, number, yields: random.Next(3)), async (actor, call, _) =>
                    {
                        actor.Enter();
                        for (var y = 0; y < call.yields; y++) await Task.Yield();
                        // Each poster's calls to one actor run in the order in which it made them.
                        var last = seen.GetValueOrDefault((call.poster, call.key));
                        Assert.True(call.number == last + 1, $"seed {seed}: call {call.number} ran after {last}");
                        seen[(call.poster, call.key)] = call.number;
                        actor.Leave();
                        return call.number;
                    }, default).AsTask());
                }

                return posted;
            })));
            await Task.WhenAll(calls.SelectMany(c => c));
            Assert.True(seen.Values.Sum() == 8 * 200, $"seed {seed}: {seen.Values.Sum()} calls ran");
        }
    }

    [Fact]
    public async Task A_call_that_throws_ends_the_activation_and_the_next_call_loads_a_fresh_one_that_knows_it()
    {
        var host = Host(_disk);
        await Add(host, "a", 1);
        await Assert.ThrowsAsync<InvalidDataException>(() => host.Call("a", 0, (actor, _, _) =>
        {
            // Half a change in memory, then the end.
            actor.Value += 1_000;
            return actor.Value > 0 ? throw new InvalidDataException() : ValueTask.FromResult(0);
        }, default).AsTask());

        // What was not stored is forgotten, since the activation was loaded anew.
        Assert.Equal(0, await Read(host, "a"));
        Assert.Equal([true, false], _disk.Activations);
    }

    [Fact]
    public async Task Calls_behind_one_that_throws_run_on_a_fresh_activation()
    {
        var host = Host(_disk);
        var hold = new TaskCompletionSource();
        var first = host.Call("a", 0, async (_, _, _) =>
        {
            await hold.Task;
            return int.Parse("no number", null);
        }, default).AsTask();
        var behind = Enumerable.Range(0, 10).Select(_ => Read(host, "a")).ToArray();
        hold.SetResult();
        await Assert.ThrowsAsync<FormatException>(() => first);
        await Task.WhenAll(behind);
        Assert.Equal([true, false], _disk.Activations);
    }

    [Fact]
    public async Task An_activation_that_fails_leaves_the_actor_unborn_and_the_next_call_tries_again()
    {
        var host = Host(_disk);
        _disk.FailNextActivation = true;
        await Assert.ThrowsAsync<IOException>(() => Read(host, "a"));
        Assert.Equal(0, await Read(host, "a"));
    }

    [Fact]
    public async Task An_actor_that_was_discarded_is_loaded_again_by_its_next_call()
    {
        var host = Host(_disk);
        await Add(host, "a", 5);
        host.Discard("a");
        Assert.Equal(0, await Read(host, "a"));
        Assert.Equal([true, false], _disk.Activations);
    }

    [Fact]
    public async Task An_idle_actor_leaves_memory_saved_and_comes_back_as_it_was()
    {
        var host = Host(_disk);
        await Add(host, "idle", 7);
        _time.Advance(TimeSpan.FromSeconds(119));
        await Add(host, "busy", 1);
        await host.CollectIdle(default);
        Assert.Equal(2, host.Count);

        _time.Advance(TimeSpan.FromSeconds(1));
        await host.CollectIdle(default);
        Assert.Equal(1, host.Count);
        Assert.Equal(7, await Read(host, "idle"));
        Assert.Equal([true, true, true], _disk.Activations);
    }

    [Fact]
    public async Task An_actor_that_is_still_needed_stays_in_memory_however_long_it_was_idle()
    {
        var host = Host(_disk);
        await Add(host, "a", 1);
        _disk.StillNeeded = true;
        _time.Advance(TimeSpan.FromDays(1));
        await host.CollectIdle(default);
        Assert.Equal(1, host.Count);
        Assert.Equal(1, await Read(host, "a"));
        Assert.Single(_disk.Activations);
    }

    [Fact]
    public async Task A_caller_that_gives_up_waiting_is_answered_at_once_and_its_call_never_runs()
    {
        var host = Host(_disk);
        var hold = new TaskCompletionSource<int>();
        var running = host.Call("a", 0, (_, _, _) => new ValueTask<int>(hold.Task), default).AsTask();
        using var gaveUp = new CancellationTokenSource();
        var ran = false;
        var waiting = host.Call("a", 0, (_, _, _) => ValueTask.FromResult(ran = true), gaveUp.Token).AsTask();
        var behind = Add(host, "a", 3);

        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(running.IsCompleted);
        hold.SetResult(0);
        await behind;
        Assert.False(ran);
        Assert.Equal(3, await Read(host, "a"));
    }

    [Fact]
    public async Task A_full_mailbox_refuses_by_a_result_and_takes_calls_again_when_it_has_room()
    {
        var host = new ActorHost<Probe>(_ => new Probe("a", _disk), _time, new ActorHostOptions { MaxPendingCalls = 5 });
        var hold = new TaskCompletionSource<int>();
        var running = host.Call("a", 0, (_, _, _) => new ValueTask<int>(hold.Task), default).AsTask();
        var waiting = Enumerable.Range(0, 5).Select(_ => Add(host, "a", 1)).ToArray();

        // Whoever makes the call in a loop of its own must not be torn out of it: the refusal comes with the result.
        var refused = host.Call("a", 0, (_, _, _) => ValueTask.FromResult(0), default);
        Assert.True(refused.IsFaulted);
        await Assert.ThrowsAsync<ActorBusyException>(() => refused.AsTask());
        hold.SetResult(0);
        await running;
        await Task.WhenAll(waiting);
        Assert.Equal(5, await Read(host, "a"));
    }

    [Fact]
    public async Task Collection_that_races_with_calls_loses_none_and_never_keeps_two_of_one_actor()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var disk = new Disk { OneLifeAtATime = true };
            // Age 0: every round collects whatever stands still for a moment.
            var host = new ActorHost<Probe>(key => new Probe(key, disk), _time, new ActorHostOptions { CollectionAge = TimeSpan.Zero });
            using var barrier = new Barrier(5);
            var posting = 4;
            var posters = Enumerable.Range(0, 4).Select(poster => Task.Run(async () =>
            {
                var random = new Random((seed * 10) + poster);
                barrier.SignalAndWait();
                for (var i = 0; i < 500; i++)
                {
                    var add = Add(host, "k" + random.Next(2), 1);
                    if (random.Next(2) == 0) await add;
                    else await Task.Yield();
                }

                Interlocked.Decrement(ref posting);
            }));
            var collector = Task.Run(async () =>
            {
                barrier.SignalAndWait();
                while (Volatile.Read(ref posting) > 0) await host.CollectIdle(default);
            });
            await Task.WhenAll(posters.Append(collector));
            var sum = await Read(host, "k0") + await Read(host, "k1");
            Assert.True(sum == 2_000, $"seed {seed}: {sum} of 2,000 calls left a trace");
            Assert.True(disk.Faults.IsEmpty, $"seed {seed}: {string.Join("; ", disk.Faults)}");
        }
    }

    [Fact]
    public async Task The_end_of_the_host_saves_actors_that_want_to_stay()
    {
        var host = Host(_disk);
        await Add(host, "a", 9);
        _disk.StillNeeded = true;
        await host.DisposeAsync();
        Assert.Equal(0, host.Count);
        Assert.Equal(9, _disk.Stored["a"]);
    }

    private ActorHost<Probe> Host(Disk disk) => new(key => new Probe(key, disk), _time, new ActorHostOptions());

    private static Task<int> Add(ActorHost<Probe> host, string key, int by) =>
        host.Call(key, by, static (actor, b, _) => ValueTask.FromResult(actor.Value += b), default).AsTask();

    private static Task<int> Read(ActorHost<Probe> host, string key) =>
        host.Call(key, 0, static (actor, _, _) => ValueTask.FromResult(actor.Value), default).AsTask();

    private sealed class Disk
    {
        public ConcurrentDictionary<string, int> Stored { get; } = new();

        public ConcurrentDictionary<string, bool> Alive { get; } = new();

        public ConcurrentQueue<string> Faults { get; } = new();

        /// <summary>The argument "clean" of each activation.</summary>
        public ConcurrentQueue<bool> Activations { get; } = new();

        public bool FailNextActivation { get; set; }

        public bool StillNeeded { get; set; }

        public bool OneLifeAtATime { get; init; }
    }

    private sealed class Probe(string key, Disk disk) : IActor
    {
        private int _inside;

        public int Value { get; set; }

        public void Enter() => Assert.Equal(1, Interlocked.Increment(ref _inside));

        public void Leave() => Interlocked.Decrement(ref _inside);

        public async ValueTask Activate(bool clean, CancellationToken cancellationToken)
        {
            await Task.Yield();
            if (disk.FailNextActivation)
            {
                disk.FailNextActivation = false;
                throw new IOException();
            }

            if (disk.OneLifeAtATime && !disk.Alive.TryAdd(key, true)) disk.Faults.Enqueue($"{key} came to life twice");
            disk.Activations.Enqueue(clean);
            Value = disk.Stored.GetValueOrDefault(key);
        }

        public async ValueTask<bool> Deactivate(bool force)
        {
            await Task.Yield();
            if (disk.StillNeeded && !force) return false;
            disk.Stored[key] = Value;
            disk.Alive.TryRemove(key, out _);
            return true;
        }
    }
}
