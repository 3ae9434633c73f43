namespace Silo.Core.Delivery;

/// <summary>
/// Why a delivery is delayed, in SES's words (delayType, event publishing contents); it may still succeed. The numbers are stored: append
/// only.
/// </summary>
public enum DelayType
{
    None = 0,

    /// <summary>Our own way out does not work.</summary>
    InternalFailure = 1,

    /// <summary>Put off for a reason of which there is no word of its own.</summary>
    General = 2,

    /// <summary>The recipient's mailbox has no room.</summary>
    MailboxFull = 3,

    /// <summary>The recipient's provider has seen much unsolicited mail from this sender.</summary>
    SpamDetected = 4,

    /// <summary>The recipient's server has trouble of its own.</summary>
    RecipientServerError = 5,

    /// <summary>The source address is blocked or asked to slow down by the recipient's provider.</summary>
    IPFailure = 6,

    /// <summary>The recipient's server was not reached, or the dialogue broke off.</summary>
    TransientCommunicationFailure = 7,

    /// <summary>Of addresses that are brought along to SES; passed on when SES says so.</summary>
    BYOIPHostNameLookupUnavailable = 8,

    Undetermined = 9,

    /// <summary>Held back on this side: it waits for a budget, here or of the service that it is handed to.</summary>
    SendingDeferral = 10,
}
