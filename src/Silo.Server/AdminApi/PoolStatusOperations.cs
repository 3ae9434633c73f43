using Silo.Server.Accounts;
using Silo.Server.Egress;
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
        var budgets = await call.Services.Dispatcher.ReportPool(pool.Name, cancellationToken);
        return SesAnswer.Json(
            new GetPoolStatusResponse(
                pool.Name, PauseMembers.StatusOf(pool.Pauses), PauseMembers.ToWire(pool.Pauses),
                budgets.Count == 0 ? 0 : budgets[0].InHand, [.. budgets.Select(ExplainOperations.ToWire)]),
            AdminJson.Default.GetPoolStatusResponse);
    }

    private static async ValueTask<SesAnswer> Set(SesCall call, PutPauseRequest request, CancellationToken cancellationToken)
    {
        var name = call.Labels[0];
        var checks = new MemberChecks();
        var pause = PauseMembers.Check(request, checks, call.Services.Time.GetUtcNow());
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
}

/// <param name="SendingStatus">Of the whole pool: ENABLED or DISABLED.</param>
/// <param name="InHand">Deliveries that the silo that answers has on their way out through the pool: with 0 a paused pool is drained there.</param>
/// <param name="Budgets">Of that silo: the pool, the pool towards each provider, its source addresses.</param>
internal sealed record GetPoolStatusResponse(
    string PoolName, string SendingStatus, IReadOnlyList<PauseShape> Pauses, int InHand, IReadOnlyList<BudgetShape> Budgets);
