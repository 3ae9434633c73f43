using Silo.Core.Suppression;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.SesApi.Operations.Suppression;

internal static class PutSuppressedDestination
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "PutSuppressedDestination", "PUT", SuppressionMembers.Path, SesJson.Default.PutSuppressedDestinationRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, PutSuppressedDestinationRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        SuppressionMembers.CheckAddress(request.EmailAddress, checks);
        if (checks.Required(request.Reason, "Reason")) checks.OneOf(request.Reason, "Reason", "BOUNCE", "COMPLAINT");
        var tenantName = call.TenantOr(request.TenantName);
        SuppressionMembers.CheckTenant(tenantName, checks);
        if (checks.Error is { } refused) return refused;
        var reason = request.Reason == "BOUNCE" ? SuppressionReason.Bounce : SuppressionReason.Complaint;
        var entry = new SuppressionEntry(request.EmailAddress!, reason, call.Services.Time.GetUtcNow());
        return await call.Services.Store.Suppressions.Put(tenantName, entry, cancellationToken)
            ? SesAnswer.Empty
            : TenantMembers.NotFound(tenantName!);
    }
}

internal sealed record PutSuppressedDestinationRequest(string? EmailAddress, string? Reason, string? TenantName);
