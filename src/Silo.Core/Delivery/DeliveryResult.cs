using Silo.Core.Suppression;

namespace Silo.Core.Delivery;

/// <summary>How one hand-over of one delivery unit ended. A closed set; see <see cref="DeliveryResult"/> for what each means.</summary>
public enum DeliveryResultKind
{
    /// <summary>250 from the recipient's own server: final.</summary>
    Delivered,

    /// <summary>250 from a relay, 200 from SES: it left; delivered or bounced comes by feedback, if at all.</summary>
    HandedOver,

    /// <summary>The address is bad for good (5.1.x, 5.2.1): final, counts in the bounce rate.</summary>
    HardBounce,

    /// <summary>Refused for good for a reason that may pass (mailbox full, too large, content): final, not in the bounce rate.</summary>
    SoftBounce,

    /// <summary>Refused for policy or reputation (5.7.x, "blocked"): final, neither suppressed nor in the bounce rate.</summary>
    Blocked,

    /// <summary>Put off by the recipient's side (4xx after MAIL was taken): tried again later, burns an attempt.</summary>
    Deferred,

    /// <summary>Our fault or the route's (connect, TLS, EHLO, AUTH, any refusal of MAIL): the route is parked, no attempt is burned.</summary>
    RouteFailed,

    /// <summary>Nothing began: the gate was closed or the transport had no room. Back to its place in the queue, no attempt burned.</summary>
    NotStarted,

    /// <summary>The reply after the final dot was lost: tried again, and from then on a possible duplicate.</summary>
    InDoubt,
}

/// <summary>Where in the dialogue a result was decided; <see cref="Connect"/> for everything before the greeting.</summary>
public enum DeliveryStage
{
    None,
    Connect,
    Greeting,
    Hello,
    StartTls,
    Authenticate,
    Mail,
    Recipient,
    Data,
    FinalDot,
}

/// <summary>Why a unit bounced, in SES's words (bounceType/bounceSubType, event publishing contents).</summary>
public enum BounceSubType
{
    None,
    General,
    NoEmail,
    Suppressed,
    OnAccountSuppressionList,
    OnTenantSuppressionList,
    MailboxFull,
    MessageTooLarge,
    CustomTimeoutExceeded,
    ContentRejected,
    AttachmentRejected,

    /// <summary>The recipient wants no such mail. SES does not say what it calls it.</summary>
    UnsubscribedRecipient,
}

/// <summary>What a deferral says about pace: whether the whole route should slow down or only this recipient waits.</summary>
public enum DeferralScope
{
    None,

    /// <summary>Mailbox full, greylisting: one recipient.</summary>
    Recipient,

    /// <summary>"Too many messages", "try again later": the provider asks this source to slow down.</summary>
    SlowDown,
}

/// <summary>
/// The value a transport answers for one hand-over of one delivery unit. Transports never throw for what a peer says or does.
/// </summary>
public sealed record DeliveryResult
{
    public required DeliveryResultKind Kind { get; init; }

    public DeliveryStage Stage { get; init; }

    /// <summary>The reply that decided it, or null when there was none.</summary>
    public SmtpReply? Reply { get; init; }

    public BounceSubType BounceSubType { get; init; }

    public DeferralScope DeferralScope { get; init; }

    /// <summary>The host that replied (name or address), for insights; null when none was reached.</summary>
    public string? RemoteHost { get; init; }

    /// <summary>The relay's queue id or SES's MessageId, if one was given.</summary>
    public string? RemoteId { get; init; }

    /// <summary>One sentence for a person: what happened, in the peer's words where it used any.</summary>
    public string? Diagnostic { get; init; }

    /// <summary>The rule of <see cref="ReplyRules"/> that judged the reply: insights show its explanation. Null when there was no reply.</summary>
    public string? RuleName { get; init; }

    /// <summary>
    /// With <see cref="DeliveryResultKind.RouteFailed"/>: the transport has many routes, and this one rests until then; units that go
    /// another way need not wait. Null when every unit goes the same way. With <see cref="DeferralScope.SlowDown"/> the unit waits for a
    /// budget of the other side: that burns no attempt and no lifetime. With <see cref="DeliveryResultKind.NotStarted"/>: the transport
    /// has no room for this unit before then; null when it may be tried again at once.
    /// </summary>
    public DateTimeOffset? RestsUntil { get; init; }

    /// <summary>
    /// With <see cref="RestsUntil"/>: every other unit would be answered the same until then, so none need be handed over.
    /// </summary>
    public bool RestsAll { get; init; }

    /// <summary>
    /// With <see cref="DeliveryResultKind.NotStarted"/>: the peer took nothing since this tenant may not send there, and these are its
    /// words, 1 to 512 characters. The tenant is paused here too, by the platform; its unit keeps its place. Null otherwise.
    /// </summary>
    public string? SendingSuspended { get; init; }

    /// <summary>
    /// With <see cref="DeliveryResultKind.NotStarted"/>: the recipient is to get none of it any more, and the unit ends as one of a
    /// recipient whom a list kept back when the message was accepted. OnAccountSuppressionList, OnTenantSuppressionList or
    /// UnsubscribedRecipient; null otherwise.
    /// </summary>
    public BounceSubType? KeptBackAs { get; init; }

    /// <summary>With <see cref="KeptBackAs"/>: why the recipient is on the suppression list; null for one who has unsubscribed.</summary>
    public SuppressionReason? ListedFor { get; init; }

    /// <summary>The answer of a mailbox simulator: told to the sender, in no rate, on no suppression list.</summary>
    public bool Simulated { get; init; }

    public static DeliveryResult NotStarted { get; } = new() { Kind = DeliveryResultKind.NotStarted };
}
