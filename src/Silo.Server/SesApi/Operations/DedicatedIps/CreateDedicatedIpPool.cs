using Silo.Server.Egress;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.DedicatedIps;

internal static class CreateDedicatedIpPool
{
    public const string Path = "/v2/email/dedicated-ip-pools";

    public static SesOperation Operation { get; } = SesOperation.Of(
        "CreateDedicatedIpPool", "POST", Path, SesJson.Default.CreateDedicatedIpPoolRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CreateDedicatedIpPoolRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        DedicatedIpMembers.CheckPoolName(request.PoolName, "PoolName", checks);
        checks.OneOf(request.ScalingMode, "ScalingMode", "STANDARD", "MANAGED");
        var tags = TagRules.Check(request.Tags, checks);
        if (checks.Error is { } refused) return refused;

        var name = request.PoolName!;
        return await call.Services.Pools.Create(name, request.ScalingMode == "MANAGED", tags, cancellationToken) switch
        {
            ResourceCreation.Created => SesAnswer.Empty,
            ResourceCreation.AlreadyExists => SesError.AlreadyExists($"Dedicated IP pool {name} already exists."),
            _ => SesError.LimitExceeded($"The account has reached its limit of {SendingPool.MaxPools} dedicated IP pools."),
        };
    }
}

internal sealed record CreateDedicatedIpPoolRequest(string? PoolName, IReadOnlyList<Tag?>? Tags, string? ScalingMode);
