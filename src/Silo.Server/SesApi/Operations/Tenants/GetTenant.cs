namespace Silo.Server.SesApi.Operations.Tenants;

internal static class GetTenant
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "GetTenant", "POST", "/v2/email/tenants/get", SesJson.Default.GetTenantRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, GetTenantRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(request.TenantName, checks)) return checks.Error!;
        if (await call.Services.Tenants.Get(request.TenantName).Describe(cancellationToken) is not { } tenant)
            return TenantMembers.NotFound(request.TenantName);
        var tags = await call.Services.Resources.GetTags(tenant.Arn, cancellationToken);
        return SesAnswer.Json(
            new GetTenantResponse(new TenantShape(
                tenant.Name, tenant.TenantId, tenant.Arn, EpochSeconds.From(tenant.CreatedAt), TagRules.ToWire(tags),
                SendingStatusName.Of(tenant.Standing.Aggregate), TenantMembers.ToWire(tenant.Suppression))),
            SesJson.Default.GetTenantResponse);
    }
}

internal sealed record GetTenantRequest(string? TenantName);

internal sealed record GetTenantResponse(TenantShape Tenant);

/// <summary>SES structure Tenant.</summary>
internal sealed record TenantShape(
    string TenantName, string TenantId, string TenantArn, decimal CreatedTimestamp, IReadOnlyList<Tag> Tags, string SendingStatus,
    TenantSuppressionAttributes? SuppressionAttributes);
