using Silo.Server.Egress;

namespace Silo.Server.SesApi.Operations.DedicatedIps;

internal static class GetDedicatedIps
{
    public const string Path = "/v2/email/dedicated-ips";
    private const string Name = "GetDedicatedIps";

    public static SesOperation Operation { get; } = SesOperation.Of(Name, "GET", Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var (page, refused) = await Page(call, Name, cancellationToken);
        if (refused is not null) return refused;
        var (services, managed) = (call.Services, new Dictionary<string, bool>(StringComparer.Ordinal));
        foreach (var name in page!.Items.Select(i => i.Pool).Distinct())
            managed[name] = await services.Pools.Get(name, cancellationToken) is { IsManaged: true };
        var now = services.Time.GetUtcNow();
        return SesAnswer.Json(
            new GetDedicatedIpsResponse([.. page.Items.Select(i => DedicatedIpMembers.ToWire(i, managed[i.Pool], now))], page.NextToken),
            SesJson.Default.GetDedicatedIpsResponse);
    }

    /// <summary>The page that PoolName, NextToken and PageSize of the query ask for, or the error.</summary>
    public static async ValueTask<(IpPage? Page, SesError? Error)> Page(SesCall call, string operation, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var pool = call.QueryValue("PoolName", checks);
        var filter = pool is null ? "" : $"PoolName={pool}";
        var after = PageToken.Read(operation, filter, call.QueryValue("NextToken", checks), checks);
        var pageSize = PageToken.Size(call.QueryInt("PageSize", checks), checks);
        if (checks.Error is { } refused) return (null, refused);
        if (pool is not null && await call.Services.Pools.Get(pool, cancellationToken) is null)
            return (null, DedicatedIpMembers.NoSuchPool(pool));
        var page = PageToken.PageOf(await call.Services.Ips.List(pool, cancellationToken), i => i.Ip, after, pageSize);
        return (new IpPage(page.Items, PageToken.Write(operation, filter, page.Next)), null);
    }
}

internal sealed record IpPage(IReadOnlyList<DedicatedIp> Items, string? NextToken);

internal sealed record GetDedicatedIpsResponse(IReadOnlyList<DedicatedIpOnWire> DedicatedIps, string? NextToken);
