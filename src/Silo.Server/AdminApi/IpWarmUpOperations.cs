using Silo.Core.WarmUp;
using Silo.Server.Egress;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.DedicatedIps;

namespace Silo.Server.AdminApi;

/// <summary>Gives an address a plan, which begins now with its first day.</summary>
internal static class IpWarmUpOperations
{
    public static SesOperation Put { get; } = SesOperation.Of(
        "PutDedicatedIpWarmUp", "PUT", DedicatedIpOperations.Path + "/warm-up", AdminJson.Default.PutIpWarmUpRequest, Write);

    private static async ValueTask<SesAnswer> Write(SesCall call, PutIpWarmUpRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var ip = DedicatedIpMembers.CheckIp(call.Labels[0], checks);
        checks.OneOf(request.Mode, "Mode", "TIME", "ADAPTIVE");
        WarmUpMembers.Check(request.DailyCaps, request.ProviderCaps, call.Services.Providers, checks);
        if (checks.Error is { } refused) return refused;

        var isAdaptive = request.Mode == "ADAPTIVE";
        var next = new IpWarmUp
        {
            StartedAt = call.Services.Time.GetUtcNow(),
            Mode = isAdaptive ? WarmUpMode.Adaptive : WarmUpMode.Time,
            DailyCaps = request.DailyCaps,
            ProviderCaps = request.ProviderCaps is { Count: > 0 } given ? given.ToDictionary(c => c.Key, c => c.Value!) : null,
            Position = isAdaptive ? TimeSpan.Zero : null,
        };
        return DedicatedIpMembers.AnswerOf(await call.Services.Ips.ChangeWarmUp(ip!, _ => next, cancellationToken), ip!, null);
    }
}

/// <param name="DailyCaps">Messages per day; absent for the automatic plan of 45 days.</param>
/// <param name="Mode">TIME (the default): a day is a day. ADAPTIVE: a day counts when it was used and went well.</param>
/// <param name="ProviderCaps">Messages per day towards single providers, within those of the day; may be shorter than the plan.</param>
internal sealed record PutIpWarmUpRequest(
    IReadOnlyList<long>? DailyCaps, string? Mode, IReadOnlyDictionary<string, IReadOnlyList<long>?>? ProviderCaps);
