namespace Silo.Core.Suspension;

/// <summary>Whether a tenant may send (SES SendingStatus). The values are stored: append only.</summary>
public enum SendingStatus
{
    Enabled = 0,
    Disabled = 1,

    /// <summary>Enabled again although findings are open: those are ignored until all are resolved or newer sends violate anew.</summary>
    Reinstated = 2,
}

/// <summary>Which of the two records of a tenant: its owner's, on which policies act as well, or the platform operator's.</summary>
public enum StatusOrigin
{
    CustomerManaged = 0,

    /// <summary>On the wire AwsSesManagedStatus; the owner cannot lift it.</summary>
    PlatformManaged = 1,
}

/// <summary>What pauses a tenant automatically (SES reputation policies). The values are stored: append only.</summary>
public enum ReputationPolicy
{
    /// <summary>A HIGH finding. The default.</summary>
    Standard = 0,

    /// <summary>Any finding.</summary>
    Strict = 1,

    /// <summary>Nothing; findings are still recorded.</summary>
    None = 2,
}

/// <param name="Cause">Why, 1 to 512 characters; null only for the status that a tenant is created with.</param>
/// <param name="UpdatedAt">When the status changed last; setting the same one again does not touch it.</param>
public sealed record StatusRecord(SendingStatus Status, string? Cause, DateTimeOffset UpdatedAt)
{
    public const int MaxCauseLength = 512;
}
