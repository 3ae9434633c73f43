namespace Silo.Server.Accounts;

// The option groups of a configuration set, in the words and the shape of SES, which is also how they are stored.

/// <param name="CustomRedirectDomain">The domain of tracked links.</param>
/// <param name="HttpsPolicy">REQUIRE, REQUIRE_OPEN_ONLY or OPTIONAL.</param>
public sealed record TrackingOptions(string? CustomRedirectDomain, string? HttpsPolicy);

/// <param name="TlsPolicy">REQUIRE or OPTIONAL.</param>
/// <param name="SendingPoolName">The pool of source addresses that the set's mail leaves from.</param>
/// <param name="MaxDeliverySeconds">300 to 50,400, counted from acceptance; null for the default lifetime.</param>
public sealed record DeliveryOptions(string? TlsPolicy, string? SendingPoolName, long? MaxDeliverySeconds);

/// <param name="LastFreshStart">Epoch seconds; set by the service alone.</param>
public sealed record ReputationOptions(bool? ReputationMetricsEnabled, decimal? LastFreshStart = null);

public sealed record SendingOptions(bool? SendingEnabled);

/// <param name="SuppressedReasons">BOUNCE, COMPLAINT; an empty list means neither check nor record.</param>
/// <param name="SuppressionScope">TENANT or ACCOUNT.</param>
public sealed record SuppressionOptions(
    IReadOnlyList<string>? SuppressedReasons, string? SuppressionScope, SuppressionValidationOptions? ValidationOptions);

public sealed record SuppressionValidationOptions(SuppressionConditionThreshold? ConditionThreshold);

/// <param name="ConditionThresholdEnabled">ENABLED or DISABLED.</param>
public sealed record SuppressionConditionThreshold(
    string? ConditionThresholdEnabled, SuppressionConfidenceThreshold? OverallConfidenceThreshold);

/// <param name="ConfidenceVerdictThreshold">MEDIUM, HIGH or MANAGED.</param>
public sealed record SuppressionConfidenceThreshold(string? ConfidenceVerdictThreshold);

public sealed record VdmOptions(DashboardOptions? DashboardOptions, GuardianOptions? GuardianOptions);

/// <param name="EngagementMetrics">ENABLED or DISABLED.</param>
public sealed record DashboardOptions(string? EngagementMetrics);

/// <param name="OptimizedSharedDelivery">ENABLED or DISABLED.</param>
public sealed record GuardianOptions(string? OptimizedSharedDelivery);

/// <param name="ArchiveArn">20 to 1,011 characters.</param>
public sealed record ArchivingOptions(string? ArchiveArn);

public sealed record MessageSecurityOptions(SigningScheme? SigningScheme);

/// <summary>A union: exactly one member is set.</summary>
public sealed record SigningScheme(DefaultSigningScheme? DefaultScheme, SmimeSigningScheme? SmimeScheme);

public sealed record DefaultSigningScheme;

/// <param name="SignatureFormat">DETACHED.</param>
public sealed record SmimeSigningScheme(string? SignatureFormat);
