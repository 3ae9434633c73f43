using Silo.Server.Egress;

namespace Silo.Server.SesApi.Operations.DedicatedIps;

internal static class DeleteDedicatedIpPool
{
    public static SesOperation Operation { get; } = SesOperation.Of("DeleteDedicatedIpPool", "DELETE", GetDedicatedIpPool.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        if (SendingPool.IsImplicitName(name)) return SesError.BadRequest($"Dedicated IP pool {name} is always there and cannot be deleted.");
        var deletion = await call.Services.Pools.Delete(name, cancellationToken);
        return deletion.Outcome switch
        {
            PoolDeletionOutcome.Deleted => SesAnswer.Empty,
            PoolDeletionOutcome.NotFound => DedicatedIpMembers.NoSuchPool(name),
            PoolDeletionOutcome.Used => SesError.BadRequest($"Dedicated IP pool {name} cannot be deleted while {deletion.User} uses it."),
            _ => SesError.ConcurrentModification($"Dedicated IP pool {name}"),
        };
    }
}
