namespace Silo.Server.Accounts;

/// <summary>Builds the ARNs of this account in this Region.</summary>
public sealed class Arns(string region, string accountId)
{
    public string Region => region;

    public string AccountId => accountId;

    public string Identity(string name) => Of("identity", name);

    public string ConfigurationSet(string name) => Of("configuration-set", name);

    public string SendingPool(string name) => Of("dedicated-ip-pool", name);

    /// <summary>What a dedicated IP is kept under; it is not handed out.</summary>
    public string DedicatedIp(string ip) => Of("dedicated-ip", ip);

    public string Template(string name) => Of("template", name);

    public string Tenant(string name, string id) => Of("tenant", $"{name}/{id}");

    /// <summary>What the account's own settings are kept under; it is not handed out.</summary>
    public string Account => $"arn:aws:ses:{region}:{accountId}:account";

    /// <param name="policy">standard, strict or none. The policies belong to the service, so the account field is the word "aws".</param>
    public string ReputationPolicy(string policy) => $"arn:aws:ses:{region}:aws:reputation-policy/{policy}";

    /// <summary>A policy of the platform's own: of this account, unlike SES's.</summary>
    public string OwnPolicy(string name) => Of("reputation-policy", name);

    /// <summary>The name in the ARN of a policy of the platform's own, or null.</summary>
    public string? OwnPolicyOf(string? arn) =>
        arn is not null && arn.StartsWith(OwnPolicy(""), StringComparison.Ordinal) ? arn[OwnPolicy("").Length..] : null;

    /// <summary>The name in a policy ARN of this Region (standard, strict, none), or null.</summary>
    public string? ReputationPolicyOf(string? arn)
    {
        var prefix = ReputationPolicy("");
        if (arn is null || !arn.StartsWith(prefix, StringComparison.Ordinal)) return null;
        var name = arn[prefix.Length..];
        return name is "standard" or "strict" or "none" ? name : null;
    }

    /// <summary>True when the ARN names a resource of this account in this Region.</summary>
    public bool IsOwn(ResourceArn arn) => arn.Region == region && arn.AccountId == accountId;

    /// <param name="type">identity, configuration-set, template, dedicated-ip-pool or tenant.</param>
    public string Of(string type, string name) => $"arn:aws:ses:{region}:{accountId}:{type}/{name}";
}
