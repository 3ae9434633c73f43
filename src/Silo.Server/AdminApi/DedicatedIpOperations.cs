using Silo.Server.Egress;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.DedicatedIps;

namespace Silo.Server.AdminApi;

/// <summary>Source addresses: SES v2 shows and moves them, but has no call that adds or removes one.</summary>
internal static class DedicatedIpOperations
{
    public const string Path = ListPath + "/{Ip}";
    private const string ListPath = "/silo/v1/dedicated-ips";
    private const string ListName = "ListDedicatedIps";

    public static SesOperation List { get; } = SesOperation.Of(ListName, "GET", ListPath, ReadAll);

    public static SesOperation Get { get; } = SesOperation.Of("GetDedicatedIpDescription", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of("PutDedicatedIp", "PUT", Path, AdminJson.Default.PutDedicatedIpRequest, Write);

    public static SesOperation Delete { get; } = SesOperation.Of("DeleteDedicatedIp", "DELETE", Path, Remove);

    private static async ValueTask<SesAnswer> ReadAll(SesCall call, CancellationToken cancellationToken)
    {
        var (page, refused) = await GetDedicatedIps.Page(call, ListName, cancellationToken);
        if (refused is not null) return refused;
        var described = new List<DedicatedIpDescription>(page!.Items.Count);
        foreach (var ip in page.Items) described.Add(await Describe(call, ip, cancellationToken));
        return SesAnswer.Json(new ListDedicatedIpsResponse(described, page.NextToken), AdminJson.Default.ListDedicatedIpsResponse);
    }

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (DedicatedIpMembers.CheckIp(call.Labels[0], checks) is not { } name) return checks.Error!;
        if (await call.Services.Ips.Get(name, cancellationToken) is not { } ip) return DedicatedIpMembers.NoSuchIp(name);
        return SesAnswer.Json(await Describe(call, ip, cancellationToken), AdminJson.Default.DedicatedIpDescription);
    }

    private static async ValueTask<SesAnswer> Write(SesCall call, PutDedicatedIpRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var ip = DedicatedIpMembers.CheckIp(call.Labels[0], checks);
        var settings = DedicatedIpShape.Check(ip, request, checks);
        if (checks.Error is { } refused) return refused;
        return DedicatedIpMembers.AnswerOf(await call.Services.Ips.Put(settings!, cancellationToken), ip!, request.PoolName);
    }

    private static async ValueTask<SesAnswer> Remove(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (DedicatedIpMembers.CheckIp(call.Labels[0], checks) is not { } ip) return checks.Error!;
        return await call.Services.Ips.Delete(ip, cancellationToken) ? SesAnswer.Empty : DedicatedIpMembers.NoSuchIp(ip);
    }

    private static async ValueTask<DedicatedIpDescription> Describe(SesCall call, DedicatedIp ip, CancellationToken cancellationToken)
    {
        var pool = await call.Services.Pools.Get(ip.Pool, cancellationToken);
        return DedicatedIpShape.ToWire(ip, pool is { IsManaged: true }, call.Services.Time.GetUtcNow());
    }
}
