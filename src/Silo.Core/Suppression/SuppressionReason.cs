namespace Silo.Core.Suppression;

/// <summary>Why an address is on a suppression list. The values are stored: append only.</summary>
public enum SuppressionReason
{
    /// <summary>Mail to it bounced for good.</summary>
    Bounce = 0,

    /// <summary>Its owner complained of mail.</summary>
    Complaint = 1,
}
