using Orleans;
using Silo.Server.Tenants;

namespace Silo.Orleans.Tenants;

/// <summary>A tenant as a grain; its key is the tenant's name.</summary>
[Alias("silo.ITenantGrain")]
public interface ITenantGrain : ITenant, ITenantDelivery, IGrainWithStringKey;
