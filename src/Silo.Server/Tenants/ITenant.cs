using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Core.QueueControl;
using Silo.Core.Suppression;
using Silo.Core.Tenants;
using Silo.Core.Trust;

namespace Silo.Server.Tenants;

/// <summary>Reaches any tenant by name, wherever its actor lives. Getting one costs nothing and proves nothing about its existence.</summary>
public interface ITenants
{
    /// <param name="name">A valid tenant name, or <see cref="TenantName.Account"/>.</param>
    ITenant Get(string name);
}

/// <summary>
/// One tenant, as everything sees it that may be on another silo: the HTTP and SMTP edges, feedback, a .NET cluster client.
/// One call at a time. Expected outcomes are values; only infrastructure throws: <see cref="Storage.StorageException"/>, after which it is
/// not known whether the call holds, and <see cref="Embedded.ActorBusyException"/>, after which it does not. No properties and no generics,
/// so that a grain interface can inherit it as it is.
/// </summary>
public interface ITenant
{
    /// <summary>Creates the tenant. It starts ENABLED, with the standard policy (SES developer guide, tenants).</summary>
    ValueTask<CreateTenantReply> Create(CreateTenant command, CancellationToken cancellationToken);

    /// <summary>The tenant as it stands, or null when there is none.</summary>
    ValueTask<TenantDescription?> Describe(CancellationToken cancellationToken);

    /// <summary>What the tenant used by day and month, exactly as its events tell it; null when there is none.</summary>
    ValueTask<TenantUsageReport?> ReadUsage(CancellationToken cancellationToken);

    /// <summary>Pauses, cancels the queue with events, then removes the tenant and its associations. False when there was none.</summary>
    ValueTask<bool> Delete(CancellationToken cancellationToken);

    /// <summary>Allows the tenant to use a resource of the account.</summary>
    ValueTask<AssociationReply> Associate(string resourceArn, CancellationToken cancellationToken);

    /// <summary>Takes a permission back. Removing one that does not exist succeeds.</summary>
    ValueTask<AssociationReply> Dissociate(string resourceArn, CancellationToken cancellationToken);

    /// <summary>Sets the suppression scope and reasons; null clears them (account scope). False when there is no such tenant.</summary>
    ValueTask<bool> SetSuppression(TenantSuppression? suppression, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces the tenant's own limits, which hold from the next hand-over and the next send on. False when there is no such tenant. The values must be in
    /// their ranges: whoever asks a person for them checks that.
    /// </summary>
    ValueTask<bool> SetLimits(TenantLimits limits, CancellationToken cancellationToken);

    /// <summary>
    /// Gives the tenant a warm-up, in place of any before; null ends it. It holds when this completes, also for permits that were given
    /// before. With the start of the one before it goes on from where that was; else it begins, and counts what leaves from now on. False
    /// when there is no such tenant, or nothing to end. Its values must be in their ranges.
    /// </summary>
    ValueTask<bool> SetWarmUp(TenantWarmUp? warmUp, CancellationToken cancellationToken);

    /// <summary>
    /// Puts an order about queued mail in force. Completes when it is on disk and nothing that it means can begin to leave any more; the queue
    /// is brought in line with it afterwards, however long it is. One that is in force already is acknowledged again.
    /// </summary>
    ValueTask<QueueOrderReply> OrderQueue(QueueOrder order, CancellationToken cancellationToken);

    /// <summary>Takes an order back: what it holds leaves in its turn, what it has cancelled stays so. False when there is none.</summary>
    ValueTask<bool> EndQueueOrder(string orderId, CancellationToken cancellationToken);

    /// <summary>
    /// Sets the customer-managed or the platform-managed record. A change to DISABLED is acknowledged when it is on disk and no message of the
    /// tenant can begin to leave any more; dialogues that had begun are not waited for.
    /// </summary>
    ValueTask<StandingReply> SetStatus(SetStatus command, CancellationToken cancellationToken);

    /// <summary>
    /// Sets the reputation policy. A stricter one acts at once on open findings, but for those that a reinstatement set aside; a milder one
    /// lifts no pause.
    /// </summary>
    ValueTask<StandingReply> SetPolicy(SetPolicy command, CancellationToken cancellationToken);

    /// <summary>
    /// A policy of the platform's own has changed: the tenant goes by it when this completes. False when it does not use it.
    /// </summary>
    ValueTask<bool> FollowPolicy(string policyName, CancellationToken cancellationToken);

    /// <summary>
    /// Brings the tenant's roll-ups up to date: completes when what they say of events so far is stored. Answers the tenant's key, 0 when
    /// there is no such tenant.
    /// </summary>
    ValueTask<long> WriteRollUps(CancellationToken cancellationToken);

    /// <summary>
    /// Takes a report of third parties about the tenant: spam traps, abuse, blocklists. Completes when it and what follows from it is on disk;
    /// the tenant takes other calls meanwhile. False when there is no such tenant. Its values must be in their ranges.
    /// </summary>
    ValueTask<bool> TakeReport(Core.Reputation.ExternalReport report, CancellationToken cancellationToken);

    /// <summary>
    /// How far the tenant is trusted, after a look at its trust tier and its review. Null when there is no such tenant.
    /// </summary>
    ValueTask<TenantTrustReport?> Trust(CancellationToken cancellationToken);

    /// <summary>Moves the tenant to a trust tier, whatever it has shown, or out of all.</summary>
    ValueTask<TrustReply> SetTrust(SetTrust command, CancellationToken cancellationToken);

    /// <summary>Takes a person's answer to what is asked about the tenant.</summary>
    ValueTask<TrustReply> DecideReview(TrustDecision decision, CancellationToken cancellationToken);

    /// <summary>What the tenant's findings come from: volumes by window and mailbox provider, history. Null when there is no such tenant.</summary>
    ValueTask<TenantReputation?> Reputation(CancellationToken cancellationToken);

    /// <summary>The tenant's own checks of a send, without sending: existence, associations, status, plan quotas.</summary>
    ValueTask<AdmissionRefusal> Check(SendScope scope, CancellationToken cancellationToken);

    /// <summary>What the tenant's mail has to pass, and how much of it is in use. Null when there is no such tenant.</summary>
    ValueTask<TenantBudgets?> Budgets(CancellationToken cancellationToken);

    /// <summary>Why a message has not left yet, for each of its deliveries that is queued. Null when there is no such tenant.</summary>
    /// <param name="acceptedAt">No later than it was accepted; the nearer to that, the shorter the search.</param>
    ValueTask<MessageExplanation?> Explain(string messageId, DateTimeOffset acceptedAt, CancellationToken cancellationToken);

    /// <summary>
    /// Decides about a composed message and, when it is admitted, numbers and stores it. Completes when it is on disk; the tenant takes
    /// other calls meanwhile.
    /// </summary>
    ValueTask<Admission> Admit(AdmitMessage message, CancellationToken cancellationToken);

    /// <summary>
    /// Takes feedback about mail that left earlier. Completes when it is on disk; the tenant takes other calls meanwhile.
    /// </summary>
    ValueTask Report(IReadOnlyList<Delivery.DeliveryFeedback> feedback, CancellationToken cancellationToken);

    /// <summary>Looks after findings that close when time passes without a bad outcome.</summary>
    ValueTask Review(CancellationToken cancellationToken);

    /// <summary>
    /// Brings the tenant to life on the silo that is to own it, which then serves its queue. False when there is no such tenant.
    /// </summary>
    ValueTask<bool> Wake(CancellationToken cancellationToken);
}

/// <param name="TenantId">The id to give it: "tn-" and 30 hex digits.</param>
public sealed record CreateTenant(string TenantId, TenantSuppression? Suppression, IReadOnlyList<Storage.ResourceTag> Tags);

public enum CreateTenantResult
{
    Created,
    NameTaken,
    LimitReached,
}

public sealed record CreateTenantReply(CreateTenantResult Result, TenantDescription? Tenant);

public enum AssociationReply
{
    Done,
    AlreadyAssociated,
    NoSuchTenant,
    NoSuchResource,
    LimitReached,
}

/// <param name="Origin">Whose record is set.</param>
/// <param name="Cause">1 to 512 characters.</param>
/// <param name="TenantId">When given, the call is for the tenant with this id only: one re-created under the name is another.</param>
public sealed record SetStatus(
    Core.Suspension.StatusOrigin Origin, Core.Suspension.SendingStatus Status, string Cause, string? TenantId = null)
{
    /// <summary>
    /// Of a resume, 0 to 365 days: mail accepted longer ago is expired with an event, not sent: a password reset of last week must not leave.
    /// Null sends all that waits.
    /// </summary>
    public TimeSpan? MaxAge { get; init; }
}

public sealed record SetPolicy(Core.Suspension.ReputationPolicy Policy, string? TenantId = null)
{
    /// <summary>The name of a policy of the platform's own, which then holds instead. Null for one of SES's.</summary>
    public string? CustomName { get; init; }
}

/// <param name="Exists">False: no such tenant, nothing was done.</param>
/// <param name="DialoguesBegun">After a pause: hand-overs that had begun and may still finish.</param>
public sealed record StandingReply(bool Exists, Core.Suspension.SendingStatus Aggregate, int DialoguesBegun)
{
    /// <summary>The tenant was to go by a policy that does not exist: nothing was done.</summary>
    public bool NoSuchPolicy { get; init; }
}

/// <summary>What a send uses: each must be associated with the tenant (SES developer guide, tenants).</summary>
/// <param name="ResourceArns">Identity, configuration set, template; those that apply. The account tenant needs none.</param>
public sealed record SendScope(IReadOnlyList<string> ResourceArns)
{
    /// <summary>Of a check without sending: how many it would have, 1 to 50.</summary>
    public int Recipients { get; init; } = 1;
}

public enum AdmissionResult
{
    Admitted,
    NoSuchTenant,

    /// <summary>Resources are missing; they are all named.</summary>
    NotAssociated,

    /// <summary>The tenant's status forbids it.</summary>
    Disabled,

    /// <summary>The tenant's backlog is at its cap; try again later.</summary>
    BacklogFull,

    /// <summary>Its recipients are more than a plan quota of the tenant has left; <see cref="AdmissionRefusal.Quota"/> says which.</summary>
    OverQuota,

    /// <summary>Its key came with another send already.</summary>
    KeyInUse,
}

/// <param name="TenantArn">Null without such a tenant.</param>
public sealed record AdmissionRefusal(AdmissionResult Result, string? TenantArn, IReadOnlyList<string> MissingArns)
{
    /// <summary>With <see cref="AdmissionResult.OverQuota"/>.</summary>
    public PlanRefusal? Quota { get; init; }
}

/// <param name="Envelope">The message id and all else about it but its bytes.</param>
/// <param name="Recipients">Those that get it: one delivery unit each.</param>
/// <param name="Suppressed">Those that are accepted and bounced at once.</param>
public sealed record AdmitMessage(
    SendScope Scope, Envelope Envelope, ReadOnlyMemory<byte> Content, IReadOnlyList<string> Recipients,
    IReadOnlyList<SuppressedRecipient> Suppressed)
{
    /// <inheritdoc cref="Storage.MessageAppend.Stream"/>
    public MailStream Stream { get; init; } = MailStream.Normal;

    /// <inheritdoc cref="Storage.MessageAppend.Pool"/>
    public string? Pool { get; init; }

    /// <summary>Null when no recipient is on a list.</summary>
    public SuppressionTerms? Suppression { get; init; }

    /// <summary>What records of its events will say of it; null when nobody is told of them.</summary>
    public ReadOnlyMemory<byte>? Facts { get; init; }

    /// <summary>No message came of the send: its template could not be filled in. There are no recipients then, and no content.</summary>
    public RenderingFailure? RenderingFailure { get; init; }

    /// <summary>
    /// Those that are accepted and rejected at once for the content. Beside <see cref="Recipients"/>, so that a silo that does not know them
    /// sends them nothing either.
    /// </summary>
    public IReadOnlyList<string> Rejected { get; init; } = [];

    /// <summary>Null when no content checker was asked.</summary>
    public ContentScore? Score { get; init; }

    /// <summary>What a repetition of the same call is told by; null when there is nothing to tell one by.</summary>
    public Storage.SendKey? Key { get; init; }
}

/// <param name="TemplateName">Null for a template that came with the send.</param>
/// <param name="Reason">A sentence for the sender, up to 1,000 characters.</param>
public sealed record RenderingFailure(string? TemplateName, string Reason);

public sealed record SuppressedRecipient(string Address, BounceSubType BounceSubType);

/// <summary>By which recipients of a send who are on a list get nothing: the tenant's own settings come to it.</summary>
/// <param name="Listed">What the account's list and the tenant's hold of the recipients.</param>
/// <param name="AccountReasons">BOUNCE, COMPLAINT.</param>
public sealed record SuppressionTerms(IReadOnlyList<ListedAddress> Listed, IReadOnlyList<string> AccountReasons)
{
    /// <summary>What the configuration set says: TENANT or ACCOUNT; null for nothing.</summary>
    public string? SetScope { get; init; }

    /// <summary>What the configuration set says; null for nothing.</summary>
    public IReadOnlyList<string>? SetReasons { get; init; }
}

/// <param name="Refusal">Null when the message was accepted, and then it is on disk.</param>
public sealed record Admission(AdmissionRefusal? Refusal)
{
    /// <summary>Nothing was accepted now: the same call was before, and this is its message.</summary>
    public string? EarlierId { get; init; }
}

/// <summary>How an order about queued mail was taken.</summary>
public enum QueueOrderResult
{
    InForce,
    NoSuchTenant,

    /// <summary>As many as a tenant may have are in force.</summary>
    TooMany,

    /// <summary>Mail of the tenant is still being rerouted by another order.</summary>
    OtherReroute,
}

/// <param name="DialoguesBegun">Hand-overs of the tenant that had begun and may still finish.</param>
public sealed record QueueOrderReply(QueueOrderResult Result, int DialoguesBegun);
