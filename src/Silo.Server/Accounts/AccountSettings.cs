namespace Silo.Server.Accounts;

/// <summary>Switches of the whole account; one document. Absent means the defaults given here.</summary>
public sealed record AccountSettings
{
    /// <summary>False refuses every send (PutAccountSendingAttributes). Default true.</summary>
    public bool SendingEnabled { get; init; } = true;

    /// <summary>Reasons for which the account's suppression list is kept and checked. Default BOUNCE and COMPLAINT.</summary>
    public IReadOnlyList<string> SuppressedReasons { get; init; } = ["BOUNCE", "COMPLAINT"];
}
