namespace Silo.Core.Reputation;

/// <summary>The rolling windows over which rates are looked at. Each covers at least its name: it begins with a whole bucket.</summary>
public enum ReputationWindow
{
    /// <summary>60 to 65 minutes, in buckets of 5 minutes.</summary>
    Hour = 0,

    /// <summary>24 to 25 hours, in buckets of an hour.</summary>
    Day = 1,

    /// <summary>7 to 8 days, in buckets of a UTC day.</summary>
    Week = 2,
}

/// <summary>What became of the sends of one window, each outcome counted at the time of its send.</summary>
/// <param name="Resolved">Delivered + handed over + hard bounced: the denominator of the bounce rate.</param>
/// <param name="FeedbackLoopDelivered">
/// Delivered or handed over to providers with an enrolled complaint feedback loop: the denominator of the complaint rate.
/// </param>
public readonly record struct ReputationVolume(
    long Sent,
    long Resolved,
    long HardBounces,
    long FeedbackLoopDelivered,
    long Complaints,
    long Delivered,
    long HandedOver,
    long SoftBounces,
    long Blocked,
    long Deferred,
    long Suppressed,
    long Expired,
    long Cancelled,
    long Rejected)
{
    /// <summary>Opens, each time; not counted over the last hour.</summary>
    public long Opens { get; init; }

    /// <summary>Clicks, each time; not counted over the last hour.</summary>
    public long Clicks { get; init; }

    /// <summary>Not counted over the last hour.</summary>
    public long Unsubscribes { get; init; }

    /// <summary>Complaints about mail to providers without a feedback loop; in no rate. Not counted over the last hour.</summary>
    public long OtherComplaints { get; init; }

    /// <summary>By subtype of bounce; only over the last week, and 0 otherwise.</summary>
    public BounceSubTypes SubTypes { get; init; }

    /// <summary>0 to 1; null while nothing has an outcome.</summary>
    public double? BounceRate => Resolved == 0 ? null : (double)HardBounces / Resolved;

    /// <summary>
    /// 0 to 1; null, which is unknown and not zero, without volume to a provider with a feedback loop (Gmail has none). Clamped to 1:
    /// a complaint can arrive before the delivery that it is about is recorded, or from a provider that nobody knew to have a loop.
    /// </summary>
    public double? ComplaintRate =>
        FeedbackLoopDelivered == 0 ? null : (double)Math.Min(Complaints, FeedbackLoopDelivered) / FeedbackLoopDelivered;
}

/// <summary>Bounces by those of their subtypes (SES event publishing records, bounceSubType) that are counted; the rest is General.</summary>
public readonly record struct BounceSubTypes(
    long MailboxFull, long MessageTooLarge, long ContentRejected, long AttachmentRejected, long NoEmail);
