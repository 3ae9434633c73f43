using Silo.Server.Tenants;

namespace Silo.Server.SesApi.Operations.Tenants;

internal static class CreateTenantResourceAssociation
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "CreateTenantResourceAssociation", "POST", "/v2/email/tenants/resources",
        SesJson.Default.CreateTenantResourceAssociationRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, CreateTenantResourceAssociationRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        TenantMembers.CheckName(request.TenantName, checks);
        checks.RequiredText(request.ResourceArn, "ResourceArn");
        if (checks.Error is { } refused) return refused;
        if (TenantMembers.CheckResource(request.ResourceArn!, call.Services.Arns, out var resource) is { } notSuch) return notSuch;

        var name = request.TenantName!;
        return await call.Services.Tenants.Get(name).Associate(resource.Text, cancellationToken) switch
        {
            AssociationReply.Done => SesAnswer.Empty,
            AssociationReply.AlreadyAssociated =>
                SesError.AlreadyExists($"Resource {resource.Text} is already associated with tenant {name}."),
            AssociationReply.NoSuchTenant => TenantMembers.NotFound(name),
            AssociationReply.NoSuchResource => TenantMembers.NoSuchResource(resource),
            AssociationReply.LimitReached => SesError.LimitExceeded($"Tenant {name} has reached its limit of associated resources."),
            var reply => throw new InvalidOperationException($"{reply} is not an answer to Associate."),
        };
    }
}

internal sealed record CreateTenantResourceAssociationRequest(string? TenantName, string? ResourceArn);
