namespace Silo.Server.SesApi.Operations.DedicatedIps;

internal static class PutDedicatedIpInPool
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutDedicatedIpInPool", "PUT", GetDedicatedIp.Path + "/pool", SesJson.Default.PutDedicatedIpInPoolRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, PutDedicatedIpInPoolRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var ip = DedicatedIpMembers.CheckIp(call.Labels[0], checks);
        var pool = request.DestinationPoolName;
        if (DedicatedIpMembers.CheckPoolName(pool, "DestinationPoolName", checks) && pool == Egress.SendingPool.Shared)
            checks.Fail($"DestinationPoolName must not be {pool}, which has no addresses of the account");
        if (checks.Error is { } refused) return refused;
        return DedicatedIpMembers.AnswerOf(await call.Services.Ips.Move(ip!, pool!, cancellationToken), ip!, pool);
    }
}

internal sealed record PutDedicatedIpInPoolRequest(string? DestinationPoolName);
