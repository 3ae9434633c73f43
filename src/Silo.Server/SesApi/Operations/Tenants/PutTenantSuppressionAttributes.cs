namespace Silo.Server.SesApi.Operations.Tenants;

internal static class PutTenantSuppressionAttributes
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutTenantSuppressionAttributes", "POST", "/v2/email/tenant/suppression",
        SesJson.Default.PutTenantSuppressionAttributesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutTenantSuppressionAttributesRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        TenantMembers.CheckName(request.TenantName, checks);
        var suppression = TenantMembers.CheckSuppression(request.SuppressedReasons, request.SuppressionScope, "", checks);
        if (checks.Error is { } refused) return refused;
        return await call.Services.Tenants.Get(request.TenantName!).SetSuppression(suppression, cancellationToken)
            ? SesAnswer.Empty
            : TenantMembers.NotFound(request.TenantName!);
    }
}

internal sealed record PutTenantSuppressionAttributesRequest(
    string? TenantName, IReadOnlyList<string?>? SuppressedReasons, string? SuppressionScope);
