using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.ConfigurationSets;

/// <summary>Checks of the option groups of a configuration set, alike for creation and for later changes.</summary>
internal static class ConfigurationSetMembers
{
    private const int MaxPoolNameLength = 64;

    public static SesError NotFound(string name) => SesError.NotFound($"Configuration set {MemberChecks.Shown(name)} does not exist.");

    public static bool CheckName(string? name, MemberChecks checks)
    {
        if (!checks.RequiredText(name, "ConfigurationSetName")) return false;
        if (ConfigurationSet.IsValidName(name)) return true;
        checks.Fail("ConfigurationSetName must have 1 to 64 letters, digits, hyphens and underscores");
        return false;
    }

    public static void Check(DeliveryOptions? options, MemberChecks checks)
    {
        if (options is null) return;
        checks.OneOf(options.TlsPolicy, "DeliveryOptions.TlsPolicy", "REQUIRE", "OPTIONAL");
        checks.Length(options.SendingPoolName, "DeliveryOptions.SendingPoolName", 1, MaxPoolNameLength);
        checks.Range(options.MaxDeliverySeconds, "DeliveryOptions.MaxDeliverySeconds", 300, 50_400);
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
        if (options.ValidationOptions is not { } validation) return;
        const string path = "SuppressionOptions.ValidationOptions.ConditionThreshold";
        if (!checks.Required(validation.ConditionThreshold, path)) return;
        var threshold = validation.ConditionThreshold!;
        checks.Required(threshold.ConditionThresholdEnabled, $"{path}.ConditionThresholdEnabled");
        checks.OneOf(threshold.ConditionThresholdEnabled, $"{path}.ConditionThresholdEnabled", "ENABLED", "DISABLED");
        if (threshold.OverallConfidenceThreshold is not { } overall) return;
        const string verdict = path + ".OverallConfidenceThreshold.ConfidenceVerdictThreshold";
        checks.Required(overall.ConfidenceVerdictThreshold, verdict);
        checks.OneOf(overall.ConfidenceVerdictThreshold, verdict, "MEDIUM", "HIGH", "MANAGED");
    }

    public static void Check(VdmOptions? options, MemberChecks checks)
    {
        checks.OneOf(options?.DashboardOptions?.EngagementMetrics, "VdmOptions.DashboardOptions.EngagementMetrics", "ENABLED", "DISABLED");
        checks.OneOf(
            options?.GuardianOptions?.OptimizedSharedDelivery, "VdmOptions.GuardianOptions.OptimizedSharedDelivery", "ENABLED", "DISABLED");
    }

    public static void Check(ArchivingOptions? options, MemberChecks checks) =>
        checks.Length(options?.ArchiveArn, "ArchivingOptions.ArchiveArn", 20, 1_011);

    public static void Check(MessageSecurityOptions? options, MemberChecks checks)
    {
        if (options?.SigningScheme is not { } scheme) return;
        if (scheme.DefaultScheme is null == scheme.SmimeScheme is null)
            checks.Fail("MessageSecurityOptions.SigningScheme must have exactly one of DefaultScheme, SmimeScheme");
        checks.OneOf(scheme.SmimeScheme?.SignatureFormat, "MessageSecurityOptions.SigningScheme.SmimeScheme.SignatureFormat", "DETACHED");
    }
}
