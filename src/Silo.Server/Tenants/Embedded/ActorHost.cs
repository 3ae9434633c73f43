using System.Collections.Concurrent;

namespace Silo.Server.Tenants.Embedded;

/// <summary>
/// Actors in memory: one mailbox per actor, one call at a time, in the order of arrival. An actor comes to life with its first call
/// and leaves memory when it was idle for a while. A call that throws ends the actor's life, not its mailbox: the next call meets a
/// fresh activation, loaded from the store.
/// </summary>
public sealed class ActorHost<TActor>(Func<string, TActor> create, TimeProvider time, ActorHostOptions options) : IAsyncDisposable
    where TActor : class, IActor
{
    private const int SavedTogether = 256;

    private readonly ConcurrentDictionary<string, ActorCell<TActor>> _cells = new(StringComparer.Ordinal);

    /// <summary>Actors in memory now.</summary>
    public int Count => _cells.Count;

    /// <summary>Runs one call in the turn of the actor. The token ends the wait for the turn, never a turn that has begun.</summary>
    /// <exception cref="ActorBusyException">The mailbox is full.</exception>
    public ValueTask<TResult> Call<TArgument, TResult>(
        string key, TArgument argument, Func<TActor, TArgument, CancellationToken, ValueTask<TResult>> call, CancellationToken cancellationToken)
    {
        while (true)
        {
            var cell = _cells.GetOrAdd(key, static (k, host) => new ActorCell<TActor>(k, host.Create, host.Options), (Create: create, Options: options));
            if (cell.TryPost(argument, call, time.GetTimestamp(), cancellationToken, out var result)) return result;
            // The cell was collected between look-up and post.
            _cells.TryRemove(KeyValuePair.Create(key, cell));
        }
    }

    /// <summary>Drops the activation after the call that runs: the next call loads it again. For writes whose outcome is unknown.</summary>
    public void Discard(string key)
    {
        if (_cells.TryGetValue(key, out var cell)) cell.Discard();
    }

    /// <summary>Lets actors go that were idle for the collection age. Called by the host's timer.</summary>
    /// <exception cref="AggregateException">Some could not be saved: they are loaded from the store by their next call.</exception>
    public async Task CollectIdle(CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        await Collect(_cells.Where(c => IsIdle(c.Value.LastUsed)), IsIdle, cancellationToken);

        bool IsIdle(long lastUsed) => time.GetElapsedTime(lastUsed, now) >= options.CollectionAge;
    }

    public async ValueTask DisposeAsync() => await Collect(_cells, isIdle: null, CancellationToken.None);

    /// <summary>Many at a time, so that they share the commits that save them; one that cannot be saved keeps no other from it.</summary>
    private async Task Collect(
        IEnumerable<KeyValuePair<string, ActorCell<TActor>>> cells, Func<long, bool>? isIdle, CancellationToken cancellationToken)
    {
        var failures = new ConcurrentQueue<Exception>();
        await Parallel.ForEachAsync(
            cells, new ParallelOptions { MaxDegreeOfParallelism = SavedTogether, CancellationToken = cancellationToken },
            async (entry, _) =>
            {
                try
                {
                    if (await entry.Value.TryCollect(isIdle)) _cells.TryRemove(entry);
                }
                catch (Exception e)
                {
                    failures.Enqueue(e);
                }
            });
        if (!failures.IsEmpty) throw new AggregateException(failures);
    }
}

/// <summary>What a hosted actor does at the two ends of its life in memory.</summary>
public interface IActor
{
    /// <summary>Loads the state. Throwing leaves the actor unborn; the call that woke it gets the exception.</summary>
    /// <param name="clean">False when the activation before this one was dropped after a failure, not collected when idle.</param>
    ValueTask Activate(bool clean, CancellationToken cancellationToken);

    /// <summary>Saves what is worth saving before the actor leaves memory. False: it is still needed here.</summary>
    ValueTask<bool> Deactivate(bool force);
}

public sealed class ActorHostOptions
{
    /// <summary>How long an actor stays in memory without a call: 1 s to 1 day. Default 2 min.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Calls that may wait in one mailbox: 1 to 1,000,000. Default 10,000. Beyond it: <see cref="ActorBusyException"/>.</summary>
    public int MaxPendingCalls { get; set; } = 10_000;
}

/// <summary>An actor's mailbox is full: the caller is to slow down.</summary>
public sealed class ActorBusyException(string key) : Exception($"Too many calls wait for '{key}'.");
