using System.Text.Json;
using Silo.Server.Accounts;
using Silo.Server.SesApi;

namespace Silo.Server.Access;

/// <summary>
/// Reads a policy document in the shape of IAM's. What is not supported is refused by its name, so that nothing in a policy is passed over
/// without a word.
/// </summary>
internal sealed class PolicyReader(Arns arns, CredentialKind kind, MemberChecks checks)
{
    /// <summary>Characters of a document, as with IAM's managed policies.</summary>
    public const int MaxLength = 6_144;

    private const int MaxStatements = 20;
    private const int MaxItems = 50;
    private const int MaxItemLength = 1_011;
    private const string Version = "2012-10-17";

    private static readonly string[] Operators =
    [
        "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
        "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike",
    ];

    private static readonly string[] Keys =
        ["ses:TenantName", "ses:TenantArn", "ses:FromAddress", "ses:FromDisplayName", "ses:FeedbackAddress", "ses:Recipients"];

    /// <summary>What the checks hold says what is wrong; the statements are then of no use.</summary>
    public IReadOnlyList<PolicyStatement> Read(JsonElement policy)
    {
        const string At = "Policy";
        if (policy.ValueKind != JsonValueKind.Object) return Fail($"{At} must be an object");
        if (policy.GetRawText().Length > MaxLength) return Fail($"{At} must have at most {MaxLength} characters");
        JsonElement? statement = null;
        foreach (var member in policy.EnumerateObject())
        {
            switch (member.Name)
            {
                case "Version" when member.Value.ValueKind == JsonValueKind.String && member.Value.GetString() == Version:
                case "Id" when member.Value.ValueKind == JsonValueKind.String:
                    break;
                case "Version":
                    checks.Fail($"{At}.Version must be {Version}");
                    break;
                case "Statement" when statement is null:
                    statement = member.Value;
                    break;
                default:
                    checks.Fail($"{At}.{MemberChecks.Shown(member.Name)} is not supported");
                    break;
            }
        }

        if (statement is not { } given) return Fail($"{At}.Statement is required");
        var all = given.ValueKind == JsonValueKind.Array ? given.EnumerateArray().ToArray() : [given];
        if (all.Length is 0 or > MaxStatements) return Fail($"{At}.Statement must have 1 to {MaxStatements} items");
        return [.. all.Select((s, i) => ReadStatement(s, $"{At}.Statement[{i}]"))];
    }

    private PolicyStatement ReadStatement(JsonElement statement, string at)
    {
        string? effect = null;
        IReadOnlyList<string> actions = [], resources = [];
        IReadOnlyList<PolicyCondition> conditions = [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        if (statement.ValueKind != JsonValueKind.Object) checks.Fail($"{at} must be an object");
        else
        {
            foreach (var member in statement.EnumerateObject())
            {
                if (!seen.Add(member.Name)) checks.Fail($"{at}.{MemberChecks.Shown(member.Name)} is given twice");
                switch (member.Name)
                {
                    case "Sid": break;
                    case "Effect" when member.Value.ValueKind == JsonValueKind.String: effect = member.Value.GetString(); break;
                    case "Action": actions = Texts(member.Value, $"{at}.Action"); break;
                    case "Resource": resources = Texts(member.Value, $"{at}.Resource"); break;
                    case "Condition": conditions = ReadConditions(member.Value, $"{at}.Condition"); break;
                    default: checks.Fail($"{at}.{MemberChecks.Shown(member.Name)} is not supported"); break;
                }
            }

            if (effect is not ("Allow" or "Deny")) checks.Fail($"{at}.Effect must be one of Allow, Deny");
            if (!seen.Contains("Action")) checks.Fail($"{at}.Action is required");
            if (!seen.Contains("Resource")) checks.Fail($"{at}.Resource is required");
        }

        foreach (var action in actions) CheckAction(action, at);
        foreach (var resource in resources) CheckResource(resource, at);
        return new PolicyStatement(effect == "Allow", actions, resources, conditions);
    }

    private void CheckAction(string action, string at)
    {
        if (!OperationTable.Actions.Any(known => Wildcard.Matches(action, known, ignoreCase: true)))
            checks.Fail($"{at}.Action '{MemberChecks.Shown(action)}' is no action that is known here");
    }

    // A policy that was copied from another account would never match, which nobody would find out.
    private void CheckResource(string resource, string at)
    {
        if (resource == "*") return;
        var parts = resource.Split(':', 6);
        if (parts.Length != 6 || parts[0] != "arn" || parts[5].Length == 0 || !Wildcard.Matches(parts[2], "ses"))
            checks.Fail($"{at}.Resource '{MemberChecks.Shown(resource)}' must be '*' or the ARN of resources of SES");
        else if (!Wildcard.Matches(parts[3], arns.Region) || !(Wildcard.Matches(parts[4], arns.AccountId) || parts[4] == "aws"))
            checks.Fail($"{at}.Resource '{MemberChecks.Shown(resource)}' is not of Region {arns.Region} and account {arns.AccountId}");
    }

    private IReadOnlyList<PolicyCondition> ReadConditions(JsonElement value, string at)
    {
        var conditions = new List<PolicyCondition>();
        if (value.ValueKind != JsonValueKind.Object)
        {
            checks.Fail($"{at} must be an object");
            return conditions;
        }

        foreach (var byOperator in value.EnumerateObject())
        {
            var (name, path) = (byOperator.Name, $"{at}.{MemberChecks.Shown(byOperator.Name)}");
            var (quantifier, test) = PolicyEvaluation.Split(name);
            if (test.EndsWith("IfExists", StringComparison.Ordinal)) test = test[..^"IfExists".Length];
            if (!Operators.Contains(test) || quantifier is not ("" or "ForAllValues" or "ForAnyValue")
                || (quantifier.Length == 0 && name.Contains(':')) || byOperator.Value.ValueKind != JsonValueKind.Object)
            {
                checks.Fail($"{path} is not supported");
                continue;
            }

            foreach (var byKey in byOperator.Value.EnumerateObject())
            {
                CheckKey(byKey.Name, quantifier, $"{path}.{MemberChecks.Shown(byKey.Name)}");
                conditions.Add(new PolicyCondition(name, byKey.Name, Texts(byKey.Value, $"{path}.{MemberChecks.Shown(byKey.Name)}")));
            }
        }

        if (conditions.Count > MaxItems) checks.Fail($"{at} must have at most {MaxItems} keys");
        return conditions;
    }

    private void CheckKey(string key, string quantifier, string path)
    {
        if (!Keys.Contains(key, StringComparer.OrdinalIgnoreCase)) checks.Fail($"{path} is not supported");
        else if (key.Equals("ses:Recipients", StringComparison.OrdinalIgnoreCase) && quantifier.Length == 0)
            checks.Fail($"{path} has several values: write ForAllValues: or ForAnyValue: before the operator");
        else if (key.Equals("ses:TenantArn", StringComparison.OrdinalIgnoreCase) && kind != CredentialKind.Tenant)
            checks.Fail($"{path} is supported in the policies of tenants' keys alone");
    }

    /// <summary>A text, or a list of some.</summary>
    private IReadOnlyList<string> Texts(JsonElement value, string at)
    {
        var items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value];
        if (items.Length is 0 or > MaxItems || items.Any(i => i.ValueKind != JsonValueKind.String))
        {
            checks.Fail($"{at} must be a text or 1 to {MaxItems} of them");
            return [];
        }

        string[] texts = [.. items.Select(i => i.GetString()!)];
        foreach (var text in texts)
        {
            if (text.Length is 0 or > MaxItemLength) checks.Fail($"{at} must have texts of 1 to {MaxItemLength} characters");
            if (text.Contains("${", StringComparison.Ordinal)) checks.Fail($"{at} '{MemberChecks.Shown(text)}': variables are not supported");
        }

        return texts;
    }

    private IReadOnlyList<PolicyStatement> Fail(string problem)
    {
        checks.Fail(problem);
        return [];
    }
}
