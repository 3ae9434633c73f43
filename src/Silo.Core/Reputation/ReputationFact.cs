namespace Silo.Core.Reputation;

/// <summary>What can happen to one delivery unit, as far as reputation is concerned. The values are stored: append only.</summary>
public enum ReputationFact
{
    /// <summary>A hand-over started.</summary>
    Sent = 0,

    /// <summary>Accepted by the recipient's own server.</summary>
    Delivered = 1,

    /// <summary>Accepted by a relay or by SES; what became of it comes by feedback, if at all.</summary>
    HandedOver = 2,

    /// <summary>The address is bad for good. The numerator of the bounce rate.</summary>
    HardBounced = 3,

    /// <summary>Refused for good for a reason that may pass.</summary>
    SoftBounced = 4,

    /// <summary>Refused for policy or the source's reputation; not in the bounce rate.</summary>
    Blocked = 5,

    /// <summary>Put off; tried again.</summary>
    Deferred = 6,

    /// <summary>The recipient reported it as spam. The numerator of the complaint rate.</summary>
    Complained = 7,

    /// <summary>Not sent, since the address is on a suppression list.</summary>
    Suppressed = 8,

    /// <summary>Given up at the end of its lifetime.</summary>
    Expired = 9,

    /// <summary>Taken back before it left.</summary>
    Cancelled = 10,

    /// <summary>Refused by content checks before it left.</summary>
    Rejected = 11,

    /// <summary>The recipient opened it; counted each time that it is told.</summary>
    Opened = 12,

    /// <summary>The recipient followed a link in it; counted each time that it is told.</summary>
    Clicked = 13,

    /// <summary>The recipient wants no more of it.</summary>
    Unsubscribed = 14,
}
