using Silo.Core.Contacts;
using Silo.Core.Delivery;
using Silo.Core.Tenants;
using Silo.Server.Egress;

namespace Silo.Server.Delivery;

/// <summary>
/// A way out: SES v2, an SMTP relay, the recipients' MX, the simulator. Several units are handed over side by side; the dispatcher
/// holds an in-flight slot for each.
/// </summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>
    /// Mail of a pool that has addresses leaves from these alone: each hand-over of it names one (<see cref="HandOver.Source"/>).
    /// </summary>
    bool LeavesFromAddresses => false;

    /// <summary>Whether mail can leave from an address that this host has. Asked only of one that leaves from addresses.</summary>
    bool CanLeaveFrom(SourceIp ip) => LeavesFromAddresses;

    /// <summary>
    /// Domains that are nobody's (<see cref="Core.Addresses.MailboxProvider.Other"/>) rest each for itself when one asks to slow down: it slows
    /// down no other.
    /// </summary>
    bool PacesSites => false;

    /// <summary>Pools and addresses are so from now on. Not to block.</summary>
    void Follow(EgressPlan plan)
    {
    }

    /// <summary>Hands one delivery unit over and answers how it ended. Never throws for what a peer says or does.</summary>
    /// <param name="handOver">
    /// What to send, and the gate. The transport calls <see cref="HandOver.TryBegin"/> directly before it writes MAIL (or makes its
    /// one call), and stops with <see cref="DeliveryResult.NotStarted"/> when that says no; <see cref="HandOver.Begun"/> when MAIL
    /// was answered; <see cref="HandOver.MayFinish"/> directly before it writes the final dot.
    /// </param>
    /// <param name="cancellationToken">Aborts the dialogue at once, in whatever stage; the connection is dropped.</param>
    ValueTask<DeliveryResult> Deliver(HandOver handOver, CancellationToken cancellationToken);
}

/// <summary>Feedback about a unit that left earlier: a complaint, a late bounce, a delivery.</summary>
public interface IFeedbackSink
{
    /// <summary>Takes one piece of feedback. Returns when it is in memory; it is stored with the tenant's next batch.</summary>
    void Report(DeliveryFeedback feedback);
}

/// <summary>The kinds of feedback that arrive after a hand-over.</summary>
public enum FeedbackKind
{
    Delivered,
    HardBounce,
    SoftBounce,
    Complaint,

    /// <summary>Refused for policy or reputation: it came back, and is in no bounce rate.</summary>
    Blocked,
    Opened,
    Clicked,
    Unsubscribed,

    /// <summary>Any other change of what mail the recipient wants; each is told.</summary>
    PreferencesChanged,
}

/// <param name="TenantName">Whose mail it was.</param>
/// <param name="MessageId">The id that the sender got.</param>
/// <param name="Recipient">The address the unit went to.</param>
/// <param name="SentAt">When it was handed over: the bucket in which the feedback counts.</param>
public sealed record DeliveryFeedback(
    string TenantName, string MessageId, string Recipient, DateTimeOffset SentAt, FeedbackKind Kind)
{
    /// <summary>Which tenant of that name; 0 when only the name is known, and the time decides.</summary>
    public long TenantKey { get; init; }

    /// <summary>The state that the unit left in; what was told of it since then is known to its tenant.</summary>
    public UnitState Previous { get; init; }

    /// <inheritdoc cref="TenantEvent.InDoubt"/>
    public bool InDoubt { get; init; }

    public BounceSubType BounceSubType { get; init; }

    /// <summary>The feedback-type of an ARF report (RFC 5965): abuse, fraud, not-spam, virus, other.</summary>
    public string? ComplaintType { get; init; }

    /// <summary>Of an open or a click. The recipient is empty then: all of a message have the same body.</summary>
    public Core.Tenants.Engagement? Engagement { get; init; }

    /// <summary>Of an open or a click: nothing of the kind was told of the message before. Its tenant finds out.</summary>
    public bool IsFirst { get; init; }

    public string? Diagnostic { get; init; }

    /// <summary>What the recipient changed; null when that is not known.</summary>
    public SubscriptionChange? Subscription { get; init; }

    /// <summary>Of a mailbox simulator's answer: told to the sender, in no rate.</summary>
    public bool Simulated { get; init; }

    /// <summary>The domain that the message was sent for; null when that is not known.</summary>
    public string? SendingDomain { get; init; }
}
