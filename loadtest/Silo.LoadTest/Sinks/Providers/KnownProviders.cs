namespace Silo.LoadTest.Sinks.Providers;

/// <summary>
/// The large providers in their own wording (their postmaster pages on error codes; sending-rules): what a sender's classification has to
/// cope with. They take all mail until a share or a rate is set.
/// </summary>
internal static class KnownProviders
{
    public static ProviderProfile Gmail { get; } = new()
    {
        Name = "gmail", Domains = ["gmail.com", "googlemail.com"],
        RateLimitReply = "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address. To "
            + "protect our users from spam, mail sent from your IP address has been temporarily rate limited. - gsmtp",
        DeferralReply = "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages "
            + "from being delivered. - gsmtp",
        HardBounceReply = "550 5.1.1 The email account that you tried to reach does not exist. - gsmtp",
        SoftBounceReply = "552 5.2.2 The recipient's inbox is out of storage space and inactive. - gsmtp",
    };

    public static ProviderProfile Yahoo { get; } = new()
    {
        Name = "yahoo", Domains = ["yahoo.com", "ymail.com", "aol.com"],
        RateLimitReply = "421 4.7.0 [TSS04] Messages from 127.0.0.1 temporarily deferred due to unexpected volume or user complaints "
            + "- 4.16.55.1; see https://postmaster.yahooinc.com/error-codes",
        DeferralReply = "451 4.3.2 Internal error, please try again later",
        HardBounceReply = "554 5.1.1 delivery error: dd This user doesn't have a yahoo.com account - mta4001.mail.bf1.yahoo.com",
        SoftBounceReply = "552 5.2.2 delivery error: dd Mailbox is over quota - mta4002.mail.bf1.yahoo.com",
    };

    public static ProviderProfile Microsoft { get; } = new()
    {
        Name = "microsoft", Domains = ["outlook.com", "hotmail.com", "live.com", "msn.com"],
        RateLimitReply = "451 4.7.650 The mail server [127.0.0.1] has been temporarily rate limited due to IP reputation. For e-mail "
            + "delivery information, see https://postmaster.live.com (S775)",
        DeferralReply = "452 4.2.2 Mailbox full",
        HardBounceReply = "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
        SoftBounceReply = "552 5.2.2 Mailbox full. The recipient's mailbox is over its quota",
    };

    public static ProviderProfile Apple { get; } = new()
    {
        Name = "apple", Domains = ["icloud.com", "me.com", "mac.com"],
        RateLimitReply = "421 4.7.1 [HM08] Message rejected temporarily due to local policy: too many messages. Please visit "
            + "https://support.apple.com/en-us/HT204137",
        DeferralReply = "450 4.2.2 user is overquota; try again later",
        HardBounceReply = "550 5.1.1 unknown or illegal alias",
        SoftBounceReply = "552 5.2.2 user is over quota",
    };

    public static IReadOnlyList<ProviderProfile> All { get; } = [Gmail, Yahoo, Microsoft, Apple];
}
