using System.Text.Json.Serialization.Metadata;
using Silo.Storage;

namespace Silo.Server.Egress;

/// <summary>
/// The one place that pools and addresses are read from for sending: from memory, looked up again after a second, and at once after a
/// change through this silo. While the store does not answer the last ones hold.
/// </summary>
public sealed class SendingPools(IResourceStore store, TimeProvider time)
{
    /// <summary>How long a change made through another silo may take to be seen.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _reading = new(1);
    private readonly Lock _observing = new();
    private readonly Kept<SendingPool> _pools = new(store, ResourceKind.SendingPool, EgressJson.Default.SendingPool);
    private readonly Kept<DedicatedIp> _ips = new(store, ResourceKind.DedicatedIp, EgressJson.Default.DedicatedIp);
    private volatile Action<EgressPlan>? _observers;
    private volatile Reading? _last;
    private long _writes;
    private long _version;
    private bool _differs;

    /// <summary>All pools and addresses, at most <see cref="MaxAge"/> old while the store answers. Completes at once while fresh.</summary>
    public ValueTask<EgressPlan> Get(CancellationToken cancellationToken)
    {
        if (_last is not { } last || last.Writes != Interlocked.Read(ref _writes)) return Read(cancellationToken);
        if (time.GetElapsedTime(last.At) < MaxAge) return ValueTask.FromResult(last.Plan);

        // One looks; the others go on meanwhile.
        return _reading.CurrentCount == 0 ? ValueTask.FromResult(last.Plan) : Read(cancellationToken);
    }

    /// <inheritdoc cref="EgressPlan.Find"/>
    public async ValueTask<SendingPool?> Find(string poolName, CancellationToken cancellationToken) =>
        (await Get(cancellationToken)).Find(poolName);

    /// <inheritdoc cref="EgressPlan.IpsOf"/>
    public async ValueTask<IReadOnlyList<SourceIp>> IpsOf(string poolName, CancellationToken cancellationToken) =>
        (await Get(cancellationToken)).IpsOf(poolName);

    /// <summary>
    /// Told of each plan that differs from the one before, by whoever asked and so found it, before that asker gets it; not to block, not
    /// to throw.
    /// </summary>
    public void Observe(Action<EgressPlan> observer)
    {
        lock (_observing) _observers += observer;
    }

    /// <summary>To be called after each local write, before it is answered.</summary>
    internal void Forget() => Interlocked.Increment(ref _writes);

    private async ValueTask<EgressPlan> Read(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            var last = _last;
            var writes = Interlocked.Read(ref _writes);
            if (last is not null && last.Writes == writes && time.GetElapsedTime(last.At) < MaxAge) return last.Plan;
            var at = time.GetTimestamp();
            var plan = await Look(last?.Plan, cancellationToken);
            _last = new Reading(plan, at, writes);
            if (plan != last?.Plan) _observers?.Invoke(plan);
            return plan;
        }
        finally
        {
            _reading.Release();
        }
    }

    private async ValueTask<EgressPlan> Look(EgressPlan? last, CancellationToken cancellationToken)
    {
        try
        {
            // Kept in a field: when the second look fails, what the first one found is not forgotten.
            _differs |= await _pools.Read(cancellationToken);
            _differs |= await _ips.Read(cancellationToken);
            if (last is not null && !_differs) return last;
            _differs = false;
            return new EgressPlan(++_version, _pools.Values, _ips.Values);
        }
        catch (StorageException) when (last is not null)
        {
            return last;
        }
    }

    private sealed record Reading(EgressPlan Plan, long At, long Writes);

    /// <summary>Parsed documents; only those that changed are parsed anew.</summary>
    private sealed class Kept<T>(IResourceStore store, ResourceKind kind, JsonTypeInfo<T> shape) where T : class
    {
        private readonly StoredDocuments<T> _documents = new(store, kind, shape);
        private Dictionary<string, (DateTimeOffset CreatedAt, long Version, T Value)> _byName = new(StringComparer.Ordinal);

        public IEnumerable<T> Values => _byName.Values.Select(v => v.Value);

        /// <summary>True when there is any difference to what was read before.</summary>
        public async ValueTask<bool> Read(CancellationToken cancellationToken)
        {
            var stored = await _documents.List(cancellationToken);
            var next = new Dictionary<string, (DateTimeOffset CreatedAt, long Version, T Value)>(stored.Count, StringComparer.Ordinal);
            var changed = stored.Count != _byName.Count;
            foreach (var each in stored)
            {
                // Versions begin anew when a name is deleted and made again, so the time of its making is part of what it is.
                var isSame = _byName.TryGetValue(each.Name, out var known) && known.CreatedAt == each.CreatedAt && known.Version == each.Version;
                next.Add(each.Name, isSame ? known : (each.CreatedAt, each.Version, _documents.Parse(each)));
                changed |= !isSame;
            }

            _byName = next;
            return changed;
        }
    }
}
