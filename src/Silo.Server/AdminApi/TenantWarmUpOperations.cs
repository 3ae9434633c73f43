using Silo.Core.Tenants;
using Silo.Core.WarmUp;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Server.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>A tenant's warm-up: given or replaced as a whole, read with its use, ended.</summary>
internal static class TenantWarmUpOperations
{
    private const string Path = "/silo/v1/tenants/{TenantName}/warm-up";

    private const string Whole = "TENANT";
    private const string ByDomain = "SENDING_DOMAIN";

    private static readonly TimeSpan StartRange = TimeSpan.FromDays(365);

    public static SesOperation Get { get; } = SesOperation.Of("GetTenantWarmUp", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of("PutTenantWarmUp", "PUT", Path, AdminJson.Default.PutTenantWarmUpRequest, Write);

    public static SesOperation Delete { get; } = SesOperation.Of("DeleteTenantWarmUp", "DELETE", Path, End);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(call.Labels[0], checks)) return checks.Error!;
        if (await call.Services.Tenants.Get(call.Labels[0]).Describe(cancellationToken) is not { } tenant)
            return TenantMembers.NotFound(call.Labels[0]);
        if (tenant.WarmUp is not { } warmUp) return HasNone(tenant.Name);
        var uses = tenant.WarmUpUse.Select(ToWire).ToLookup(u => u.SendingDomain);
        return SesAnswer.Json(
            new GetTenantWarmUpResponse(
                tenant.Name, warmUp.DailyCaps is null ? "AUTOMATIC" : "CUSTOM", warmUp.Mode.ToString().ToUpperInvariant(),
                EpochSeconds.From(warmUp.StartedAt),
                warmUp.DailyCaps, warmUp.ProviderCaps?.ToDictionary(c => c.Provider, c => c.DailyCaps), uses[null].FirstOrDefault(),
                ProvidersOf(uses[null]))
            {
                Scope = warmUp.ByDomain ? ByDomain : Whole, OverflowPoolName = warmUp.OverflowPool,
                SendingDomains = warmUp.ByDomain
                    ? [.. uses.Where(u => u.Key is not null).Select(u => new DomainWarmUpShape(u.Key!, u.First(), ProvidersOf(u)))]
                    : null,
            },
            AdminJson.Default.GetTenantWarmUpResponse);

        static WarmUpUseShape[]? ProvidersOf(IEnumerable<WarmUpUseShape> uses) =>
            uses.Skip(1).ToArray() is { Length: > 0 } some ? some : null;
    }

    private static async ValueTask<SesAnswer> Write(SesCall call, PutTenantWarmUpRequest request, CancellationToken cancellationToken)
    {
        var now = call.Services.Time.GetUtcNow();
        var checks = new MemberChecks();
        TenantMembers.CheckName(call.Labels[0], checks);
        checks.OneOf(request.Plan, "Plan", "AUTOMATIC").OneOf(request.Mode, "Mode", "TIME", "ADAPTIVE");
        if (request is { Plan: not null, DailyCaps: not null }) checks.Fail("DailyCaps must not be given with Plan");
        if (request is { Plan: null, DailyCaps: null }) checks.Fail("DailyCaps or Plan is required");
        WarmUpMembers.Check(request.DailyCaps, request.ProviderCaps, call.Services.Providers, checks);
        if (request.StartedAt is { } startedAt && Math.Abs(startedAt - EpochSeconds.From(now)) > (decimal)StartRange.TotalSeconds)
            checks.Fail($"StartedAt must be at most {StartRange.TotalDays} days from now");
        checks.OneOf(request.Scope, "Scope", Whole, ByDomain);
        if (request.OverflowPoolName is { } named && await call.Services.Pools.Get(named, cancellationToken) is null)
            checks.Fail("OverflowPoolName must be the name of a sending pool");
        if (checks.Error is { } refused) return refused;

        var warmUp = new TenantWarmUp
        {
            // To the millisecond, as it is shown: put back as it was read it is the same.
            StartedAt = DateTimeOffset.FromUnixTimeMilliseconds((long)((request.StartedAt ?? EpochSeconds.From(now)) * 1000)),
            Mode = request.Mode == "ADAPTIVE" ? WarmUpMode.Adaptive : WarmUpMode.Time,
            DailyCaps = request.DailyCaps,
            ProviderCaps = request.ProviderCaps is { Count: > 0 } given ? [.. given.Select(c => new ProviderCaps(c.Key, c.Value!))] : null,
            ByDomain = request.Scope == ByDomain, OverflowPool = request.OverflowPoolName,
        };
        return await call.Services.Tenants.Get(call.Labels[0]).SetWarmUp(warmUp, cancellationToken)
            ? SesAnswer.Empty
            : TenantMembers.NotFound(call.Labels[0]);
    }

    private static async ValueTask<SesAnswer> End(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (!TenantMembers.CheckName(call.Labels[0], checks)) return checks.Error!;
        var tenant = call.Services.Tenants.Get(call.Labels[0]);
        if (await tenant.SetWarmUp(null, cancellationToken)) return SesAnswer.Empty;
        return await tenant.Describe(cancellationToken) is null ? TenantMembers.NotFound(call.Labels[0]) : HasNone(call.Labels[0]);
    }

    private static SesError HasNone(string tenantName) => SesError.NotFound($"Tenant <{tenantName}> has no warm-up.");

    internal static WarmUpUseShape ToWire(WarmUpReport report) => new(
        report.Provider, report.Day, report.Days, report.Percentage, report.DailyCap, report.SentToday, report.HourlyCap, report.SentThisHour,
        report.MoreAt == DateTimeOffset.MaxValue ? null : EpochSeconds.From(report.MoreAt))
    {
        SendingDomain = report.Domain,
    };
}

/// <param name="Plan">AUTOMATIC, or absent with DailyCaps.</param>
/// <param name="DailyCaps">Recipients per day, 1 to 365 days, none below the one before.</param>
/// <param name="Mode">TIME (the default): a day is a day. ADAPTIVE: a day counts when it was used and went well.</param>
/// <param name="ProviderCaps">Recipients per day towards single providers, within those of the day; may be shorter than the plan.</param>
/// <param name="StartedAt">Absent for now. As it was, the warm-up goes on with other caps.</param>
internal sealed record PutTenantWarmUpRequest(
    string? Plan, IReadOnlyList<long>? DailyCaps, string? Mode, IReadOnlyDictionary<string, IReadOnlyList<long>?>? ProviderCaps,
    decimal? StartedAt)
{
    /// <summary>TENANT (the default): the caps hold for all mail together. SENDING_DOMAIN: for each sending domain by itself.</summary>
    public string? Scope { get; init; }

    /// <summary>The pool by which mail leaves that a cap would keep waiting, while no finding is open. Absent: it waits.</summary>
    public string? OverflowPoolName { get; init; }
}

/// <param name="DailyCaps">Absent with the automatic plan.</param>
/// <param name="Total">Absent by sending domain.</param>
/// <param name="Providers">Absent without caps for any, and by sending domain.</param>
internal sealed record GetTenantWarmUpResponse(
    string TenantName, string Plan, string Mode, decimal StartedAt, IReadOnlyList<long>? DailyCaps,
    IReadOnlyDictionary<string, IReadOnlyList<long>>? ProviderCaps, WarmUpUseShape? Total, IReadOnlyList<WarmUpUseShape>? Providers)
{
    public string? Scope { get; init; }

    public string? OverflowPoolName { get; init; }

    /// <summary>By sending domain: those whose warm-up has begun, in that order.</summary>
    public IReadOnlyList<DomainWarmUpShape>? SendingDomains { get; init; }
}

/// <param name="SendingDomain">"*" stands for all that have none of their own.</param>
/// <param name="Providers">Absent without caps for any.</param>
internal sealed record DomainWarmUpShape(string SendingDomain, WarmUpUseShape Total, IReadOnlyList<WarmUpUseShape>? Providers);

/// <param name="Provider">Absent for the total.</param>
/// <param name="Day">Of the plan, from 1; absent when the plan is over, as are the caps.</param>
/// <param name="Percentage">1 to 100.</param>
/// <param name="SentToday">Hand-overs that began in this day of the warm-up, or have a permit to.</param>
/// <param name="MoreAt">When the next may leave; absent when one may now.</param>
internal sealed record WarmUpUseShape(
    string? Provider, int? Day, int Days, int Percentage, long? DailyCap, long SentToday, long? HourlyCap, long SentThisHour,
    decimal? MoreAt)
{
    /// <summary>Absent for the tenant as a whole.</summary>
    public string? SendingDomain { get; init; }
}
