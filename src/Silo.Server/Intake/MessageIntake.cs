using System.Globalization;
using System.Security.Cryptography;
using Silo.Core.Addresses;
using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Core.Tenants;
using Silo.Server.Access;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Events;
using Silo.Server.Identities;
using Silo.Server.Intake.ContentCheck;
using Silo.Server.Intake.Repeats;
using Silo.Server.Lists;
using Silo.Server.Templates;
using Silo.Server.Tenants;
using Silo.Server.Tenants.Embedded;
using Silo.Server.Tracking;
using Silo.Server.Trust;
using Silo.Storage;

namespace Silo.Server.Intake;

/// <summary>
/// Takes a send from any edge to disk: resolves what it uses, lets the tenant decide, composes the message once, and answers when
/// the message is stored. Checks in the order of the service: shape, tenant, associations, status, switches, template, identity.
/// </summary>
public sealed class MessageIntake(
    ISiloStore store, ITenants tenants, AccountResources resources, Arns arns, RandomNumberGenerator random, TimeProvider time,
    EventDestinationWatch? destinations = null)
    : IMessageIntake
{
    private readonly Authorization _authorization = new(arns);
    private readonly BufferedRandom _random = new(random);

    /// <summary>Sees messages before they are accepted; null for none.</summary>
    internal ContentChecker? Content { get; init; }

    /// <summary>Stored templates; null where there are none.</summary>
    internal EmailTemplates? Templates { get; init; }

    /// <summary>Signs what leaves; null for nothing.</summary>
    internal DkimSigning? Signing { get; init; }

    /// <summary>What tenants' trust tiers say about that; null for nothing.</summary>
    internal TrustCoverage? Coverage { get; init; }

    /// <summary>What mail of lists and of bulk streams carries, and who gets none; null for neither.</summary>
    internal ListMailing? Lists { get; init; }
    /// <summary>Puts what opens and clicks are noticed by into mail; null for never.</summary>
    internal TrackingSetup? Tracking { get; init; }

    /// <summary>Whose mailboxes recipients have; null for what the domains say by the tables that ship.</summary>
    internal MailboxProviders? Providers { get; init; }

    /// <summary>Domains of mailbox simulators of our own: mail to them is in no metric, as that to the simulator of SES.</summary>
    internal IReadOnlySet<string> SimulatorDomains { get; init; } = new HashSet<string>();

    /// <summary>How far ahead mail may be scheduled.</summary>
    internal TimeSpan MaxScheduleAhead { get; init; } = SendSchedule.MostAhead;

    public async ValueTask<SendReply> Send(SendRequest request, CancellationToken cancellationToken)
    {
        if (request.Key is not { } key) return await SendNew(request, cancellationToken);
        // What was accepted is so, whatever would be said to it now.
        if (key.LookFirst && await EarlierSends.Find(store.Spool, key, time.GetUtcNow(), cancellationToken) is { } earlier) return earlier;
        var reply = await SendNew(request, cancellationToken);
        if (reply.Refusal == SendRefusal.Unavailable)
            return await EarlierSends.FindAfterFailure(store.Spool, key, time.GetUtcNow(), cancellationToken) ?? reply;
        return reply;
    }

    private async ValueTask<SendReply> SendNew(SendRequest request, CancellationToken cancellationToken)
    {
        if (!store.AcceptsWrites)
            return SendReply.Refused(SendRefusal.Unavailable, "The service cannot store messages now. Try again later.");
        var (draft, shape) = SendDraft.Read(request);
        if (draft is null) return shape!;
        if (request.Caller is { Kind: CredentialKind.Tenant } caller)
        {
            draft = draft with { TenantName = draft.TenantName ?? caller.TenantName };
            if (SendAccess.OfTenant(_authorization, draft) is { } foreign) return foreign;
        }

        var tenantName = draft.TenantName ?? TenantName.Account;
        if (draft.TenantName is not null && !TenantName.IsValid(draft.TenantName)) return NoSuchTenant(draft.TenantName);
        try
        {
            var tenant = tenants.Get(tenantName);
            var (reach, outside) = await SendReach.Of(draft, tenant, arns, cancellationToken);
            if (outside is not null) return outside;
            var use = await SendUse.Resolve(draft, reach, resources, Templates, arns, cancellationToken);
            if (SendAccess.Of(_authorization, draft, use.Scope.ResourceArns) is { } denied) return denied;
            if (use.Refusal is not null) return await TenantFirst(tenant, tenantName, use, cancellationToken) ?? use.Refusal;

            var acceptedAt = time.GetUtcNow();
            var (dueAt, unschedulable) = DueAt(draft, acceptedAt);
            if (unschedulable is not null) return unschedulable;
            var (mailing, stored, refusal) = await Compose(draft, use, tenantName, acceptedAt, dueAt, cancellationToken);
            if (mailing.Refusal is not null) return await TenantFirst(tenant, tenantName, use, cancellationToken) ?? mailing.Refusal;
            if (stored is null || (stored.Failure is not null && destinations?.Wants(use.Set?.Name, SesEventType.RenderingFailure) != true))
                return refusal!;
            var (verdict, uncheckable) = stored.Failure is null ? await Look(tenant, tenantName, use, stored, cancellationToken) : default;
            if (uncheckable is not null) return uncheckable;
            // Whoever has asked to be told of failed renderings is told, as by SES; others learn it from the answer.
            IReadOnlyList<string> recipients = stored.Failure is null && verdict.Result != ContentCheckResult.Rejected
                ? mailing.Wanting(stored.Envelope.Destination) : [];
            IReadOnlyList<string> rejected = verdict.Result == ContentCheckResult.Rejected ? mailing.Wanting(stored.Envelope.Destination) : [];
            var leaving = Signing is null || recipients.Count == 0 ? stored : await Signing.Sign(stored, use.Identity, cancellationToken);
            var admission = await tenant.Admit(
                new AdmitMessage(use.Scope, leaving.Envelope, leaving.Content, recipients, stored.Failure is null ? mailing.Suppressed : [])
                {
                    Rejected = rejected, Score = verdict.Score,
                    Stream = MailStreamName.Parse(use.Set?.Stream), Pool = use.Set?.DeliveryOptions?.SendingPoolName,
                    Suppression = stored.Failure is null
                        ? await SuppressionFor(tenantName, stored.Envelope.Destination, use, cancellationToken) : null,
                    RenderingFailure = stored.Failure,
                    Facts = FactsFor(stored, draft, mailing),
                    Key = request.Key?.Key,
                },
                cancellationToken);
            if (admission.Refusal is { Result: AdmissionResult.KeyInUse }) return EarlierSends.Conflict(request.Key!);
            if (admission.Refusal is not null) return Refused(tenantName, admission.Refusal);
            if (admission.EarlierId is { } earlier) return SendReply.Accepted(earlier);
            if (Lists is not null && stored.Failure is null) await Lists.TakeUp(mailing, acceptedAt, cancellationToken);
            return SendReply.Accepted(stored.Envelope.MessageId);
        }
        catch (StorageException)
        {
            return SendReply.Refused(SendRefusal.Unavailable, "The message could not be stored. Try again later.");
        }
        catch (ActorBusyException)
        {
            return SendReply.Refused(SendRefusal.TooManyRequests, "Too many sends of this tenant are waiting. Try again later.");
        }
    }

    /// <summary>What the tenant has against a send goes before what is wrong with the rest of it.</summary>
    private async ValueTask<SendReply?> TenantFirst(ITenant tenant, string tenantName, SendUse use, CancellationToken cancellationToken)
    {
        var verdict = await tenant.Check(use.Scope, cancellationToken);
        return verdict.Result == AdmissionResult.Admitted ? null : Refused(tenantName, verdict);
    }

    /// <summary>Null when nobody is told of the message.</summary>
    private ReadOnlyMemory<byte>? FactsFor(ComposedMessage message, SendDraft draft, Mailing mailing)
    {
        if (destinations?.WantsMail(message.Envelope.ConfigurationSetName) != true) return null;
        return MailFacts.Write(message.Envelope, message.Headers(draft, mailing), arns.AccountId, draft.Request.Origin);
    }

    /// <summary>What a content checker says, when it is to be asked; or why the message is not taken.</summary>
    private async ValueTask<(ContentVerdict Verdict, SendReply? Refusal)> Look(
        ITenant tenant, string tenantName, SendUse use, ComposedMessage message, CancellationToken cancellationToken)
    {
        if (Content is null) return default;
        var coverage = Coverage is null ? ContentCoverage.Sample : await Coverage.Of(tenantName, cancellationToken);
        if (!Content.Takes(coverage)) return default;
        // Nobody's mail is looked at that is refused anyway.
        if (await TenantFirst(tenant, tenantName, use, cancellationToken) is { } refused) return (default, refused);
        var verdict = await Content.Check(message.Envelope, message.Content, cancellationToken);
        return verdict.IsUnchecked && (Content.RefusesUnchecked || coverage == ContentCoverage.Always)
            ? (verdict, SendReply.Refused(SendRefusal.Unavailable, "The message could not be checked. Try again later."))
            : (verdict, null);
    }

    private async ValueTask<SuppressionTerms?> SuppressionFor(
        string tenantName, IReadOnlyList<string> recipients, SendUse use, CancellationToken cancellationToken)
    {
        var options = use.Set?.SuppressionOptions;
        if (options?.SuppressedReasons is { Count: 0 }) return null;
        var listed = await store.Suppressions.Find(tenantName, recipients, cancellationToken);
        if (listed.Count == 0) return null;
        return new SuppressionTerms(listed, (await resources.GetSettings(cancellationToken)).SuppressedReasons)
        {
            SetScope = options?.SuppressionScope, SetReasons = options?.SuppressedReasons,
        };
    }

    private SendReply Refused(string tenantName, AdmissionRefusal refusal) => refusal.Result switch
    {
        AdmissionResult.NotAssociated => SendReply.Refused(
            SendRefusal.AccessDenied, $"Tenant not associated with resources [{string.Join(", ", refusal.MissingArns)}]."),
        AdmissionResult.Disabled => SendReply.Refused(SendRefusal.MessageRejected, $"Sending disabled for {refusal.TenantArn}."),
        AdmissionResult.BacklogFull => SendReply.Refused(
            SendRefusal.TooManyRequests, $"Too many messages of {refusal.TenantArn} are waiting. Try again later."),
        AdmissionResult.OverQuota => SendReply.Refused(SendRefusal.QuotaExceeded, Sentence(refusal.Quota, refusal.TenantArn)),
        _ => NoSuchTenant(tenantName),
    };

    // SES's words for its own quota, and whose this one is.
    private static string Sentence(PlanRefusal? used, string? tenantArn) => used is null
        ? "Daily message quota exceeded."
        : string.Create(CultureInfo.InvariantCulture,
            $"{(used.Period == PlanPeriod.Day ? "Daily" : "Monthly")} message quota exceeded. {tenantArn} may send to {used.Limit} recipients per "
            + $"{(used.Period == PlanPeriod.Day ? "day" : "month")}; the next one begins at {used.EndsAt:yyyy-MM-ddTHH:mm:ssZ}.");

    private SendReply NoSuchTenant(string name) =>
        SendReply.Refused(SendRefusal.NotFound, $"Tenant {name} for AwsAccountId {arns.AccountId} not found.");

    /// <summary>Null for at once.</summary>
    private (DateTimeOffset? DueAt, SendReply? Refusal) DueAt(SendDraft draft, DateTimeOffset now)
    {
        if (draft.ScheduledFor is not { } instant) return (null, null);
        return SendSchedule.Check(instant, now, MaxScheduleAhead) is { } wrong
            ? (null, SendReply.Refused(SendRefusal.BadRequest, $"{wrong}."))
            : (instant > now ? instant : null, null);
    }

    /// <summary>
    /// The id of a message says what is tracked in it, and stands in the links that it is tracked by. So where there was less to track than was
    /// asked for, it is composed once more.
    /// </summary>
    private async ValueTask<(Mailing Mailing, ComposedMessage? Message, SendReply? Refusal)> Compose(
        SendDraft draft, SendUse use, string tenantName, DateTimeOffset acceptedAt, DateTimeOffset? dueAt, CancellationToken cancellationToken)
    {
        var asked = Tracking?.Asks(use.Set, draft.Request.Tracking) ?? MailTraits.None;
        var only = draft.Recipients is [var single] && !IsSimulated(single) ? single : null;
        for (var (told, again) = (asked, false); ; again = true)
        {
            var stamp = Stamp(draft, use, acceptedAt, dueAt, only, told);
            var mailing = Lists is null ? Mailing.Plain : await Lists.Prepare(draft, use, tenantName, stamp.MessageId, cancellationToken);
            if (mailing.Refusal is not null) return (mailing, null, null);
            var tracking = Tracking?.For(use.Set, asked, tenantName, stamp);
            var (message, refusal) = MessageComposition.Compose(draft, use, tenantName, stamp, mailing, tracking);
            var placed = tracking?.Placed ?? MailTraits.None;
            if (only is null || message is not { Failure: null } || placed == told || again) return (mailing, message, refusal);
            told = placed;
        }
    }

    private string ProviderOf(string recipient) => MailboxProvider.NameOf(recipient, Providers?.NameFor(recipient));

    private bool IsSimulated(string recipient) =>
        MailboxSimulator.IsOfSes(recipient) || SimulatorDomains.Contains(MailboxProvider.DomainOf(recipient));

    /// <param name="only">The only recipient of a message that counts in metrics; null for one that does not.</param>
    private MessageStamp Stamp(
        SendDraft draft, SendUse use, DateTimeOffset acceptedAt, DateTimeOffset? dueAt, string? only, MailTraits tracked)
    {
        Span<byte> bits = stackalloc byte[32];
        _random.GetBytes(bits);
        return new MessageStamp(
            MessageIdFormat.Create(
                acceptedAt, BitConverter.ToUInt128(bits), MailScope.Of(use.IdentityArn, use.Set?.Name).Number(),
                only is null ? MailTraits.None : MailTraits.Counted | tracked, only is null ? 0 : MailboxProvider.NumberOf(ProviderOf(only))),
            draft.From.Address.Domain, acceptedAt, BitConverter.ToUInt128(bits[16..])) { ScheduledFor = dueAt };
    }
}
