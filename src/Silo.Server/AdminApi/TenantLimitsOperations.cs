using Silo.Core.Tenants;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>
/// A tenant's own limits, read and replaced as a whole. Rate, burst and weight hold from the next hand-over on, quotas from the next send on.
/// </summary>
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
        var limits = tenant.Limits;
        return SesAnswer.Json(
            new GetTenantLimitsResponse(
                tenant.Name, limits.SendRate, limits.SendBurst, limits.Weight, limits.DailyQuota,
                limits.DailyQuota is null ? null : tenant.AcceptedToday, limits.MonthlyQuota,
                limits.MonthlyQuota is null ? null : tenant.AcceptedThisMonth),
            AdminJson.Default.GetTenantLimitsResponse);
    }

    private static async ValueTask<SesAnswer> Replace(SesCall call, PutTenantLimitsRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        TenantMembers.CheckName(call.Labels[0], checks);
        var limits = Check(request, "", checks);
        if (checks.Error is { } refused) return refused;
        return await call.Services.Tenants.Get(call.Labels[0]).SetLimits(limits, cancellationToken)
            ? SesAnswer.Empty
            : TenantMembers.NotFound(call.Labels[0]);
    }

    /// <param name="at">What stands before the names of the members.</param>
    public static TenantLimits Check(PutTenantLimitsRequest request, string at, MemberChecks checks)
    {
        checks.Range(request.SendRate, at + "SendRate", TenantLimits.MinSendRate, TenantLimits.MaxSendRate);
        checks.Range(request.SendBurst, at + "SendBurst", TenantLimits.MinSendBurst, TenantLimits.MaxSendBurst);
        checks.Range(request.Weight, at + "Weight", TenantLimits.MinWeight, TenantLimits.MaxWeight);
        checks.Range(request.DailyQuota, at + "DailyQuota", 0, TenantLimits.MaxQuota);
        checks.Range(request.MonthlyQuota, at + "MonthlyQuota", 0, TenantLimits.MaxQuota);
        return new TenantLimits
        {
            SendRate = request.SendRate, SendBurst = request.SendBurst, Weight = request.Weight, DailyQuota = request.DailyQuota,
            MonthlyQuota = request.MonthlyQuota,
        };
    }

    /// <summary>Null where there are none.</summary>
    public static PutTenantLimitsRequest? ToWire(TenantLimits? limits) => limits is null || limits == TenantLimits.None
        ? null
        : new PutTenantLimitsRequest(limits.SendRate, limits.SendBurst, limits.Weight, limits.DailyQuota, limits.MonthlyQuota);
}

/// <param name="SendRate">Hand-overs per second; absent for what every tenant gets.</param>
/// <param name="SendBurst">Hand-overs at once after a rest; absent for what every tenant gets.</param>
/// <param name="Weight">Its part of what several tenants want at once; absent for 1.</param>
/// <param name="DailyQuota">Recipients in a UTC day, beyond which sends are refused; absent for none.</param>
/// <param name="MonthlyQuota">The same for a calendar month in UTC.</param>
internal sealed record PutTenantLimitsRequest(double? SendRate, double? SendBurst, double? Weight, long? DailyQuota, long? MonthlyQuota);

/// <param name="AcceptedToday">Recipients that mail was accepted for in this UTC day; absent without a daily quota.</param>
/// <param name="AcceptedThisMonth">The same for this calendar month and the monthly quota.</param>
internal sealed record GetTenantLimitsResponse(
    string TenantName, double? SendRate, double? SendBurst, double? Weight, long? DailyQuota, long? AcceptedToday, long? MonthlyQuota,
    long? AcceptedThisMonth);
