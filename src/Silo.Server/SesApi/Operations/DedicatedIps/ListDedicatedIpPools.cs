namespace Silo.Server.SesApi.Operations.DedicatedIps;

/// <summary>Names those that were created; the two implicit ones are not among them.</summary>
internal static class ListDedicatedIpPools
{
    private const string Name = "ListDedicatedIpPools";

    public static SesOperation Operation { get; } = SesOperation.Of(Name, "GET", CreateDedicatedIpPool.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var after = PageToken.Read(Name, "", call.QueryValue("NextToken", checks), checks);
        var pageSize = PageToken.Size(call.QueryInt("PageSize", checks), checks);
        if (checks.Error is { } refused) return refused;
        var page = PageToken.PageOf(await call.Services.Pools.List(cancellationToken), n => n, after, pageSize);
        return SesAnswer.Json(
            new ListDedicatedIpPoolsResponse(page.Items, PageToken.Write(Name, "", page.Next)), SesJson.Default.ListDedicatedIpPoolsResponse);
    }
}

internal sealed record ListDedicatedIpPoolsResponse(IReadOnlyList<string> DedicatedIpPools, string? NextToken);
