namespace Silo.Server.SesApi.Operations.Suppression;

internal static class DeleteSuppressedDestination
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "DeleteSuppressedDestination", "DELETE", GetSuppressedDestination.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var (address, checks) = (call.Labels[0], new MemberChecks());
        var tenantName = call.TenantOr(call.QueryValue("TenantName", checks));
        SuppressionMembers.CheckTenant(tenantName, checks);
        if (checks.Error is { } refused) return refused;
        if (await SuppressionMembers.NoSuchList(call, tenantName, cancellationToken) is { } missing) return missing;
        return await call.Services.Store.Suppressions.Delete(tenantName, address, cancellationToken)
            ? SesAnswer.Empty
            : SuppressionMembers.NotListed(address);
    }
}
