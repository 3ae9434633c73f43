namespace Silo.Core.Metrics;

/// <summary>
/// The metrics of SES v2 (BatchGetMetricData): of messages with one recipient who is no mailbox simulator. Each counts in the hour in which
/// its message was accepted, so a rate of two of them is never above 1. The numbers are columns of what is stored: append only.
/// </summary>
public enum MessageMetric
{
    /// <summary>Accepted.</summary>
    Send = 0,

    /// <summary>Delivered, or handed over to a relay or to SES without being told otherwise since.</summary>
    Delivery = 1,

    /// <summary><see cref="Delivery"/> of what carries an image for opens.</summary>
    DeliveryOpen = 2,

    /// <summary><see cref="Delivery"/> of what carries links for clicks.</summary>
    DeliveryClick = 3,

    /// <summary><see cref="Delivery"/> to providers that report complaints.</summary>
    DeliveryComplaint = 4,

    /// <summary>Hard bounces, but for those by a suppression list of the account or the tenant.</summary>
    PermanentBounce = 5,

    /// <summary>All other ends without a delivery of which SES publishes a bounce: soft bounces, blocks, ends of a lifetime.</summary>
    TransientBounce = 6,

    Complaint = 7,

    /// <summary>Opened at least once.</summary>
    Open = 8,

    /// <summary>At least one link clicked.</summary>
    Click = 9,
}
