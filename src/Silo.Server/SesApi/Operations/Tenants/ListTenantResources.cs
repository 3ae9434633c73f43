using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Tenants;

internal static class ListTenantResources
{
    private const string Name = "ListTenantResources";

    public static SesOperation Operation { get; } = SesOperation.Of(
        Name, "POST", "/v2/email/tenants/resources/list", SesJson.Default.ListTenantResourcesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, ListTenantResourcesRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks().Filter(request.Filter, "RESOURCE_TYPE");
        TenantMembers.CheckName(request.TenantName, checks);
        var type = request.Filter?.GetValueOrDefault("RESOURCE_TYPE");
        var kind = KindOf(type);
        if (type is not null && kind is null)
            checks.Fail("Filter.RESOURCE_TYPE must be one of EMAIL_IDENTITY, CONFIGURATION_SET, EMAIL_TEMPLATE");
        var filterText = $"{request.TenantName}\n{kind}";
        var after = PageToken.Read(Name, filterText, request.NextToken, checks);
        var pageSize = PageToken.Size(request.PageSize, checks);
        if (checks.Error is { } refused) return refused;

        if (await call.Services.Tenants.Get(request.TenantName!).Describe(cancellationToken) is null)
            return TenantMembers.NotFound(request.TenantName!);
        var page = await call.Services.Resources.ListByTenant(request.TenantName!, kind, after, pageSize, cancellationToken);
        return SesAnswer.Json(
            new ListTenantResourcesResponse(
                [.. page.Items.Where(a => a.Kind != ResourceKind.ReputationPolicy).Select(a => new TenantResource(NameOf(a.Kind), a.ResourceArn))],
                PageToken.Write(Name, filterText, page.Next)),
            SesJson.Default.ListTenantResourcesResponse);
    }

    // The model's spelling and the one that was seen on the wire of the live service.
    private static ResourceKind? KindOf(string? type) => type switch
    {
        "EMAIL_IDENTITY" or "identity" => ResourceKind.EmailIdentity,
        "CONFIGURATION_SET" or "configuration-set" => ResourceKind.ConfigurationSet,
        "EMAIL_TEMPLATE" or "template" => ResourceKind.EmailTemplate,
        _ => null,
    };

    private static string NameOf(ResourceKind kind) => kind switch
    {
        ResourceKind.EmailIdentity => "EMAIL_IDENTITY",
        ResourceKind.ConfigurationSet => "CONFIGURATION_SET",
        ResourceKind.EmailTemplate => "EMAIL_TEMPLATE",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}

internal sealed record ListTenantResourcesRequest(
    string? TenantName, IReadOnlyDictionary<string, string?>? Filter, int? PageSize, string? NextToken);

internal sealed record ListTenantResourcesResponse(IReadOnlyList<TenantResource> TenantResources, string? NextToken);

internal sealed record TenantResource(string ResourceType, string ResourceArn);
