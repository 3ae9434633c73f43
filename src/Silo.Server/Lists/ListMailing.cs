using Silo.Core.Contacts;
using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Core.Tenants;
using Silo.Server.Access;
using Silo.Server.Accounts;
using Silo.Server.Intake;
using Silo.Server.PublicWeb;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Lists;

/// <summary>
/// What a send gets on its way in because of a contact list or a bulk stream: who of its recipients wants none, links and headers to
/// unsubscribe by, the Feedback-ID (decision 23). Never a link on mail of other streams that names no list.
/// </summary>
/// <param name="addsFeedbackId">False where the way out puts on its own.</param>
internal sealed partial class ListMailing(
    ISiloStore store, ContactLists lists, ITenants tenants, LinkTokens tokens, PublicLinks links, UnsubscribeMail mail,
    UnsubscribeOptions options, FeedbackIdOptions feedbackId, bool addsFeedbackId, ILogger<ListMailing> log)
{
    private const string Unsubscribe = "List-Unsubscribe";
    private const string UnsubscribePost = "List-Unsubscribe-Post";
    private const string Disabled = "DISABLED";

    private int _told;

    public async ValueTask<Mailing> Prepare(
        SendDraft draft, SendUse use, string tenantName, string messageId, CancellationToken cancellationToken)
    {
        var headers = new List<MessageHeader>(3);
        var isBulk = MailStreamName.Parse(use.Set?.Stream) == MailStream.Bulk;
        var mailing = Mailing.Plain;
        if (draft.ListManagement is { } management)
        {
            mailing = await ForList(draft, management, tenantName, cancellationToken);
            if (mailing.Refusal is not null) return mailing;
        }

        if (isBulk)
        {
            var optedOut = await store.OptOuts.Find(tenantName, draft.Recipients, cancellationToken);
            if (optedOut.Count > 0) mailing = mailing with { OptedOut = [.. mailing.OptedOut.Union(optedOut)] };
        }

        // One link is one recipient's: in a message to several each could unsubscribe the others.
        if (draft.Recipients is [var only] && (mailing.List is not null || (isBulk && AddsToBulk(draft, use.Set))))
        {
            var link = new UnsubscribeLink(tenantName, mailing.List?.Name, draft.ListManagement?.TopicName, only, messageId);
            if (link.Write(tokens) is { } token)
            {
                mailing = mailing with { UnsubscribeUrl = links.To(UnsubscribeLink.Path + token) };
                AddHeaders(headers, mailing.UnsubscribeUrl, token, draft);
            }
        }

        if (addsFeedbackId && feedbackId.Enabled && !Has(draft, FeedbackId.Header))
            headers.Add(new MessageHeader(FeedbackId.Header, FeedbackId.Of(draft.Tags, use.Set?.Name, tenantName, feedbackId.SenderId)));
        return mailing with { Headers = headers };
    }

    /// <summary>Puts recipients on the list who were not; the message is on disk already, so what fails here is told and no more.</summary>
    public async ValueTask TakeUp(Mailing mailing, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (mailing.List is not { } list) return;
        try
        {
            foreach (var address in mailing.NewContacts)
                await lists.Add(list, new Contact(address, now), cancellationToken);
        }
        catch (Exception e) when (e is StorageException or OperationCanceledException)
        {
            LogNotAdded(log, mailing.NewContacts.Count, list.Name, e);
        }
    }

    private async ValueTask<Mailing> ForList(
        SendDraft draft, ListManagement management, string tenantName, CancellationToken cancellationToken)
    {
        // A list of another tenant and one that does not exist are the same to a sender.
        if (await Find(draft.Request, management.ContactListName, tenantName, cancellationToken) is not { } list)
            return Refuse(SendRefusal.NotFound, $"List with name: {Shown(management.ContactListName)} doesn't exist.");
        if (management.TopicName is { } topic && list.Find(topic) is null)
            return Refuse(SendRefusal.BadRequest, $"List {list.Name} has no topic {Shown(topic)}.");
        var contacts = (await store.Contacts.Find(list.Id, draft.Recipients, cancellationToken)).ToDictionary(c => Contact.Fold(c.Address));
        return Mailing.Plain with
        {
            List = list,
            OptedOut = [.. draft.Recipients.Where(r =>
                Subscriptions.StatusOf(list, contacts.GetValueOrDefault(Contact.Fold(r)), management.TopicName) == SubscriptionStatus.OptOut)],
            NewContacts = [.. draft.Recipients.Where(r => !contacts.ContainsKey(Contact.Fold(r)))],
        };
    }

    private async ValueTask<ContactList?> Find(SendRequest request, string name, string tenantName, CancellationToken cancellationToken)
    {
        if (tenantName != TenantName.Account && await tenants.Get(tenantName).Describe(cancellationToken) is { } tenant
            && await lists.GetOf(tenantName, tenant.TenantId, name, cancellationToken) is { } own) return own;
        // Who has not logged in acts for the tenant that he must name, and may no more than that tenant's keys.
        return request is { Caller: not { Kind: CredentialKind.Tenant }, Smtp: not { MustNameTenant: true } }
            && await lists.Get(name, cancellationToken) is { TenantName: null } ofAccount
            ? ofAccount
            : null;
    }

    private bool AddsToBulk(SendDraft draft, ConfigurationSet? set)
    {
        if (!options.BulkStreams || set?.UnsubscribeLinks == Disabled || Has(draft, Unsubscribe)) return false;
        if (links.IsHttps) return true;
        TellOnce();
        return false;
    }

    private void AddHeaders(List<MessageHeader> headers, string url, string token, SendDraft draft)
    {
        // What its sender has signed stays as it is: a changed header would break the signature.
        if (draft.HasOwnSignature) return;
        // The link first: mail programs prefer what comes first (RFC 2369 2).
        var both = $"<{url}>, <{mail.UriOf(token)}>";
        var fits = mail.UriOf(token) is not null && Unsubscribe.Length + both.Length <= MessageLimits.MaxHeaderNameAndValueCharacters;
        headers.Add(new MessageHeader(Unsubscribe, fits ? both : $"<{url}>"));
        if (links.IsHttps) headers.Add(new MessageHeader(UnsubscribePost, "List-Unsubscribe=One-Click"));
        else TellOnce();
    }

    private void TellOnce()
    {
        if (Interlocked.Exchange(ref _told, 1) == 0) LogNoHttps(log, links.Base);
    }

    private static bool Has(SendDraft draft, string name) => draft.Request.Content switch
    {
        SimpleContent simple => simple.Headers.Any(h => name.Equals(h.Name, StringComparison.OrdinalIgnoreCase)),
        TemplateContent template => template.Headers.Any(h => name.Equals(h.Name, StringComparison.OrdinalIgnoreCase)),
        _ => draft.Raw?.Headers.Any(h => name.Equals(h.Name, StringComparison.OrdinalIgnoreCase)) == true,
    };

    private static Mailing Refuse(SendRefusal refusal, string message) => new() { Refusal = SendReply.Refused(refusal, message) };

    private static string Shown(string text) => text.Length <= 64 ? text : text[..64] + "…";

    [LoggerMessage(4504, LogLevel.Warning, "{Count} recipients could not be put on the contact list {List}; their mail is on its way")]
    private static partial void LogNotAdded(ILogger logger, int count, string list, Exception exception);

    [LoggerMessage(4505, LogLevel.Warning,
        "Links lead to {Base}, which is not https: mail leaves without one-click unsubscribing (RFC 8058). Set Silo:Public:BaseUrl")]
    private static partial void LogNoHttps(ILogger logger, string @base);
}
