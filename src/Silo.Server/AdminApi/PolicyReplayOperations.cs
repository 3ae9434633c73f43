using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Policies;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>Which tenants a policy would have paused or slowed in a period that is over, and how that differs from what happened.</summary>
internal static class PolicyReplayOperations
{
    private const int MaxDays = 31;
    private const int MaxNames = 100;
    private const long MaxEvents = 5_000_000;

    public static SesOperation Operation { get; } = SesOperation.Of(
        "ReplayPolicy", "POST", "/silo/v1/policies/{PolicyName}/replay", AdminJson.Default.ReplayPolicyRequest, Replay) with
    {
        // It reads much and keeps a processor busy.
        MostAtOnce = 1,
    };

    private static async ValueTask<SesAnswer> Replay(SesCall call, ReplayPolicyRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var now = (double)EpochSeconds.From(call.Services.Time.GetUtcNow());
        if (checks.Required(request.From, "From")) checks.Range(request.From, "From", 0, now);
        if (checks.Required(request.To, "To")) checks.Range(request.To, "To", 0, now + 1);
        if (request.To <= request.From) checks.Fail("To must be after From");
        if (request.To - request.From > MaxDays * 86_400d) checks.Fail($"To must be at most {MaxDays} days after From");
        if (request.Tenants?.Count is < 1 or > MaxNames) checks.Fail($"Tenants must have 1 to {MaxNames} members");
        else
            foreach (var name in request.Tenants ?? []) TenantMembers.CheckName(name, checks);
        if (checks.Error is { } refused) return refused;
        if (await PolicyOperations.Find(call, call.Labels[0], cancellationToken) is not { } policy)
            return PolicyOperations.NotFound(call.Labels[0]);
        var keys = new Dictionary<long, string>();
        foreach (var name in request.Tenants ?? [])
        {
            if (await call.Services.Store.Tenants.Load(name!, cancellationToken) is not { } tenant) return TenantMembers.NotFound(name!);
            keys[tenant.TenantKey] = name!;
        }

        return await Run(call, request, policy, keys, cancellationToken);
    }

    private static async ValueTask<SesAnswer> Run(
        SesCall call, ReplayPolicyRequest request, PolicyInForce policy, Dictionary<long, string> keys, CancellationToken cancellationToken)
    {
        var (from, to) = (At(request.From!.Value), At(request.To!.Value));
        var replay = new PolicyReplay(policy.Policy, policy.Custom, ReputationThresholds.Default, from, to);
        var wanted = PolicyReplay.LeadOf(policy.Custom);
        var lead = from > DateTimeOffset.UnixEpoch + wanted ? from - wanted : DateTimeOffset.UnixEpoch;
        var (looked, isWhole) = await EventPeriod.Read(
            call.Services.Store.Events, lead, to, key => keys.Count == 0 || keys.ContainsKey(key), replay.Apply, MaxEvents, cancellationToken);
        var tenants = new List<ReplayedTenant>();
        foreach (var each in replay.Result())
        {
            var name = keys.GetValueOrDefault(each.TenantKey) ?? await call.Services.Store.Tenants.FindName(each.TenantKey, cancellationToken);
            tenants.Add(new ReplayedTenant(
                name, each.TenantKey, DifferenceOf(each, ReplayedAction.Pause), DifferenceOf(each, ReplayedAction.Throttle),
                [.. each.Would.Select(ToWire)], [.. each.Did.Select(ToWire)], each.LeftWhilePaused));
        }

        return SesAnswer.Json(
            new ReplayPolicyResponse(call.Labels[0], policy.Custom?.Revision, looked, replay.Tenants, isWhole && !replay.LeftTenantsOut, tenants),
            AdminJson.Default.ReplayPolicyResponse);
    }

    private static string DifferenceOf(TenantReplay tenant, ReplayedAction action)
    {
        var would = tenant.Would.FirstOrDefault(s => s.Action == action)?.At;
        var did = tenant.Did.FirstOrDefault(s => s.Action == action)?.At;
        return (would, did) switch
        {
            (null, null) => "NONE",
            (not null, null) => "ONLY_POLICY",
            (null, not null) => "ONLY_HISTORY",
            _ => would < did ? "EARLIER" : would > did ? "LATER" : "SAME",
        };
    }

    private static ReplayedStepShape ToWire(ReplayedStep step) => new(
        EpochSeconds.From(step.At),
        step.Action switch { ReplayedAction.Pause => "PAUSE", ReplayedAction.Throttle => "THROTTLE", _ => "PARK_PROVIDER" }, step.Cause);

    private static DateTimeOffset At(double epochSeconds) => DateTimeOffset.UnixEpoch.AddSeconds(epochSeconds);
}

/// <param name="From">Seconds since 1970.</param>
/// <param name="To">At most 31 days later, and not in the future.</param>
/// <param name="Tenants">1 to 100; absent for all.</param>
internal sealed record ReplayPolicyRequest(double? From, double? To, IReadOnlyList<string?>? Tenants);

/// <param name="EventsRead">
/// Of these tenants, at most 5,000,000: those of the 8 days before the period included, or 15 where volume does something.
/// </param>
/// <param name="IsWhole">False when there were more events, or more than 2,000 tenants: those are left out.</param>
/// <param name="Tenants">Those that the policy would have stopped or slowed, or that were.</param>
internal sealed record ReplayPolicyResponse(
    string PolicyName, long? Revision, long EventsRead, int TenantsFollowed, bool IsWhole, IReadOnlyList<ReplayedTenant> Tenants);

/// <param name="TenantName">Absent when it is not there any more.</param>
/// <param name="Pause">Of the first pause by findings: NONE, SAME, EARLIER, LATER, ONLY_POLICY, ONLY_HISTORY.</param>
/// <param name="Throttle">The same of the first throttle.</param>
/// <param name="LeftWhilePaused">Recipients that mail left for while the policy would have had the tenant paused.</param>
internal sealed record ReplayedTenant(
    string? TenantName, long TenantKey, string Pause, string Throttle, IReadOnlyList<ReplayedStepShape> Would,
    IReadOnlyList<ReplayedStepShape> Did, long LeftWhilePaused);

/// <param name="Action">PAUSE, THROTTLE or PARK_PROVIDER.</param>
internal sealed record ReplayedStepShape(decimal At, string Action, string Cause);
