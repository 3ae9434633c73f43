using Silo.Core.Reputation;
using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Server.ProviderData;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.DedicatedIps;

namespace Silo.Server.AdminApi;

/// <summary>Pauses and resumes a pool, or its mail to one provider; shows what of it is in use.</summary>
internal static class PoolStatusOperations
{
    private const string Path = "/silo/v1/pools/{PoolName}/status";

    public static SesOperation Get { get; } = SesOperation.Of("GetPoolStatus", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of("PutPoolStatus", "PUT", Path, AdminJson.Default.PutPauseRequest, Set);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        if (await call.Services.Pools.Get(call.Labels[0], cancellationToken) is not { } pool)
            return DedicatedIpMembers.NoSuchPool(call.Labels[0]);
        var (listings, measured) = (new List<SubjectListingsShape>(), new List<SndsShape>());
        foreach (var ip in await call.Services.Ips.List(pool.Name, cancellationToken))
        {
            if (await call.Services.Blocklists.Get(ip.Ip, cancellationToken) is { } seen && (seen.IsListed || seen.Past.Count > 0))
                listings.Add(BlocklistOperations.ToWire(seen));
            if (await call.Services.ProviderData.Snds(ip.Ip, cancellationToken) is { } data
                && data.Days.Where(ProviderImports.IsBad).ToArray() is { Length: > 0 } bad)
                measured.Add(ProviderDataOperations.ToWire(data with { Days = bad }));
        }

        var budgets = await call.Services.Dispatcher.ReportPool(pool.Name, cancellationToken);
        return SesAnswer.Json(
            new GetPoolStatusResponse(
                pool.Name, PauseMembers.StatusOf(pool.Pauses), PauseMembers.ToWire(pool.Pauses),
                budgets.Count == 0 ? 0 : budgets[0].InHand, [.. budgets.Select(ExplainOperations.ToWire)],
                call.Services.Findings.Of(pool.Name) is { Count: > 0 } found ? [.. found.Select(ToWire)] : null,
                listings.Count == 0 ? null : listings, measured.Count == 0 ? null : measured),
            AdminJson.Default.GetPoolStatusResponse);
    }

    private static async ValueTask<SesAnswer> Set(SesCall call, PutPauseRequest request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        var checks = new MemberChecks();
        var pause = PauseMembers.Check(request, call.Services.Providers, checks, call.Services.Time.GetUtcNow());
        if (checks.Error is { } refused) return refused;
        return await call.Services.Pools.Change(
            name, pool => pool with { Pauses = PoolPause.Replaced(pool.Pauses, request.MailboxProvider, pause) }, cancellationToken)
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
}

/// <param name="SendingStatus">Of the whole pool: ENABLED or DISABLED.</param>
/// <param name="InHand">Deliveries that the silo that answers has on their way out through the pool: with 0 a paused pool is drained there.</param>
/// <param name="Budgets">Of that silo: the pool, the pool towards each provider, its source addresses.</param>
/// <param name="Listings">Addresses of it that blocklists name or have named, for all silos; absent without any.</param>
/// <param name="Snds">Days on which Microsoft's filter took an address's mail for spam, or its traps were hit; absent without any.</param>
/// <param name="Findings">Of the silo that answers, by what it sends itself, the newest last; absent without any.</param>
internal sealed record GetPoolStatusResponse(
    string PoolName, string SendingStatus, IReadOnlyList<PauseShape> Pauses, int InHand, IReadOnlyList<BudgetShape> Budgets,
    IReadOnlyList<PoolFindingShape>? Findings, IReadOnlyList<SubjectListingsShape>? Listings,
    IReadOnlyList<SndsShape>? Snds);

/// <param name="Type">BOUNCES or BLOCKS.</param>
/// <param name="ClosedAt">Absent while it is open.</param>
/// <param name="Count">Bad outcomes of all tenants since it began to rise.</param>
/// <param name="Volume">All final outcomes since then.</param>
/// <param name="TenantCount">Tenants with a clean record for whom it had risen.</param>
/// <param name="TenantNames">Ten of them at most.</param>
internal sealed record PoolFindingShape(
    string MailboxProvider, string Type, decimal OpenedAt, decimal? ClosedAt, long Count, long Volume, int TenantCount,
    IReadOnlyList<string> TenantNames, string? FirstReply, string? LastReply);
