using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Tenants;

namespace Silo.Server.Tenants;

/// <summary>Reaches any tenant by name, wherever its actor lives. Getting one costs nothing and proves nothing about its existence.</summary>
public interface ITenants
{
    /// <param name="name">A valid tenant name, or <see cref="TenantName.Account"/>.</param>
    ITenant Get(string name);
}

/// <summary>
/// One tenant, as everything else in Silo sees it: the HTTP and SMTP edges, the dispatcher, feedback, a .NET cluster client.
/// One call at a time. Expected outcomes are values; only infrastructure throws (<see cref="Storage.StorageException"/>), and then
/// nothing of the call holds. No properties and no generics, so that a grain interface can inherit it as it is.
/// </summary>
public interface ITenant
{
    /// <summary>Creates the tenant. It starts ENABLED, with the standard policy (SES developer guide, tenants).</summary>
    ValueTask<CreateTenantReply> Create(CreateTenant command, CancellationToken cancellationToken);

    /// <summary>The tenant as it stands, or null when there is none.</summary>
    ValueTask<TenantDescription?> Describe(CancellationToken cancellationToken);

    /// <summary>Pauses, cancels the queue with events, then removes the tenant and its associations. False when there was none.</summary>
    ValueTask<bool> Delete(CancellationToken cancellationToken);

    /// <summary>Allows the tenant to use a resource of the account.</summary>
    ValueTask<AssociationReply> Associate(string resourceArn, CancellationToken cancellationToken);

    /// <summary>Takes a permission back. Removing one that does not exist succeeds.</summary>
    ValueTask<AssociationReply> Dissociate(string resourceArn, CancellationToken cancellationToken);

    /// <summary>Sets the suppression scope and reasons; null clears them (account scope). False when there is no such tenant.</summary>
    ValueTask<bool> SetSuppression(TenantSuppression? suppression, CancellationToken cancellationToken);

    /// <summary>
    /// Sets the customer-managed or the platform-managed record. A change to DISABLED is acknowledged when it is on disk and no message of the
    /// tenant can begin to leave any more; dialogues that had begun are not waited for.
    /// </summary>
    ValueTask<StandingReply> SetStatus(SetStatus command, CancellationToken cancellationToken);

    /// <summary>Sets the reputation policy. Findings that are open are judged by it at the next finding, not at once.</summary>
    ValueTask<StandingReply> SetPolicy(SetPolicy command, CancellationToken cancellationToken);

    /// <summary>The tenant's own checks of a send, without sending: existence, associations, status.</summary>
    ValueTask<AdmissionRefusal> Check(SendScope scope, CancellationToken cancellationToken);

    /// <summary>
    /// Decides about a composed message and, when it is admitted, numbers it and puts it in line for the disk. It is accepted only
    /// when <see cref="Admission.Ticket"/> has committed.
    /// </summary>
    ValueTask<Admission> Admit(AdmitMessage message, CancellationToken cancellationToken);

    /// <summary>Permits for hand-overs that may start now, and the instant from which to ask for more.</summary>
    ValueTask<Permits> Permit(PermitRequest request, CancellationToken cancellationToken);

    /// <summary>Takes the outcomes of hand-overs; answers the ticket of the commit that settles them, or 0 when nothing was to be stored.</summary>
    ValueTask<long> Record(OutcomeBatch batch, CancellationToken cancellationToken);

    /// <summary>Takes feedback about mail that left earlier; answers the ticket of its commit, or 0 when nothing was to be stored.</summary>
    ValueTask<long> Report(IReadOnlyList<Delivery.DeliveryFeedback> feedback, CancellationToken cancellationToken);

    /// <summary>Marks units that were in hand when an earlier process ended: back to the queue as possible duplicates, or set aside.</summary>
    ValueTask<long> Recover(IReadOnlyList<Storage.UnsettledUnit> units, CancellationToken cancellationToken);

    /// <summary>
    /// Looks after findings that close when time passes without a bad outcome. Answers the ticket of what was decided, or 0.
    /// </summary>
    ValueTask<long> Review(CancellationToken cancellationToken);

    /// <summary>Puts the current state in line for the disk, so that the log need not be replayed from further back.</summary>
    ValueTask<long> Checkpoint(CancellationToken cancellationToken);
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
    Core.Suspension.StatusOrigin Origin, Core.Suspension.SendingStatus Status, string Cause, string? TenantId = null);

public sealed record SetPolicy(Core.Suspension.ReputationPolicy Policy, string? TenantId = null);

/// <param name="Exists">False: no such tenant, nothing was done.</param>
/// <param name="DialoguesBegun">After a pause: hand-overs that had begun and may still finish.</param>
public sealed record StandingReply(bool Exists, Core.Suspension.SendingStatus Aggregate, int DialoguesBegun);

/// <summary>What a send uses: each must be associated with the tenant (SES developer guide, tenants).</summary>
/// <param name="ResourceArns">Identity, configuration set, template; those that apply. The account tenant needs none.</param>
public sealed record SendScope(IReadOnlyList<string> ResourceArns);

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
}

/// <param name="TenantArn">Null without such a tenant.</param>
public sealed record AdmissionRefusal(AdmissionResult Result, string? TenantArn, IReadOnlyList<string> MissingArns);

/// <param name="Envelope">The message id and all else about it but its bytes.</param>
/// <param name="Recipients">Those that get it: one delivery unit each.</param>
/// <param name="Suppressed">Those that are accepted and bounced at once.</param>
public sealed record AdmitMessage(
    SendScope Scope, Envelope Envelope, ReadOnlyMemory<byte> Content, IReadOnlyList<string> Recipients,
    IReadOnlyList<SuppressedRecipient> Suppressed);

public sealed record SuppressedRecipient(string Address, BounceSubType BounceSubType);

/// <param name="Ticket">To wait for with <see cref="Storage.ISpool.WhenCommitted"/> before the sender is told.</param>
public sealed record Admission(AdmissionRefusal? Refusal, long Ticket);

/// <summary>What became of permits since the tenant was told last; each is told once.</summary>
/// <param name="Started">Hand-overs that passed the gate: their permits are spent.</param>
/// <param name="Unused">Permits with which nothing started: they are given back.</param>
/// <param name="InHand">Units that are released and whose outcome is not known, now.</param>
public readonly record struct PermitUse(int Started, int Unused, int InHand);

/// <param name="Wanted">Hand-overs that could start now; 0 only tells what became of earlier permits.</param>
public sealed record PermitRequest(int Wanted, PermitUse Use);

/// <param name="Granted">Hand-overs that may start now; 0 while paused.</param>
/// <param name="AskAgainAt">When to ask again if fewer were granted than wanted; null while only a change of status can help.</param>
public sealed record Permits(int Granted, DateTimeOffset? AskAgainAt);

/// <param name="Unit">As released.</param>
/// <param name="Envelope">Null when the message was gone or could not be read.</param>
/// <param name="StartedAt">When the hand-over began; null when it did not.</param>
public sealed record Outcome(
    Storage.QueuedUnit Unit, Envelope? Envelope, long ReleaseId, DeliveryResult Result, DateTimeOffset? StartedAt, DateTimeOffset EndedAt)
{
    /// <summary>The spool holds no message for the unit any more.</summary>
    public bool MessageIsGone { get; init; }
}

/// <param name="TenantKey">Whose units these are: outcomes for a tenant that was deleted since then are dropped.</param>
public sealed record OutcomeBatch(long TenantKey, IReadOnlyList<Outcome> Outcomes, PermitUse Use);
