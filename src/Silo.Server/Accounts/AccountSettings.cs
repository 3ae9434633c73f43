namespace Silo.Server.Accounts;

/// <summary>Switches of the whole account; one document. Absent means the defaults given here.</summary>
public sealed record AccountSettings
{
    /// <summary>False refuses every send (PutAccountSendingAttributes). Default true.</summary>
    public bool SendingEnabled { get; init; } = true;

    /// <summary>Reasons for which the account's suppression list is kept and checked. Default BOUNCE and COMPLAINT.</summary>
    public IReadOnlyList<string> SuppressedReasons { get; init; } = ["BOUNCE", "COMPLAINT"];

    /// <summary>Automatic validation of addresses, as it was set; kept, and not acted upon.</summary>
    public SuppressionValidationOptions? SuppressionValidation { get; init; }

    /// <summary>What was set (PutAccountDedicatedIpWarmupAttributes); null in accounts where nobody did.</summary>
    public bool? DedicatedIpAutoWarmup { get; init; }

    /// <summary>What the account says of itself (PutAccountDetails); null until it does.</summary>
    public AccountDetails? Details { get; init; }

    /// <summary>As set (PutAccountVdmAttributes); kept, and not acted upon.</summary>
    public VdmAttributes? Vdm { get; init; }

    /// <summary>ENTERPRISE, ESSENTIALS, NONE or PRO, as set (PutAccountPricingAttributes); kept, and not acted upon.</summary>
    public string? PricingPlan { get; init; }

    /// <summary>Addresses that are added from now on begin with a warm-up, else they are taken for warm. Default true.</summary>
    public bool AutoWarmupEnabled => DedicatedIpAutoWarmup ?? true;
}

/// <param name="MailType">MARKETING or TRANSACTIONAL.</param>
/// <param name="WebsiteUrl">1 to 1,000 characters.</param>
/// <param name="ContactLanguage">EN or JA.</param>
/// <param name="UseCaseDescription">Up to 5,000 characters.</param>
/// <param name="AdditionalContactEmailAddresses">1 to 4.</param>
public sealed record AccountDetails(
    string MailType, string WebsiteUrl, string? ContactLanguage, string? UseCaseDescription,
    IReadOnlyList<string>? AdditionalContactEmailAddresses);

/// <summary>Settings of the Virtual Deliverability Manager, in the shape of SES.</summary>
/// <param name="VdmEnabled">ENABLED or DISABLED.</param>
public sealed record VdmAttributes(string? VdmEnabled, DashboardOptions? DashboardAttributes, GuardianOptions? GuardianAttributes);
