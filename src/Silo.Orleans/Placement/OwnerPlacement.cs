using Orleans;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Silo.Storage;

namespace Silo.Orleans.Placement;

/// <summary>On the silo that owns the tenant; one that nobody owns goes where there is room.</summary>
[GenerateSerializer, Immutable, Alias("silo.OwnerPlacement")]
internal sealed class OwnerPlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class OwnerPlacementAttribute() : PlacementAttribute(new OwnerPlacement());

/// <summary>
/// Asks the store where the tenant's living owner is, so that the activation finds its tenant at home: elsewhere it would have to ask for
/// it, and wait. A tenant without owner, or whose owner's silo is not to be reached, is placed by the number of activations.
/// </summary>
internal sealed partial class OwnerPlacementDirector(
    IOwnership ownership, IPlacementDirector byLoad, ILogger<OwnerPlacementDirector> logger)
    : IPlacementDirector
{
    public async Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        // Only whoever moves a tenant gives one: the activation there asks the owner for it.
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, context.GetCompatibleSilos(target)) is { } hint) return hint;
        if (await FindOwner(target.GrainIdentity.Key.ToString()!) is { } owner)
        {
            // After a restart two incarnations may stand under one address for a lease's time; the silo that lives now serves both.
            foreach (var silo in context.GetCompatibleSilos(target))
            {
                if (silo.Endpoint.ToString() == owner) return silo;
            }
        }

        return await byLoad.OnAddActivation(strategy, target, context);
    }

    private async ValueTask<string?> FindOwner(string tenantName)
    {
        try
        {
            return await ownership.FindOwner(tenantName, CancellationToken.None);
        }
        catch (StorageException e)
        {
            // Whoever activates has to claim the tenant, and says what is wrong then.
            LogOwnerUnknown(tenantName, e);
            return null;
        }
    }

    [LoggerMessage(5001, LogLevel.Warning, "The owner of tenant {TenantName} could not be looked up; it is placed by load")]
    private partial void LogOwnerUnknown(string tenantName, Exception exception);
}
