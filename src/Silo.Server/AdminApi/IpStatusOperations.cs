using Silo.Server.Egress;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.DedicatedIps;

namespace Silo.Server.AdminApi;

/// <summary>Pauses and resumes a source address, or its mail to one provider; the other addresses of its pool take over.</summary>
internal static class IpStatusOperations
{
    private const string Path = DedicatedIpOperations.Path + "/status";

    public static SesOperation Get { get; } = SesOperation.Of("GetDedicatedIpStatus", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of("PutDedicatedIpStatus", "PUT", Path, AdminJson.Default.PutPauseRequest, Set);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (DedicatedIpMembers.CheckIp(call.Labels[0], checks) is not { } name) return checks.Error!;
        if (await call.Services.Ips.Get(name, cancellationToken) is not { } ip) return DedicatedIpMembers.NoSuchIp(name);
        var budgets = await call.Services.Dispatcher.ReportAddress(name, cancellationToken);
        return SesAnswer.Json(
            new GetDedicatedIpStatusResponse(
                name, PauseMembers.StatusOf(ip.Pauses), PauseMembers.ToWire(ip.Pauses),
                budgets.Count == 0 ? 0 : budgets[0].InHand, [.. budgets.Select(ExplainOperations.ToWire)]),
            AdminJson.Default.GetDedicatedIpStatusResponse);
    }

    private static async ValueTask<SesAnswer> Set(SesCall call, PutPauseRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var ip = DedicatedIpMembers.CheckIp(call.Labels[0], checks);
        var pause = PauseMembers.Check(request, checks, call.Services.Time.GetUtcNow());
        if (checks.Error is { } refused) return refused;
        return DedicatedIpMembers.AnswerOf(await call.Services.Ips.Pause(ip!, request.MailboxProvider, pause, cancellationToken), ip!, null);
    }
}

/// <param name="SendingStatus">Of the whole address: ENABLED or DISABLED.</param>
/// <param name="InHand">Deliveries that the silo that answers has on their way out from it: with 0 a paused address is drained there.</param>
/// <param name="Budgets">Of that silo: the address, and the address towards each provider; none while the silo does not use it.</param>
internal sealed record GetDedicatedIpStatusResponse(
    string Ip, string SendingStatus, IReadOnlyList<PauseShape> Pauses, int InHand, IReadOnlyList<BudgetShape> Budgets);
