using Orleans;
using Silo.Server.Egress.Sharing;

namespace Silo.Orleans.Egress;

/// <summary>The owner of the limits of the account or a pool as a grain; its key is <see cref="ISendingPools.Get"/>'s.</summary>
[Alias("silo.ISendingPoolGrain")]
public interface ISendingPoolGrain : ISendingPool, IGrainWithStringKey;
