using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Tenants;

internal static class ListTenants
{
    private const string Name = "ListTenants";

    public static SesOperation Operation { get; } = SesOperation.Of(
        Name, "POST", "/v2/email/tenants/list", SesJson.Default.ListTenantsRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, ListTenantsRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks().Filter(request.Filter, "TENANT_NAME_CONTAINS", "SENDING_STATUS");
        var status = request.Filter?.GetValueOrDefault("SENDING_STATUS");
        checks.OneOf(status, "Filter.SENDING_STATUS", "ENABLED", "DISABLED", "REINSTATED");
        var filterText = PageToken.FilterText(request.Filter);
        var after = PageToken.Read(Name, filterText, request.NextToken, checks);
        var pageSize = PageToken.Size(request.PageSize, checks);
        if (checks.Error is { } refused) return refused;

        var filter = new TenantFilter
        {
            AfterName = after,
            NameContains = request.Filter?.GetValueOrDefault("TENANT_NAME_CONTAINS"),
            SendingStatus = status,
        };
        var page = await call.Services.Store.Tenants.List(filter, pageSize, cancellationToken);
        return SesAnswer.Json(
            new ListTenantsResponse(
                [.. page.Items.Select(t => new TenantInfo(t.Name, t.TenantId, t.Arn, EpochSeconds.From(t.CreatedAt), t.SendingStatus))],
                PageToken.Write(Name, filterText, page.Next)),
            SesJson.Default.ListTenantsResponse);
    }
}

internal sealed record ListTenantsRequest(IReadOnlyDictionary<string, string?>? Filter, string? NextToken, int? PageSize);

internal sealed record ListTenantsResponse(IReadOnlyList<TenantInfo> Tenants, string? NextToken);

/// <summary>SES structure TenantInfo.</summary>
internal sealed record TenantInfo(string TenantName, string TenantId, string TenantArn, decimal CreatedTimestamp, string SendingStatus);
