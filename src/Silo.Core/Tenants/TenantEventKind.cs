namespace Silo.Core.Tenants;

/// <summary>Kinds of a tenant's numbered events. The numbers are stored: never renumber, only append.</summary>
public enum TenantEventKind
{
    Created = 1,
    Deleted = 2,

    /// <summary>Customer or platform record of the sending status changed.</summary>
    StatusChanged = 3,
    PolicyChanged = 4,
    FindingOpened = 5,
    FindingChanged = 6,
    FindingClosed = 7,
    SettingsChanged = 8,
    LimitsChanged = 9,

    /// <summary>An order about queued mail is in force.</summary>
    QueueOrdered = 10,

    /// <summary>It was taken back, or nothing is left for it to do.</summary>
    QueueOrderEnded = 11,

    /// <summary>What orders had held is back in the queue.</summary>
    QueueReleased = 12,

    /// <summary>A warm-up was set; without one in the event, it was ended.</summary>
    WarmUpChanged = 13,

    /// <summary>The first mail of a sending domain is to leave in a warm-up by domain: its own first day begins.</summary>
    DomainWarmUpBegan = 14,

    /// <summary>The tenant came to another trust tier, its tier was changed, or it has none any more.</summary>
    TrustChanged = 15,

    /// <summary>A person is asked about the tenant.</summary>
    ReviewAsked = 16,

    /// <summary>A person has answered.</summary>
    ReviewDecided = 17,

    /// <summary>A message was accepted; carries the number of its units.</summary>
    Accepted = 20,
    Suppressed = 21,
    HandedOver = 22,
    Delivered = 23,
    HardBounced = 24,
    SoftBounced = 25,
    Blocked = 26,
    Deferred = 27,
    Expired = 28,
    Cancelled = 29,

    /// <summary>Refused by a content check after its acceptance: nothing of it left.</summary>
    Rejected = 30,
    Complained = 31,

    /// <summary>A hand-over ended without a known outcome (crash, lost reply after the final dot); the unit leaves again.</summary>
    PossibleDuplicate = 32,

    /// <summary>The unit was in hand at three crashes: it waits for a person.</summary>
    SetAside = 33,

    /// <summary>The unit has waited for a budget for an hour; it goes on waiting. Once per unit.</summary>
    Waited = 34,

    /// <summary>The recipient opened the message; each time that it is told.</summary>
    Opened = 40,

    /// <summary>The recipient followed a link in it; each time that it is told.</summary>
    Clicked = 41,

    /// <summary>The recipient wants no more of it.</summary>
    Unsubscribed = 42,

    /// <summary>Somebody outside tells of the tenant: a spam trap was hit, abuse was reported, an address of it is listed.</summary>
    ExternalReported = 43,

    /// <summary>A send was taken and its template could not be filled in: no message came of it, and no unit.</summary>
    RenderingFailed = 44,

    /// <summary>The recipient changed what mail is wanted, otherwise than by leaving for the first time: in no counter.</summary>
    PreferencesChanged = 52,

    /// <summary>Of the account: something is wrong with an identity in DNS, and it was not before.</summary>
    IdentityFaultFound = 53,

    /// <summary>It is not any more.</summary>
    IdentityFaultEnded = 54,
}
