namespace Silo.Server.Access;

internal enum PolicyVerdict
{
    /// <summary>No statement says anything: denied.</summary>
    Silent,
    Allow,

    /// <summary>A statement denies it, whatever others allow.</summary>
    Deny,
}

/// <summary>IAM's evaluation of statements (IAM user guide, policy evaluation logic), for what Silo supports of them.</summary>
internal static class PolicyEvaluation
{
    private const string IfExists = "IfExists";

    /// <param name="statements">Of one key.</param>
    /// <param name="request">What it wants.</param>
    /// <param name="resource">One of the request's; null when it can name none. Then only "*" allows, and every resource denies.</param>
    /// <param name="key">Whose tenant conditions are about.</param>
    public static PolicyVerdict Decide(
        IReadOnlyList<PolicyStatement> statements, AccessRequest request, string? resource, AccessKey key)
    {
        var verdict = PolicyVerdict.Silent;
        foreach (var statement in statements)
        {
            if (!statement.Actions.Any(a => Wildcard.Matches(a, request.Action, ignoreCase: true))) continue;
            var isAbout = resource is null
                ? !statement.IsAllow || statement.Resources.Contains("*")
                : statement.Resources.Any(r => Wildcard.MatchesArn(r, resource));
            if (!isAbout || !statement.Conditions.All(c => Holds(c, request, key))) continue;
            if (!statement.IsAllow) return PolicyVerdict.Deny;
            verdict = PolicyVerdict.Allow;
        }

        return verdict;
    }

    private static bool Holds(PolicyCondition condition, AccessRequest request, AccessKey key)
    {
        var (quantifier, test) = Split(condition.Operator);
        var ifExists = test.EndsWith(IfExists, StringComparison.Ordinal);
        if (ifExists) test = test[..^IfExists.Length];
        var given = ValuesOf(condition.Key, request, key);
        if (quantifier == "ForAnyValue") return given.Any(v => Passes(test, condition.Values, v));
        // Of several values all must pass: a message is shown under all of its authors.
        if (quantifier == "ForAllValues" || given.Count > 0) return given.All(v => Passes(test, condition.Values, v));
        return ifExists || test.Contains("Not", StringComparison.Ordinal);
    }

    private static bool Passes(string test, IReadOnlyList<string> values, string given) => test switch
    {
        "StringEquals" => values.Contains(given, StringComparer.Ordinal),
        "StringNotEquals" => !values.Contains(given, StringComparer.Ordinal),
        "StringEqualsIgnoreCase" => values.Contains(given, StringComparer.OrdinalIgnoreCase),
        "StringNotEqualsIgnoreCase" => !values.Contains(given, StringComparer.OrdinalIgnoreCase),
        "StringLike" => values.Any(v => Wildcard.Matches(v, given)),
        "StringNotLike" => !values.Any(v => Wildcard.Matches(v, given)),
        "ArnEquals" or "ArnLike" => values.Any(v => Wildcard.MatchesArn(v, given)),
        "ArnNotEquals" or "ArnNotLike" => !values.Any(v => Wildcard.MatchesArn(v, given)),
        _ => throw new InvalidOperationException($"{test} is not an operator of conditions."),
    };

    private static IReadOnlyList<string> ValuesOf(string conditionKey, AccessRequest request, AccessKey key) =>
        conditionKey.ToLowerInvariant() switch
        {
            "ses:tenantname" => One(request.TenantName),
            "ses:tenantarn" => One(request.TenantName is not null && request.TenantName == key.TenantName ? key.TenantArn : null),
            "ses:fromaddress" => request.FromAddresses,
            "ses:fromdisplayname" => One(request.FromDisplayName),
            "ses:feedbackaddress" => One(request.FeedbackAddress),
            "ses:recipients" => request.Recipients,
            _ => throw new InvalidOperationException($"{conditionKey} is not a key of conditions."),
        };

    private static IReadOnlyList<string> One(string? value) => value is null ? [] : [value];

    public static (string Quantifier, string Test) Split(string conditionOperator)
    {
        var colon = conditionOperator.IndexOf(':');
        return colon < 0 ? ("", conditionOperator) : (conditionOperator[..colon], conditionOperator[(colon + 1)..]);
    }
}
