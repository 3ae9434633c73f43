using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Server.SesApi.Operations.DedicatedIps;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

/// <summary>Checks of the option groups of a configuration set, alike for creation and for later changes.</summary>
internal static class ConfigurationSetMembers
{
    public static SesError NotFound(string name) => SesError.NotFound($"Configuration set {MemberChecks.Shown(name)} does not exist.");

    public static SesError NoSuchPool(string? name) => DedicatedIpMembers.NoSuchPool(name ?? "");

    public static SesAnswer Answer(ResourceChange change, string name) => change switch
    {
        ResourceChange.Done => SesAnswer.Empty,
        ResourceChange.NotFound => NotFound(name),
        _ => SesError.ConcurrentModification($"Configuration set {name}"),
    };

    public static bool CheckName(string? name, MemberChecks checks)
    {
        if (!checks.RequiredText(name, "ConfigurationSetName")) return false;
        if (ConfigurationSet.IsValidName(name)) return true;
        checks.Fail("ConfigurationSetName must have 1 to 64 letters, digits, hyphens and underscores");
        return false;
    }

    /// <summary>That the pool exists is checked when the set is written (<see cref="SendingPoolResources.Refer"/>).</summary>
    public static void Check(DeliveryOptions? options, MemberChecks checks, string path = "DeliveryOptions.")
    {
        if (options is null) return;
        checks.OneOf(options.TlsPolicy, $"{path}TlsPolicy", "REQUIRE", "OPTIONAL");
        if (options.SendingPoolName is { } pool) DedicatedIpMembers.CheckPoolName(pool, $"{path}SendingPoolName", checks);
        checks.Range(options.MaxDeliverySeconds, $"{path}MaxDeliverySeconds", 300, 50_400);
    }

    public static void Check(TrackingOptions? options, MemberChecks checks)
    {
        if (options is null) return;
        checks.OneOf(options.HttpsPolicy, "TrackingOptions.HttpsPolicy", "REQUIRE", "REQUIRE_OPEN_ONLY", "OPTIONAL");
        if (checks.Required(options.CustomRedirectDomain, "TrackingOptions.CustomRedirectDomain")
            && !IdentityName.IsDomain(options.CustomRedirectDomain))
            checks.Fail("TrackingOptions.CustomRedirectDomain must be a domain");
    }

    public static void Check(SuppressionOptions? options, MemberChecks checks)
    {
        if (options is null) return;
        SuppressionReasons.Check(options.SuppressedReasons, "SuppressionOptions.SuppressedReasons", checks);
        checks.OneOf(options.SuppressionScope, "SuppressionOptions.SuppressionScope", "TENANT", "ACCOUNT");
        Check(options.ValidationOptions, "SuppressionOptions.ValidationOptions", checks);
    }

    /// <summary>It is kept and shown; addresses are not validated.</summary>
    public static void Check(SuppressionValidationOptions? validation, string member, MemberChecks checks)
    {
        if (validation is null) return;
        var path = $"{member}.ConditionThreshold";
        if (!checks.Required(validation.ConditionThreshold, path)) return;
        var threshold = validation.ConditionThreshold!;
        checks.Required(threshold.ConditionThresholdEnabled, $"{path}.ConditionThresholdEnabled");
        checks.OneOf(threshold.ConditionThresholdEnabled, $"{path}.ConditionThresholdEnabled", "ENABLED", "DISABLED");
        if (threshold.OverallConfidenceThreshold is not { } overall) return;
        var verdict = $"{path}.OverallConfidenceThreshold.ConfidenceVerdictThreshold";
        checks.Required(overall.ConfidenceVerdictThreshold, verdict);
        checks.OneOf(overall.ConfidenceVerdictThreshold, verdict, "MEDIUM", "HIGH", "MANAGED");
    }

    /// <summary>Null for a domain that links may lead to: a verified one, so that nobody borrows the name of another.</summary>
    public static async ValueTask<SesError?> CheckRedirectDomain(
        SesCall call, string? domain, string path, CancellationToken cancellationToken)
    {
        if (domain is null) return null;
        var identity = await call.Services.Account.FindIdentityForDomain(domain, cancellationToken);
        return identity is { IsVerified: true } ? null : SesError.BadRequest($"{path}CustomRedirectDomain {domain} is not a verified domain.");
    }

    public static void Check(VdmOptions? options, MemberChecks checks)
    {
        checks.OneOf(options?.DashboardOptions?.EngagementMetrics, "VdmOptions.DashboardOptions.EngagementMetrics", "ENABLED", "DISABLED");
        checks.OneOf(
            options?.GuardianOptions?.OptimizedSharedDelivery, "VdmOptions.GuardianOptions.OptimizedSharedDelivery", "ENABLED", "DISABLED");
    }

    public static void Check(ArchivingOptions? options, MemberChecks checks, string path = "ArchivingOptions.") =>
        checks.Length(options?.ArchiveArn, $"{path}ArchiveArn", 20, 1_011);

    public static void Check(MessageSecurityOptions? options, MemberChecks checks)
    {
        if (options?.SigningScheme is not { } scheme) return;
        if (scheme.DefaultScheme is null == scheme.SmimeScheme is null)
            checks.Fail("MessageSecurityOptions.SigningScheme must have exactly one of DefaultScheme, SmimeScheme");
        checks.OneOf(scheme.SmimeScheme?.SignatureFormat, "MessageSecurityOptions.SigningScheme.SmimeScheme.SignatureFormat", "DETACHED");
    }
}
