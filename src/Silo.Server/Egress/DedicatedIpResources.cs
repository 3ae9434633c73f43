using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Egress;

/// <summary>Source addresses as operations see and change them, past the cache.</summary>
internal sealed class DedicatedIpResources(
    IResourceStore store, Arns arns, AccountResources account, SendingPoolResources pools, SendingPools plan, TimeProvider time)
{
    private readonly StoredDocuments<DedicatedIp> _ips = new(store, ResourceKind.DedicatedIp, EgressJson.Default.DedicatedIp);

    public async ValueTask<DedicatedIp?> Get(string ip, CancellationToken cancellationToken) => (await _ips.Get(ip, cancellationToken))?.Value;

    /// <summary>In the order of their text, of one pool if given.</summary>
    public async ValueTask<IReadOnlyList<DedicatedIp>> List(string? pool, CancellationToken cancellationToken) =>
        [.. (await _ips.List(cancellationToken)).Select(_ips.Parse).Where(i => pool is null || i.Pool == pool)];

    /// <summary>
    /// Adds an address, warm or with the automatic warm-up as the account has it; one that is there keeps its warm-up and gets the rest.
    /// </summary>
    public async ValueTask<IpWrite> Put(DedicatedIpSettings settings, CancellationToken cancellationToken)
    {
        var outcome = IpWrite.Done;
        DedicatedIp? before = null;
        var isThere = await pools.Refer(settings.PoolName, Write, Undo, cancellationToken);
        plan.Forget();
        return isThere ? outcome : IpWrite.NoSuchPool;

        async ValueTask<bool> Write()
        {
            var now = time.GetUtcNow();
            var warmUp = (await account.GetSettings(cancellationToken)).AutoWarmupEnabled ? IpWarmUp.Begin(now) : IpWarmUp.Done(now);
            // There days count that went well; time alone brings it nowhere.
            if (await pools.Get(settings.PoolName ?? SendingPool.Default, cancellationToken) is { IsManaged: true })
                warmUp = warmUp with { Position = TimeSpan.Zero };
            var first = settings.ApplyTo(new DedicatedIp { Ip = settings.Ip, CreatedAt = now, HelloName = "", WarmUp = warmUp });
            outcome = await _ips.Create(settings.Ip, arns.DedicatedIp(settings.Ip), first, now, [], DedicatedIp.MaxIps, cancellationToken) switch
            {
                ResourceCreation.Created => IpWrite.Done,
                ResourceCreation.LimitReached => IpWrite.LimitReached,
                _ => Of(await _ips.Change(settings.Ip, ip => settings.ApplyTo(before = ip), cancellationToken)),
            };
            return outcome == IpWrite.Done;
        }

        async ValueTask Undo()
        {
            if (before is null) await _ips.Delete(settings.Ip, arns.DedicatedIp(settings.Ip), cancellationToken);
            else await MoveBack(before, settings.PoolName, cancellationToken);
        }
    }

    /// <param name="pool">The name of a pool, also an implicit one.</param>
    public async ValueTask<IpWrite> Move(string ip, string pool, CancellationToken cancellationToken)
    {
        var outcome = IpWrite.Done;
        DedicatedIp? before = null;
        var name = pool == SendingPool.Default ? null : pool;
        var isThere = await pools.Refer(name, Write, () => MoveBack(before!, name, cancellationToken), cancellationToken);
        plan.Forget();
        return isThere ? outcome : IpWrite.NoSuchPool;

        async ValueTask<bool> Write()
        {
            outcome = Of(await _ips.Change(ip, i => (before = i) with { PoolName = name }, cancellationToken));
            return outcome == IpWrite.Done;
        }
    }

    /// <summary>Refused for an address in a managed pool, which warms up by itself.</summary>
    public async ValueTask<IpWrite> ChangeWarmUp(string ip, Func<IpWarmUp, IpWarmUp> change, CancellationToken cancellationToken)
    {
        if (await Get(ip, cancellationToken) is not { } current) return IpWrite.NotFound;
        if (await pools.Get(current.Pool, cancellationToken) is { IsManaged: true }) return IpWrite.Managed;
        var outcome = Of(await _ips.Change(ip, i => i with { WarmUp = change(i.WarmUp) }, cancellationToken));
        plan.Forget();
        return outcome;
    }

    /// <param name="provider">Null for all of it.</param>
    /// <param name="pause">Null ends the pause.</param>
    public async ValueTask<IpWrite> Pause(string ip, string? provider, PoolPause? pause, CancellationToken cancellationToken)
    {
        var outcome = Of(await _ips.Change(ip, i => i with { Pauses = PoolPause.Replaced(i.Pauses, provider, pause) }, cancellationToken));
        plan.Forget();
        return outcome;
    }

    /// <summary>False when it was not there.</summary>
    public async ValueTask<bool> Delete(string ip, CancellationToken cancellationToken)
    {
        var deleted = await _ips.Delete(ip, arns.DedicatedIp(ip), cancellationToken) == ResourceDeletion.Deleted;
        plan.Forget();
        return deleted;
    }

    private async ValueTask MoveBack(DedicatedIp before, string? from, CancellationToken cancellationToken) =>
        await _ips.Change(before.Ip, i => i.PoolName == from ? i with { PoolName = before.PoolName } : null, cancellationToken);

    private static IpWrite Of(ResourceChange change) => change switch
    {
        ResourceChange.Done => IpWrite.Done,
        ResourceChange.NotFound => IpWrite.NotFound,
        _ => IpWrite.Contended,
    };
}

/// <summary>What is said of an address when it is put; absent ones are as in <see cref="DedicatedIp"/>.</summary>
internal sealed record DedicatedIpSettings(string Ip, string? PoolName, string HelloName, SocksProxy? Via, string? SiloHost)
{
    public DedicatedIp ApplyTo(DedicatedIp ip) => ip with { PoolName = PoolName, HelloName = HelloName, Via = Via, SiloHost = SiloHost };
}

internal enum IpWrite
{
    Done,
    NotFound,
    NoSuchPool,

    /// <summary>The address is in a managed pool.</summary>
    Managed,
    LimitReached,

    /// <summary>Others kept writing at the same time.</summary>
    Contended,
}
