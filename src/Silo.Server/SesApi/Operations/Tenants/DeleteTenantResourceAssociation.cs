using Silo.Server.Tenants;

namespace Silo.Server.SesApi.Operations.Tenants;

internal static class DeleteTenantResourceAssociation
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "DeleteTenantResourceAssociation", "POST", "/v2/email/tenants/resources/delete",
        SesJson.Default.DeleteTenantResourceAssociationRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, DeleteTenantResourceAssociationRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        TenantMembers.CheckName(request.TenantName, checks);
        checks.RequiredText(request.ResourceArn, "ResourceArn");
        if (checks.Error is { } refused) return refused;
        if (TenantMembers.CheckResource(request.ResourceArn!, call.Services.Arns, out var resource) is { } notSuch) return notSuch;

        // Observed: removing an association, or one of a resource, that does not exist succeeds.
        var reply = await call.Services.Tenants.Get(request.TenantName!).Dissociate(resource.Text, cancellationToken);
        return reply == AssociationReply.NoSuchTenant ? TenantMembers.NotFound(request.TenantName!) : SesAnswer.Empty;
    }
}

internal sealed record DeleteTenantResourceAssociationRequest(string? TenantName, string? ResourceArn);
