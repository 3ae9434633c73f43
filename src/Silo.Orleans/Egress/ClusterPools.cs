using Orleans;
using Silo.Server.Egress.Sharing;

namespace Silo.Orleans.Egress;

/// <summary>The owners of shared limits in a cluster, each on any silo.</summary>
internal sealed class ClusterPools(IGrainFactory grains) : ISendingPools
{
    public bool IsAlone => false;

    public ISendingPool Get(string key) => grains.GetGrain<ISendingPoolGrain>(key);
}
