using Silo.Core.Tenants;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>A tenant's own limits, read and replaced as a whole. They hold from the next hand-over on.</summary>
internal static class TenantLimitsOperations
{
    private const string Path = "/silo/v1/tenants/{TenantName}/limits";

    public static SesOperation Get { get; } = SesOperation.Of("GetTenantLimits", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of(
        "PutTenantLimits", "PUT", Path, AdminJson.Default.PutTenantLimitsRequest, Replace);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(call.Labels[0], checks)) return checks.Error!;
        if (await call.Services.Tenants.Get(call.Labels[0]).Describe(cancellationToken) is not { } tenant)
            return TenantMembers.NotFound(call.Labels[0]);
        return SesAnswer.Json(
            new GetTenantLimitsResponse(tenant.Name, tenant.Limits.SendRate, tenant.Limits.SendBurst),
            AdminJson.Default.GetTenantLimitsResponse);
    }

    private static async ValueTask<SesAnswer> Replace(SesCall call, PutTenantLimitsRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        TenantMembers.CheckName(call.Labels[0], checks);
        checks.Range(request.SendRate, "SendRate", TenantLimits.MinSendRate, TenantLimits.MaxSendRate);
        checks.Range(request.SendBurst, "SendBurst", TenantLimits.MinSendBurst, TenantLimits.MaxSendBurst);
        if (checks.Error is { } refused) return refused;
        var limits = new TenantLimits { SendRate = request.SendRate, SendBurst = request.SendBurst };
        return await call.Services.Tenants.Get(call.Labels[0]).SetLimits(limits, cancellationToken)
            ? SesAnswer.Empty
            : TenantMembers.NotFound(call.Labels[0]);
    }
}

/// <param name="SendRate">Hand-overs per second; absent for what every tenant gets.</param>
/// <param name="SendBurst">Hand-overs at once after a rest; absent for what every tenant gets.</param>
internal sealed record PutTenantLimitsRequest(double? SendRate, double? SendBurst);

internal sealed record GetTenantLimitsResponse(string TenantName, double? SendRate, double? SendBurst);
