namespace Silo.Server.Accounts;

/// <summary>A configuration set: rules that sends share by naming it. Option groups that were never set are null. Stored as JSON.</summary>
public sealed record ConfigurationSet
{
    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public TrackingOptions? TrackingOptions { get; init; }

    public DeliveryOptions? DeliveryOptions { get; init; }

    public ReputationOptions? ReputationOptions { get; init; }

    public SendingOptions? SendingOptions { get; init; }

    public SuppressionOptions? SuppressionOptions { get; init; }

    public VdmOptions? VdmOptions { get; init; }

    public ArchivingOptions? ArchivingOptions { get; init; }

    public MessageSecurityOptions? MessageSecurityOptions { get; init; }

    /// <summary>URGENT, NORMAL or BULK; null for NORMAL. SES has no such member.</summary>
    public string? Stream { get; init; }

    /// <summary>
    /// Bulk mail of the set gets links to unsubscribe by, unless it has its own: ENABLED, DISABLED; null for ENABLED. SES has no such member.
    /// </summary>
    public string? UnsubscribeLinks { get; init; }

    /// <summary>Sends that use the set are let through. A set starts with true.</summary>
    public bool SendingEnabled => SendingOptions?.SendingEnabled ?? true;

    /// <summary>Names: 1 to 64 letters, digits, hyphens, underscores.</summary>
    public static bool IsValidName(string? name) =>
        name is { Length: > 0 and <= 64 } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
