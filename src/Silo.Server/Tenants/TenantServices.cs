using Silo.Core.Reputation;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Tenants;

/// <summary>What an actor needs of the silo that it lives on.</summary>
/// <param name="Wake">Tells the dispatcher of this silo that a tenant's mail may leave again.</param>
/// <param name="Forget">Tells the dispatcher that a tenant's queue is gone.</param>
/// <param name="StartedAt">When this process began to act for tenants.</param>
/// <param name="CollectionAge">How long an actor was idle at least when it leaves memory.</param>
/// <param name="Jitter">Values in [0, 1) for the spread of retries.</param>
public sealed record TenantServices(
    ISiloStore Store, SendingGates Gates, MessageCache Messages, Arns Arns, TenantOptions Options, ReputationThresholds Thresholds,
    int MaxTenants, TimeProvider Time, Action<long, string> Wake, Action<long> Forget,
    DateTimeOffset StartedAt, TimeSpan CollectionAge, Func<double> Jitter)
{
    /// <summary>Drops the activation of a tenant: its next call loads it from the store.</summary>
    public required Action<string> Discard { get; init; }
}
