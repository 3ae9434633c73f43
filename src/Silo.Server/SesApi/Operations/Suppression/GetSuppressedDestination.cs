namespace Silo.Server.SesApi.Operations.Suppression;

internal static class GetSuppressedDestination
{
    public const string Path = SuppressionMembers.Path + "/{EmailAddress}";

    public static SesOperation Operation { get; } = SesOperation.Of("GetSuppressedDestination", "GET", Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var (address, checks) = (call.Labels[0], new MemberChecks());
        var tenantName = call.TenantOr(call.QueryValue("TenantName", checks));
        SuppressionMembers.CheckTenant(tenantName, checks);
        if (checks.Error is { } refused) return refused;
        if (await SuppressionMembers.NoSuchList(call, tenantName, cancellationToken) is { } missing) return missing;
        if (await call.Services.Store.Suppressions.Get(tenantName, address, cancellationToken) is not { } entry)
            return SuppressionMembers.NotListed(address);
        // Only what the service put there has attributes.
        var attributes = entry.MessageId is null ? null : new SuppressedDestinationAttributes(entry.MessageId, FeedbackId: null);
        return SesAnswer.Json(
            new GetSuppressedDestinationResponse(new SuppressedDestination(
                entry.Address, SuppressionMembers.NameOf(entry.Reason), EpochSeconds.From(entry.UpdatedAt), attributes, tenantName)),
            SesJson.Default.GetSuppressedDestinationResponse);
    }
}

internal sealed record GetSuppressedDestinationResponse(SuppressedDestination SuppressedDestination);

internal sealed record SuppressedDestination(
    string EmailAddress, string Reason, decimal LastUpdateTime, SuppressedDestinationAttributes? Attributes, string? TenantName);

internal sealed record SuppressedDestinationAttributes(string? MessageId, string? FeedbackId);
