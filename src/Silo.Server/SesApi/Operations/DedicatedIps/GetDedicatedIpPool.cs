namespace Silo.Server.SesApi.Operations.DedicatedIps;

internal static class GetDedicatedIpPool
{
    public const string Path = CreateDedicatedIpPool.Path + "/{PoolName}";

    public static SesOperation Operation { get; } = SesOperation.Of("GetDedicatedIpPool", "GET", Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        if (await call.Services.Pools.Get(call.Labels[0], cancellationToken) is not { } pool)
            return DedicatedIpMembers.NoSuchPool(call.Labels[0]);
        return SesAnswer.Json(
            new GetDedicatedIpPoolResponse(new DedicatedIpPoolOnWire(pool.Name, DedicatedIpMembers.ScalingMode(pool))),
            SesJson.Default.GetDedicatedIpPoolResponse);
    }
}

internal sealed record GetDedicatedIpPoolResponse(DedicatedIpPoolOnWire DedicatedIpPool);

/// <summary>SES DedicatedIpPool.</summary>
internal sealed record DedicatedIpPoolOnWire(string PoolName, string ScalingMode);
