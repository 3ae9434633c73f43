using Silo.Core.Addresses;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.DedicatedIps;

namespace Silo.Server.AdminApi;

/// <summary>Pauses and resumes a pool, or its mail to one provider.</summary>
internal static class PoolStatusOperations
{
    private const string Path = "/silo/v1/pools/{PoolName}/status";

    public static SesOperation Get { get; } = SesOperation.Of("GetPoolStatus", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of(
        "PutPoolStatus", "PUT", Path, AdminJson.Default.PutPoolStatusRequest, Set);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        if (await call.Services.Pools.Get(call.Labels[0], cancellationToken) is not { } pool)
            return DedicatedIpMembers.NoSuchPool(call.Labels[0]);
        return SesAnswer.Json(
            new GetPoolStatusResponse(
                pool.Name, pool.IsPaused(null) ? "DISABLED" : "ENABLED",
                [.. (pool.Pauses ?? []).Select(p => new PoolPauseShape(p.Provider, p.Cause, EpochSeconds.From(p.At)))],
                call.Services.Findings.Of(pool.Name) is { Count: > 0 } found ? [.. found.Select(ToWire)] : null),
            AdminJson.Default.GetPoolStatusResponse);
    }

    private static async ValueTask<SesAnswer> Set(SesCall call, PutPoolStatusRequest request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        var checks = new MemberChecks();
        checks.Required(request.SendingStatus, "SendingStatus");
        checks.OneOf(request.SendingStatus, "SendingStatus", "ENABLED", "DISABLED");
        checks.OneOf(request.MailboxProvider, "MailboxProvider", [.. MailboxProvider.All.Select(p => p.Name)]);
        checks.Length(request.Cause, "Cause", 1, PoolPause.MaxCauseLength);
        if (request is { SendingStatus: "ENABLED", Cause: not null }) checks.Fail("Cause belongs to a pause");
        if (checks.Error is { } refused) return refused;

        var pause = request.SendingStatus == "DISABLED"
            ? new PoolPause(request.MailboxProvider, request.Cause ?? StandingRules.ManualCause, call.Services.Time.GetUtcNow())
            : null;
        return await call.Services.Pools.Change(name, pool => pool with { Pauses = Replaced(pool.Pauses, request.MailboxProvider, pause) }, cancellationToken)
            switch
            {
                ResourceChange.Done => SesAnswer.Empty,
                ResourceChange.NotFound => DedicatedIpMembers.NoSuchPool(name),
                _ => SesError.ConcurrentModification($"Dedicated IP pool {name}"),
            };
    }

    private static PoolFindingShape ToWire(PoolFinding found)
    {
        var finding = found.Finding;
        return new PoolFindingShape(
            found.Provider, finding.Type == RouteFindingType.Bounces ? "BOUNCES" : "BLOCKS", EpochSeconds.From(finding.OpenedAt),
            finding.ClosedAt is { } closedAt ? EpochSeconds.From(closedAt) : null, finding.Count, finding.Volume, finding.TenantCount,
            finding.Tenants, finding.FirstReply, finding.LastReply);
    }

    private static PoolPause[]? Replaced(IReadOnlyList<PoolPause>? pauses, string? provider, PoolPause? pause)
    {
        PoolPause[] replaced = [.. (pauses ?? []).Where(p => p.Provider != provider), .. pause is null ? [] : new[] { pause }];
        return replaced.Length == 0 ? null : replaced;
    }
}

/// <param name="MailboxProvider">Absent for the whole pool.</param>
/// <param name="Cause">Of a pause; absent for a general one.</param>
internal sealed record PutPoolStatusRequest(string? SendingStatus, string? MailboxProvider, string? Cause);

/// <param name="SendingStatus">Of the whole pool: ENABLED or DISABLED.</param>
/// <param name="Findings">Of the silo that answers, by what it sends itself, the newest last; absent without any.</param>
internal sealed record GetPoolStatusResponse(
    string PoolName, string SendingStatus, IReadOnlyList<PoolPauseShape> Pauses, IReadOnlyList<PoolFindingShape>? Findings);

/// <param name="Type">BOUNCES or BLOCKS.</param>
/// <param name="ClosedAt">Absent while it is open.</param>
/// <param name="Count">Bad outcomes of all tenants since it began to rise.</param>
/// <param name="Volume">All final outcomes since then.</param>
/// <param name="TenantCount">Tenants with a clean record for whom it had risen.</param>
/// <param name="TenantNames">Ten of them at most.</param>
internal sealed record PoolFindingShape(
    string MailboxProvider, string Type, decimal OpenedAt, decimal? ClosedAt, long Count, long Volume, int TenantCount,
    IReadOnlyList<string> TenantNames, string? FirstReply, string? LastReply);

/// <param name="MailboxProvider">Absent for the whole pool.</param>
internal sealed record PoolPauseShape(string? MailboxProvider, string Cause, decimal PausedAt);
