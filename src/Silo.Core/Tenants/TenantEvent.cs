using System.Text.Json;
using System.Text.Json.Serialization;
using Silo.Core.Contacts;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.QueueControl;
using Silo.Core.Reputation;
using Silo.Core.Suppression;
using Silo.Core.Suspension;
using Silo.Core.Trust;

namespace Silo.Core.Tenants;

/// <summary>
/// One numbered event of a tenant: a fact about its mail or a decision about the tenant. The whole state of a tenant is the fold of
/// its events (<see cref="TenantLedger"/>). Stored for ever in this form: members may be added, never changed or removed.
/// </summary>
public sealed record TenantEvent
{
    /// <summary>1, 2, 3 … per tenant.</summary>
    [JsonIgnore]
    public long Sequence { get; init; }

    [JsonIgnore]
    public DateTimeOffset At { get; init; }

    [JsonIgnore]
    public TenantEventKind Kind { get; init; }

    public string? MessageId { get; init; }

    public string? Recipient { get; init; }

    /// <summary>
    /// The recipient's mailbox provider, when it is not the one that its domain is known for. Where no recipient is named, of a message that
    /// counts in metrics (<see cref="MailTraits.Counted"/>): that of its only one.
    /// </summary>
    public string? Provider { get; init; }

    /// <summary>The domain that the message was sent for; told while the tenant warms up by domain.</summary>
    public string? SendingDomain { get; init; }

    /// <summary>It left by another pool since a warm-up had no room for it, and counts in none.</summary>
    public bool Overflowed { get; init; }

    /// <summary>When the hand-over began that this is about: the bucket in which it counts. Null for what has no hand-over.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>Delivery units that this is about; more than 1 for an acceptance.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int Units { get; init; } = 1;

    /// <summary>The recipient's provider reports complaints, so a delivery to it counts in the complaint rate.</summary>
    public bool FeedbackLoop { get; init; }

    /// <summary>A mailbox simulator's answer: in the books, in no rate.</summary>
    public bool Simulated { get; init; }

    /// <summary>
    /// The state that the unit had been in, when it arrived after a final one: a late bounce, a delivery after a hand-over.
    /// </summary>
    public UnitState? Previous { get; init; }

    /// <summary>
    /// Of a report: of a copy that left while nobody knew that it did. It counts, and moves no unit; that one is open.
    /// </summary>
    public bool InDoubt { get; init; }

    /// <summary>Of a refusal: a report told of it before and was counted. It ends the unit, and counts in no rate.</summary>
    public bool Repeated { get; init; }

    /// <summary>
    /// The state that a report took the unit out of, which it never was in: that is so again, and what the report moved it to is not.
    /// </summary>
    public UnitState? Restores { get; init; }

    /// <summary>Of a deferral: the provider asked this sender to slow down; it is not about the recipient.</summary>
    public bool AskedToSlowDown { get; init; }

    /// <summary>
    /// The sender is told of a delay by this: the DeliveryDelay event of SES. Of an attempt that was put off, only when it is the first of
    /// its kind of delay for this delivery (<see cref="DelayRules"/>).
    /// </summary>
    public DelayType Delay { get; init; }

    /// <summary>
    /// With <see cref="Delay"/>: when the delivery is given up. Null while its lifetime does not run, as for one that waits for a budget.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Of a delivery that waits (our own subtype of a delay, BudgetWait): the budget, as the tenant's budgets name it.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>
    /// Of a bounce or block: it is a finding of the pool (<see cref="RouteFinding"/>). It counts in no rate that pauses, holds up no
    /// warm-up, and the address is not suppressed.
    /// </summary>
    public bool CommonCause { get; init; }

    /// <summary>
    /// Of a hard bounce: the recipient's domain is a verified one of the tenant's own. In the books, in no rate (SES developer guide, FAQs
    /// on enforcement: only bounces at domains that the sender has not verified count).
    /// </summary>
    public bool OwnDomain { get; init; }

    public BounceSubType Bounce { get; init; }

    /// <summary>Of a recipient who is on a suppression list: why.</summary>
    public SuppressionReason? ListedFor { get; init; }

    /// <summary>The peer's reply or our own sentence about what happened.</summary>
    public string? Diagnostic { get; init; }

    public string? RemoteHost { get; init; }

    public string? RemoteId { get; init; }

    public string? ComplaintType { get; init; }

    /// <summary>Of an acceptance, once in a while: the names of the scope that the message's id tells (<see cref="MailScope"/>).</summary>
    public MailScope? Scope { get; init; }

    /// <summary>Of an acceptance: what the message looks like from outside; null when message insights are not kept.</summary>
    public AcceptedMail? Mail { get; init; }

    /// <summary>Of who changed what mail is wanted; null when only that is known.</summary>
    public SubscriptionChange? Subscription { get; init; }

    /// <summary>Of an open or a click: by which program, from where, of which link.</summary>
    public Engagement? Engagement { get; init; }

    /// <summary>Of an open or a click of a message that counts in metrics: the first one of it. False in events of releases that did not tell.</summary>
    public bool IsFirst { get; init; }

    /// <summary>Of a rendering that failed: the template; null for one that came with the send.</summary>
    public string? TemplateName { get; init; }

    /// <summary>Attempts burned, this one included.</summary>
    public int Attempts { get; init; }

    /// <summary>When the unit is tried again.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>The standing after a decision, whole.</summary>
    public TenantStanding? Standing { get; init; }

    public StatusOrigin? Origin { get; init; }

    public string? Cause { get; init; }

    public Finding? Finding { get; init; }

    /// <summary>Of a change of a finding: which way. Null in events of releases that told only that it changed.</summary>
    public FindingStep? Step { get; init; }

    public ExternalReport? Report { get; init; }

    public IdentityAdvice? Identity { get; init; }

    public TenantSuppression? Suppression { get; init; }

    /// <summary>Of a resume: mail that was accepted before is expired, not sent.</summary>
    public DateTimeOffset? AcceptedFrom { get; init; }

    /// <summary>The limits after a change, whole.</summary>
    public TenantLimits? Limits { get; init; }

    /// <summary>The warm-up after a change, whole; null when it was ended.</summary>
    public TenantWarmUp? WarmUp { get; init; }

    public string? TenantId { get; init; }

    /// <summary>Of an acceptance: what a content checker said; null when it was not asked.</summary>
    public ContentScore? Content { get; init; }

    /// <summary>How far the tenant is trusted after a change, whole.</summary>
    public TenantTrust? Trust { get; init; }

    public QueueOrder? Order { get; init; }

    /// <summary>The order that ended.</summary>
    public string? OrderId { get; init; }

    /// <summary>Of an acceptance: the length of the message as it leaves. 0 in events of releases that did not tell it.</summary>
    public long Bytes { get; init; }

    public byte[] ToPayload() => JsonSerializer.SerializeToUtf8Bytes(this, TenantJson.Default.TenantEvent);

    public static TenantEvent FromPayload(long sequence, DateTimeOffset at, int kind, ReadOnlySpan<byte> payload) =>
        JsonSerializer.Deserialize(payload, TenantJson.Default.TenantEvent)! with
        {
            Sequence = sequence, At = at, Kind = (TenantEventKind)kind,
        };
}

/// <summary>States that a unit can have left the queue in and still change.</summary>
public enum UnitState
{
    HandedOver,
    Delivered,
}

/// <summary>What is wrong with an identity, or was.</summary>
/// <param name="Name">A domain or an address.</param>
/// <param name="Text">In the words of SES's advisor.</param>
public sealed record IdentityAdvice(string Name, string Text);
