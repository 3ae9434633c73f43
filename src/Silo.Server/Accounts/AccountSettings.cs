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

    /// <summary>Addresses that are added from now on begin with a warm-up, else they are taken for warm. Default true.</summary>
    public bool AutoWarmupEnabled => DedicatedIpAutoWarmup ?? true;
}
