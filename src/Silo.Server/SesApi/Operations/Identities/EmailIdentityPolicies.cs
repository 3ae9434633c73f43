using Silo.Server.Accounts;
using Silo.Server.Identities;

namespace Silo.Server.SesApi.Operations.Identities;

/// <summary>The four operations of identity policies; see <see cref="IdentityPolicies"/> for what policies mean here.</summary>
internal static class EmailIdentityPolicies
{
    private const string ListPath = GetEmailIdentity.Path + "/policies";
    private const string Path = ListPath + "/{PolicyName}";

    public static SesOperation Create { get; } = SesOperation.Of(
        "CreateEmailIdentityPolicy", "POST", Path, SesJson.Default.EmailIdentityPolicyRequest,
        (call, request, cancellationToken) => Put(call, request, isNew: true, cancellationToken));

    public static SesOperation Update { get; } = SesOperation.Of(
        "UpdateEmailIdentityPolicy", "PUT", Path, SesJson.Default.EmailIdentityPolicyRequest,
        (call, request, cancellationToken) => Put(call, request, isNew: false, cancellationToken));

    public static SesOperation Get { get; } = SesOperation.Of("GetEmailIdentityPolicies", "GET", ListPath, Read);

    public static SesOperation Delete { get; } = SesOperation.Of("DeleteEmailIdentityPolicy", "DELETE", Path, Remove);

    private static async ValueTask<SesAnswer> Put(
        SesCall call, EmailIdentityPolicyRequest request, bool isNew, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var policyName = call.Labels[1];
        if (!IdentityPolicies.IsValidName(policyName)) checks.Fail("PolicyName must have 1 to 64 letters, digits, hyphens and underscores");
        if (checks.RequiredText(request.Policy, "Policy") && IdentityPolicies.Fault(request.Policy) is { } fault) checks.Fail($"Policy {fault}");
        if (checks.Error is { } refused) return refused;
        if (await call.Services.Account.GetIdentity(call.Labels[0], cancellationToken) is not { } identity) return GetEmailIdentity.NotFound(call.Labels[0]);

        SesError? error = null;
        var change = await call.Services.IdentityPolicies.Change(
            identity.Name,
            policies =>
            {
                error = policies.ContainsKey(policyName) == isNew
                    ? isNew ? SesError.AlreadyExists($"Policy {policyName} already exists for {identity.Name}.") : NoSuchPolicy(policyName, identity.Name)
                    : isNew && policies.Count == IdentityPolicies.MaxPolicies
                        ? SesError.LimitExceeded($"{identity.Name} has reached its limit of {IdentityPolicies.MaxPolicies} policies.")
                        : null;
                return error is null ? new Dictionary<string, string>(policies) { [policyName] = request.Policy! } : null;
            },
            cancellationToken);
        return error ?? IdentityChange.Answer(change, identity.Name);
    }

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        if (await call.Services.Account.GetIdentity(call.Labels[0], cancellationToken) is not { } identity) return GetEmailIdentity.NotFound(call.Labels[0]);
        return SesAnswer.Json(
            new GetEmailIdentityPoliciesResponse(await call.Services.IdentityPolicies.Get(identity.Name, cancellationToken)),
            SesJson.Default.GetEmailIdentityPoliciesResponse);
    }

    private static async ValueTask<SesAnswer> Remove(SesCall call, CancellationToken cancellationToken)
    {
        if (await call.Services.Account.GetIdentity(call.Labels[0], cancellationToken) is not { } identity) return GetEmailIdentity.NotFound(call.Labels[0]);
        var policyName = call.Labels[1];
        var isFound = false;
        var change = await call.Services.IdentityPolicies.Change(
            identity.Name,
            policies => (isFound = policies.ContainsKey(policyName))
                ? policies.Where(p => p.Key != policyName).ToDictionary(p => p.Key, p => p.Value)
                : null,
            cancellationToken);
        return isFound ? IdentityChange.Answer(change, identity.Name) : NoSuchPolicy(policyName, identity.Name);
    }

    private static SesError NoSuchPolicy(string policyName, string identity) =>
        SesError.NotFound($"Policy {MemberChecks.Shown(policyName)} does not exist for {identity}.");
}

internal sealed record EmailIdentityPolicyRequest(string? Policy);

internal sealed record GetEmailIdentityPoliciesResponse(IReadOnlyDictionary<string, string> Policies);
