namespace Silo.Server.SesApi.Operations.Tenants;

internal static class ListResourceTenants
{
    private const string Name = "ListResourceTenants";

    public static SesOperation Operation { get; } = SesOperation.Of(
        Name, "POST", "/v2/email/resources/tenants/list", SesJson.Default.ListResourceTenantsRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, ListResourceTenantsRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        checks.RequiredText(request.ResourceArn, "ResourceArn");
        var pageSize = PageToken.Size(request.PageSize, checks);
        if (checks.Error is { } incomplete) return incomplete;
        if (TenantMembers.CheckResource(request.ResourceArn!, call.Services.Arns, out var resource) is { } notSuch) return notSuch;
        var after = PageToken.Read(Name, resource.Text, request.NextToken, checks);
        if (checks.Error is { } refused) return refused;

        var resources = call.Services.Resources;
        if (await resources.Get(resource.Kind!.Value, resource.Name, cancellationToken) is null)
            return TenantMembers.NoSuchResource(resource);
        var page = await resources.ListByResource(resource.Text, after, pageSize, cancellationToken);
        var tenants = page.Items.Select(
            a => new ResourceTenantMetadata(a.TenantName, a.TenantId, a.ResourceArn, EpochSeconds.From(a.CreatedAt)));
        return SesAnswer.Json(
            new ListResourceTenantsResponse([.. tenants], PageToken.Write(Name, resource.Text, page.Next)),
            SesJson.Default.ListResourceTenantsResponse);
    }
}

internal sealed record ListResourceTenantsRequest(string? ResourceArn, int? PageSize, string? NextToken);

internal sealed record ListResourceTenantsResponse(IReadOnlyList<ResourceTenantMetadata> ResourceTenants, string? NextToken);

internal sealed record ResourceTenantMetadata(string TenantName, string TenantId, string ResourceArn, decimal AssociatedTimestamp);
