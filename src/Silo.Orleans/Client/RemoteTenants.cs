using Orleans;
using Silo.Orleans.Tenants;
using Silo.Server.Tenants;

namespace Silo.Orleans.Client;

/// <summary>Tenants of a cluster client.</summary>
internal sealed class RemoteTenants(IGrainFactory grains) : ITenants
{
    public ITenant Get(string name) => grains.GetGrain<ITenantGrain>(name);
}
