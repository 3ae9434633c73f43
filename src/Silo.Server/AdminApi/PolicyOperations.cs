using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Server.Policies;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Reputation;
using Silo.Storage;

namespace Silo.Server.AdminApi;

/// <summary>
/// Reputation policies of the platform's own, beside SES's three, which are shown and not changed. A tenant is given one with SES's own
/// UpdateReputationEntityPolicy.
/// </summary>
internal static class PolicyOperations
{
    private const string ListPath = "/silo/v1/policies";
    private const string Path = ListPath + "/{PolicyName}";

    private static readonly string[] OfSes = ["standard", "strict", "none"];

    public static SesOperation List { get; } = SesOperation.Of("ListPolicies", "GET", ListPath, ListAll);

    public static SesOperation Get { get; } = SesOperation.Of("GetPolicy", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of("PutPolicy", "PUT", Path, AdminJson.Default.PutPolicyRequest, Replace);

    public static SesOperation Delete { get; } = SesOperation.Of("DeletePolicy", "DELETE", Path, Remove);

    /// <summary>The policy of this name, SES's or one's own; null when there is none.</summary>
    public static async ValueTask<PolicyInForce?> Find(SesCall call, string name, CancellationToken cancellationToken)
    {
        if (ReputationEntityMembers.ParsePolicy(name) is { } policy) return new PolicyInForce(policy, null);
        return await call.Services.Policies.Get(name, cancellationToken) is { } custom ? new PolicyInForce(ReputationPolicy.Standard, custom) : null;
    }

    public static SesError NotFound(string name) => SesError.NotFound($"Reputation policy {MemberChecks.Shown(name)} does not exist.");

    private static async ValueTask<SesAnswer> ListAll(SesCall call, CancellationToken cancellationToken)
    {
        var own = await call.Services.Policies.List(cancellationToken);
        return SesAnswer.Json(
            new ListPoliciesResponse([
                .. OfSes.Select(n => Describe(call, n, new PolicyInForce(ReputationEntityMembers.ParsePolicy(n)!.Value, null))),
                .. own.Select(p => Describe(call, p.Name, new PolicyInForce(ReputationPolicy.Standard, p))),
            ]),
            AdminJson.Default.ListPoliciesResponse);
    }

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken) =>
        await Find(call, call.Labels[0], cancellationToken) is { } policy
            ? SesAnswer.Json(Describe(call, call.Labels[0], policy), AdminJson.Default.PolicyDescription)
            : NotFound(call.Labels[0]);

    private static async ValueTask<SesAnswer> Replace(SesCall call, PutPolicyRequest request, CancellationToken cancellationToken)
    {
        var (name, checks) = (call.Labels[0], new MemberChecks());
        CheckName(name, checks);
        if (PolicyShape.Check(name, request, checks) is not { } policy) return checks.Error!;
        return await call.Services.Policies.Put(policy, cancellationToken) switch
        {
            PolicyChange.Done => SesAnswer.Empty,
            PolicyChange.LimitReached => SesError.LimitExceeded($"There are {PolicyResources.MaxPolicies} policies, which is the limit."),
            _ => SesError.ConcurrentModification($"Reputation policy {name}"),
        };
    }

    private static async ValueTask<SesAnswer> Remove(SesCall call, CancellationToken cancellationToken)
    {
        var (name, checks) = (call.Labels[0], new MemberChecks());
        CheckName(name, checks);
        if (checks.Error is { } refused) return refused;
        if ((await call.Services.Trust.Read(cancellationToken)).Tiers.FirstOrDefault(t => t.Policy == name) is { } tier)
            return SesError.Conflict($"Reputation policy {name} is in use by trust tier {tier.Name}.");
        return await call.Services.Policies.Delete(name, cancellationToken) switch
        {
            ResourceDeletion.Deleted => SesAnswer.Empty,
            ResourceDeletion.HasAssociations => SesError.Conflict($"Reputation policy {name} is in use by tenants. Give them another one first."),
            _ => NotFound(name),
        };
    }

    private static void CheckName(string name, MemberChecks checks)
    {
        if (PolicyResources.IsValidName(name)) return;
        checks.Fail(OfSes.Contains(name)
            ? $"PolicyName {name} is a policy of SES, which is not changed"
            : $"PolicyName must be 1 to {PolicyResources.MaxNameLength} of A-Z, a-z, 0-9, - and _");
    }

    private static PolicyDescription Describe(SesCall call, string name, PolicyInForce policy) => PolicyShape.Describe(
        name, policy.Custom is null ? call.Services.Arns.ReputationPolicy(name) : call.Services.Arns.OwnPolicy(name), policy.Custom,
        policy.Custom?.Thresholds(ReputationThresholds.Default) ?? ReputationThresholds.Default,
        (type, impact) => policy.Custom?.ActionFor(type, impact) ?? StandingEffects.ActionFor(policy.Policy, type, impact));
}

/// <param name="Custom">Null for one of SES's.</param>
internal sealed record PolicyInForce(ReputationPolicy Policy, CustomPolicy? Custom);

internal sealed record ListPoliciesResponse(IReadOnlyList<PolicyDescription> Policies);
