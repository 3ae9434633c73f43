namespace Silo.Server.SesApi.Operations.DedicatedIps;

internal static class GetDedicatedIp
{
    public const string Path = GetDedicatedIps.Path + "/{Ip}";

    public static SesOperation Operation { get; } = SesOperation.Of("GetDedicatedIp", "GET", Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (DedicatedIpMembers.CheckIp(call.Labels[0], checks) is not { } name) return checks.Error!;
        var services = call.Services;
        if (await services.Ips.Get(name, cancellationToken) is not { } ip) return DedicatedIpMembers.NoSuchIp(name);
        var pool = await services.Pools.Get(ip.Pool, cancellationToken);
        return SesAnswer.Json(
            new GetDedicatedIpResponse(DedicatedIpMembers.ToWire(ip, pool is { IsManaged: true }, services.Time.GetUtcNow())),
            SesJson.Default.GetDedicatedIpResponse);
    }
}

internal sealed record GetDedicatedIpResponse(DedicatedIpOnWire DedicatedIp);
