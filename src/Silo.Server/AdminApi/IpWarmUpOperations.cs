using Silo.Core.Addresses;
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
        var plan = request.DailyCaps is { } caps ? Plan(caps, "DailyCaps", checks) : WarmUpPlan.Automatic;
        foreach (var (provider, providerCaps) in request.ProviderCaps ?? new Dictionary<string, IReadOnlyList<long>?>())
            Check(provider, providerCaps, plan, checks);
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

    private static void Check(string provider, IReadOnlyList<long>? caps, WarmUpPlan? total, MemberChecks checks)
    {
        if (MailboxProvider.All.All(p => p.Name != provider))
        {
            checks.Fail($"ProviderCaps has no provider '{MemberChecks.Shown(provider)}'; they are {string.Join(", ", MailboxProvider.All.Select(p => p.Name))}");
            return;
        }

        var member = $"ProviderCaps.{provider}";
        if (!checks.Required(caps, member) || Plan(caps!, member, checks) is not { } plan || total is null) return;
        if (plan.Days > total.Days) checks.Fail($"{member} must have at most the {total.Days} days of the plan, not {plan.Days}");
        for (var day = 0; day < Math.Min(plan.Days, total.Days); day++)
        {
            if (plan.DailyCaps[day] <= total.DailyCaps[day]) continue;
            checks.Fail($"{member}[{day}] must be at most the day's total of {total.DailyCaps[day]}, not {plan.DailyCaps[day]}");
        }
    }

    private static WarmUpPlan? Plan(IReadOnlyList<long> caps, string member, MemberChecks checks)
    {
        var (plan, problems) = WarmUpPlan.Create(caps);
        foreach (var problem in problems) checks.Fail(PlanWarmUp.Sentence(problem, member));
        return plan;
    }
}

/// <param name="DailyCaps">Messages per day; absent for the automatic plan of 45 days.</param>
/// <param name="Mode">TIME (the default): a day is a day. ADAPTIVE: a day counts when it was used and went well.</param>
/// <param name="ProviderCaps">Messages per day towards single providers, within those of the day; may be shorter than the plan.</param>
internal sealed record PutIpWarmUpRequest(
    IReadOnlyList<long>? DailyCaps, string? Mode, IReadOnlyDictionary<string, IReadOnlyList<long>?>? ProviderCaps);
