using Silo.Core.Pacing;
using Silo.Storage;

namespace Silo.Server.Egress.Sharing;

/// <summary>What the owner of shared limits needs of the silo that it lives on.</summary>
/// <param name="Plan">All pools, about a second old at most.</param>
/// <param name="Account">What the whole account may send.</param>
/// <param name="IsAlone">As <see cref="ISendingPools.IsAlone"/>.</param>
public sealed record SharingServices(
    IResourceStore Resources, Func<CancellationToken, ValueTask<EgressPlan>> Plan, BudgetLimits Account, TimeProvider Time, bool IsAlone,
    ILogger<SendingPoolActor> Logger);
