namespace Silo.Server.SesApi.Operations.Reputation;

internal static class GetReputationEntity
{
    public static SesOperation Operation { get; } = SesOperation.Of("GetReputationEntity", "GET", ReputationEntityMembers.BasePath, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var listing = await ReputationEntityMembers.Find(call, checks, cancellationToken);
        if (checks.Error is { } refused) return refused;
        var tenant = listing is null ? null : await call.Services.Tenants.Get(listing.Name).Describe(cancellationToken);

        // One that was re-created under the name since is another.
        if (tenant is null || tenant.TenantId != listing!.TenantId) return SesError.NotFound(ReputationEntityMembers.DoesNotExist(call));
        return SesAnswer.Json(
            new GetReputationEntityResponse(ReputationEntityMembers.Of(tenant.Arn, tenant.Standing, call.Services.Arns)),
            SesJson.Default.GetReputationEntityResponse);
    }
}

internal sealed record GetReputationEntityResponse(ReputationEntity ReputationEntity);
