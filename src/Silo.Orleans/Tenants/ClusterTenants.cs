using Orleans;
using Orleans.Runtime;
using Silo.Server.Tenants;

namespace Silo.Orleans.Tenants;

/// <summary>The cluster as the engine: every tenant's actor lives in a grain, on the silo that owns it.</summary>
internal sealed class ClusterTenants(IGrainFactory grains, LocalTenants local, ISiloStatusOracle silos) : ITenants, IOwnTenants, IEngine
{
    public bool IsAlone => false;

    public bool IsReachable => silos.CurrentStatus == SiloStatus.Active;

    public ITenant Get(string name) => grains.GetGrain<ITenantGrain>(name);

    // A grain is placed where its tenant's owner is, so that the owner's dispatcher finds it at home.
    ITenantDelivery IOwnTenants.Get(string name) => grains.GetGrain<ITenantGrain>(name);

    public void Drop(string name) => local.Discard(name);

    // Orleans collects what is idle, by the same age.
    public Task CollectIdle(CancellationToken cancellationToken) => Task.CompletedTask;

    // Activations save themselves when the silo stops, which is after the engine.
    public ValueTask SaveAll() => ValueTask.CompletedTask;
}
