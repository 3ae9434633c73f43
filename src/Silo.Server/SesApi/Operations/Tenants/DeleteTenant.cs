using Silo.Server.Lists;

namespace Silo.Server.SesApi.Operations.Tenants;

internal static class DeleteTenant
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "DeleteTenant", "POST", "/v2/email/tenants/delete", SesJson.Default.DeleteTenantRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, DeleteTenantRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(request.TenantName, checks)) return checks.Error!;
        // Its keys and lists end first, so that none is left when it is gone; then once more, for one that was made meanwhile. What were left
        // would be the next tenant's of this name.
        await call.Services.Credentials.DeleteOf(request.TenantName, cancellationToken);
        ListOwner? owner = await call.Services.Tenants.Get(request.TenantName).Describe(cancellationToken) is { } tenant
            ? new ListOwner(tenant.Name, tenant.TenantId) : null;
        if (owner is { } before) await call.Services.ContactLists.DeleteOf(before, cancellationToken);
        if (!await call.Services.Tenants.Get(request.TenantName).Delete(cancellationToken)) return TenantMembers.NotFound(request.TenantName);
        await call.Services.Credentials.DeleteOf(request.TenantName, cancellationToken);
        if (owner is { } gone) await call.Services.ContactLists.DeleteOf(gone, cancellationToken);
        return SesAnswer.Empty;
    }
}

internal sealed record DeleteTenantRequest(string? TenantName);
