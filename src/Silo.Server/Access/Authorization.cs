using Silo.Server.Accounts;

namespace Silo.Server.Access;

/// <summary>
/// Says whether a caller may do something: denied unless it is allowed. First what the kind of the key allows, which nothing widens; then
/// the key's own statements, if it has any, where one that denies goes before all that allow.
/// </summary>
internal sealed class Authorization(Arns arns)
{
    /// <param name="caller">Null for trusted code of this process.</param>
    /// <param name="request">What it wants.</param>
    public AccessDecision Decide(Caller? caller, AccessRequest request)
    {
        if (caller is null || caller.Kind == CredentialKind.Root) return AccessDecision.Allowed;
        if (caller.Kind == CredentialKind.Tenant
            && (!request.IsForTenants || caller.TenantName is null || caller.TenantName != request.TenantName))
            return Deny(caller, request, ShownResource(request), "");
        if (caller.Key.Statements is not { } statements) return AccessDecision.Allowed;
        if (request.GivesRights) return Deny(caller, request, ShownResource(request), "");
        foreach (var resource in request.Resources.DefaultIfEmpty(null))
        {
            var verdict = PolicyEvaluation.Decide(statements, request, resource, caller.Key);
            if (verdict == PolicyVerdict.Allow) continue;
            return Deny(caller, request, resource ?? "*", verdict == PolicyVerdict.Deny
                ? " with an explicit deny in an identity-based policy"
                : $" because no identity-based policy allows the {request.Action} action");
        }

        return AccessDecision.Allowed;
    }

    // The words of AWS. They name nothing but what the caller named.
    private AccessDecision Deny(Caller caller, AccessRequest request, string resource, string reason) => AccessDecision.Denied(
        $"User: arn:aws:iam::{arns.AccountId}:user/{caller.KeyId} is not authorized to perform: {request.Action} on resource: "
        + $"{resource}{reason}");

    private static string ShownResource(AccessRequest request) => request.Resources is [var first, ..] ? first : "*";
}

/// <param name="Denial">Null when it is allowed; else the sentence for the caller.</param>
internal readonly record struct AccessDecision(string? Denial)
{
    public static AccessDecision Allowed => default;

    public bool IsAllowed => Denial is null;

    public static AccessDecision Denied(string message) => new(message);
}
