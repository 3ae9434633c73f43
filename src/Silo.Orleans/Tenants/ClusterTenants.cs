using Orleans;
using Orleans.Runtime;
using Silo.Orleans.Placement;
using Silo.Server.Tenants;

namespace Silo.Orleans.Tenants;

/// <summary>The cluster as the engine: every tenant's actor lives in a grain, on the silo that owns it.</summary>
/// <param name="balance">It needs the tenants as they need it, so it is looked up when its time comes.</param>
internal sealed class ClusterTenants(
    IGrainFactory grains, LocalTenants local, ISiloStatusOracle silos, Func<TenantBalance> balance)
    : ITenants, IOwnTenants, IEngine
{
    // Upkeep comes every 10 s.
    private const int BalanceRounds = 3;

    private int _rounds;

    public bool IsAlone => false;

    public bool IsReachable => silos.CurrentStatus == SiloStatus.Active;

    public int ActiveTenants => local.Count;

    public ITenant Get(string name) => grains.GetGrain<ITenantGrain>(name);

    // A grain is placed where its tenant's owner is, so that the owner's dispatcher finds it at home.
    ITenantDelivery IOwnTenants.Get(string name) => grains.GetGrain<ITenantGrain>(name);

    public void Discard(string name) => local.Discard(name);

    /// <summary>Orleans collects what is idle by itself; what is left to do is to keep the silos even.</summary>
    public async Task CollectIdle(CancellationToken cancellationToken)
    {
        if (++_rounds % BalanceRounds == 0) await balance().Level(cancellationToken);
    }

    // Activations save themselves when the silo stops, which is after the engine.
    public ValueTask SaveAll() => ValueTask.CompletedTask;
}
