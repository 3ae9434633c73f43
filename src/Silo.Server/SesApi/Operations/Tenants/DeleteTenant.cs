namespace Silo.Server.SesApi.Operations.Tenants;

internal static class DeleteTenant
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "DeleteTenant", "POST", "/v2/email/tenants/delete", SesJson.Default.DeleteTenantRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, DeleteTenantRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(request.TenantName, checks)) return checks.Error!;
        return await call.Services.Tenants.Get(request.TenantName).Delete(cancellationToken)
            ? SesAnswer.Empty
            : TenantMembers.NotFound(request.TenantName);
    }
}

internal sealed record DeleteTenantRequest(string? TenantName);
