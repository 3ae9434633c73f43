using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Egress;

/// <summary>
/// Pools as operations see and change them, past the cache. The store commits one document at a time, so what names a pool and what
/// deletes one look out for each other: each writes first and reads then, so that at least one of the two sees the other.
/// </summary>
internal sealed class SendingPoolResources(IResourceStore store, Arns arns, SendingPools plan, TimeProvider time)
{
    // Well before the mark of a deletion lapses, so that nobody trusts the pool again while it is still to go.
    private static readonly TimeSpan DeletionBudget = TimeSpan.FromSeconds(15);

    private readonly StoredDocuments<SendingPool> _pools = new(store, ResourceKind.SendingPool, EgressJson.Default.SendingPool);
    private readonly StoredDocuments<DedicatedIp> _ips = new(store, ResourceKind.DedicatedIp, EgressJson.Default.DedicatedIp);
    private readonly StoredDocuments<ConfigurationSet> _sets = new(store, ResourceKind.ConfigurationSet, AccountJson.Default.ConfigurationSet);

    /// <summary>The two implicit ones are always there.</summary>
    public async ValueTask<SendingPool?> Get(string name, CancellationToken cancellationToken)
    {
        if (!SendingPool.IsValidName(name)) return null;
        var stored = (await _pools.Get(name, cancellationToken))?.Value;
        return stored ?? (SendingPool.IsImplicitName(name) ? SendingPool.Implicit(name) : null);
    }

    /// <summary>Names of those that were created, in their order.</summary>
    public async ValueTask<IReadOnlyList<string>> List(CancellationToken cancellationToken) =>
        [.. (await _pools.List(cancellationToken)).Select(p => p.Name).Where(n => !SendingPool.IsImplicitName(n))];

    public async ValueTask<ResourceCreation> Create(
        string name, bool isManaged, IReadOnlyList<ResourceTag> tags, CancellationToken cancellationToken)
    {
        if (SendingPool.IsImplicitName(name)) return ResourceCreation.AlreadyExists;

        // With both of them stored, the store's own limit is exact.
        await StoreImplicit(SendingPool.Default, cancellationToken);
        await StoreImplicit(SendingPool.Shared, cancellationToken);
        var pool = new SendingPool { Name = name, CreatedAt = time.GetUtcNow(), IsManaged = isManaged };
        var result = await _pools.Create(
            name, arns.SendingPool(name), pool, pool.CreatedAt, tags, SendingPool.MaxPools + 2, cancellationToken);
        plan.Forget();
        return result;
    }

    /// <param name="change">Null to leave it as it is; may be asked more than once.</param>
    public async ValueTask<ResourceChange> Change(
        string name, Func<SendingPool, SendingPool?> change, CancellationToken cancellationToken)
    {
        if (!SendingPool.IsValidName(name)) return ResourceChange.NotFound;
        if (SendingPool.IsImplicitName(name)) await StoreImplicit(name, cancellationToken);
        var result = await _pools.Change(name, change, cancellationToken);
        plan.Forget();
        return result;
    }

    /// <summary>Deletes a pool that nothing uses. An implicit one is not found.</summary>
    public async ValueTask<PoolDeletion> Delete(string name, CancellationToken cancellationToken)
    {
        if (!SendingPool.IsValidName(name) || SendingPool.IsImplicitName(name)) return PoolDeletion.NotFound;
        if (await _pools.Get(name, cancellationToken) is not { } current) return PoolDeletion.NotFound;
        var begun = time.GetTimestamp();
        var now = time.GetUtcNow();
        if (current.Value.IsBeingDeleted(now)) return PoolDeletion.Contended;
        if (!await _pools.Replace(name, current.Value with { DeletionBegunAt = now }, current.Version, cancellationToken))
            return PoolDeletion.Contended;

        var user = await FindUser(name, cancellationToken);
        if (user is null && time.GetElapsedTime(begun) < DeletionBudget)
        {
            var deleted = await _pools.Delete(name, arns.SendingPool(name), cancellationToken);
            plan.Forget();
            return deleted == ResourceDeletion.Deleted ? PoolDeletion.Deleted : PoolDeletion.NotFound;
        }

        await _pools.Change(name, p => p with { DeletionBegunAt = null }, cancellationToken);
        return user is null ? PoolDeletion.Contended : PoolDeletion.UsedBy(user);
    }

    /// <summary>Writes something that names a pool; null names none and an implicit one is always there.</summary>
    /// <param name="write">True when it was written.</param>
    /// <param name="undo">Takes back what was written.</param>
    /// <returns>False when there is no such pool: then nothing is written.</returns>
    public async ValueTask<bool> Refer(string? name, Func<ValueTask<bool>> write, Func<ValueTask> undo, CancellationToken cancellationToken)
    {
        if (!await CanBeNamed(name, cancellationToken)) return false;
        if (!await write() || await CanBeNamed(name, cancellationToken)) return true;
        await undo();
        return false;
    }

    private async ValueTask<bool> CanBeNamed(string? name, CancellationToken cancellationToken) =>
        name is null || (await Get(name, cancellationToken) is { } pool && !pool.IsBeingDeleted(time.GetUtcNow()));

    private async ValueTask<string?> FindUser(string name, CancellationToken cancellationToken)
    {
        var ip = (await _ips.List(cancellationToken)).Select(_ips.Parse).FirstOrDefault(i => i.PoolName == name);
        if (ip is not null) return $"the dedicated IP {ip.Ip}";
        var set = (await _sets.List(cancellationToken)).Select(_sets.Parse).FirstOrDefault(s => s.DeliveryOptions?.SendingPoolName == name);
        return set is null ? null : $"the configuration set {set.Name}";
    }

    private async ValueTask StoreImplicit(string name, CancellationToken cancellationToken)
    {
        if (await _pools.Get(name, cancellationToken) is not null) return;
        var pool = SendingPool.Implicit(name);
        await _pools.Create(name, arns.SendingPool(name), pool, pool.CreatedAt, [], int.MaxValue, cancellationToken);
    }
}

internal enum PoolDeletionOutcome
{
    Deleted,
    NotFound,

    /// <summary>Something names it.</summary>
    Used,

    /// <summary>Somebody else changes or deletes it at the same time, or looking took too long; it is still there.</summary>
    Contended,
}

/// <param name="User">What uses the pool, in words; only with <see cref="PoolDeletionOutcome.Used"/>.</param>
internal readonly record struct PoolDeletion(PoolDeletionOutcome Outcome, string? User = null)
{
    public static PoolDeletion Deleted { get; } = new(PoolDeletionOutcome.Deleted);

    public static PoolDeletion NotFound { get; } = new(PoolDeletionOutcome.NotFound);

    public static PoolDeletion Contended { get; } = new(PoolDeletionOutcome.Contended);

    public static PoolDeletion UsedBy(string user) => new(PoolDeletionOutcome.Used, user);
}
