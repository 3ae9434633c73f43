using Microsoft.AspNetCore.Http.Features;
using Silo.Core.Contacts;
using Silo.Core.Messages;
using Silo.Server.Delivery;
using Silo.Server.PublicWeb;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Lists;

/// <summary>
/// The pages behind links to unsubscribe. Looking changes nothing, since scanners follow every link of a message; a POST does, at once and
/// without cookies or redirects (RFC 8058). The token is all that is asked for: who has the mail may leave.
/// </summary>
internal sealed class UnsubscribePages(ISiloStore store, ContactLists lists, ITenants tenants, LinkTokens tokens, TimeProvider time)
{
    // What clocks of several machines differ by.
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    private const string OneClickName = "List-Unsubscribe";
    private const string OneClickValue = "One-Click";

    private static readonly FormOptions Limits = new()
    {
        BufferBody = false, ValueCountLimit = 64, KeyLengthLimit = 128, ValueLengthLimit = 256, MultipartBodyLengthLimit = 16 * 1024,
    };

    public async Task Show(HttpContext context)
    {
        if (!UnsubscribeLink.TryRead(tokens, context.Token(), out var link))
        {
            await Write(context, StatusCodes.Status404NotFound, PreferencePage.Unknown(PageText.For(context)));
            return;
        }

        await Write(context, StatusCodes.Status200OK, await Page(context, link));
    }

    public async Task Take(HttpContext context)
    {
        if (!UnsubscribeLink.TryRead(tokens, context.Token(), out var link))
        {
            await Write(context, StatusCodes.Status404NotFound, PreferencePage.Unknown(PageText.For(context)));
            return;
        }

        if (await Form(context) is not { } form)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var isOneClick = form[OneClickName] == OneClickValue;
        if (!isOneClick && form["do"].ToString() is not ("save" or "leave" or "return"))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var token = context.RequestAborted;
        if (link.ListName is null) await ChangeOptOut(link, isOneClick || form["do"] != "return", isOneClick, token);
        else await ChangeContact(link, isOneClick ? null : form, token);
        var text = PageText.For(context);
        await Write(context, StatusCodes.Status200OK, isOneClick ? PreferencePage.Done(text) : await Page(context, link, text.Saved));
    }

    private async ValueTask<string> Page(HttpContext context, UnsubscribeLink link, string? notice = null)
    {
        var (text, token) = (PageText.For(context), context.RequestAborted);
        if (link.ListName is null)
        {
            var isOut = (await store.OptOuts.Find(link.TenantName, [link.Address], token)).Count > 0;
            return PreferencePage.OfBulk(text, link.Address, isOut, notice);
        }

        return await ListOf(link, token) is { } list
            ? PreferencePage.OfList(text, list, await lists.Find(list, link.Address, token), link.Address, notice)
            : PreferencePage.Done(text);
    }

    private async ValueTask ChangeOptOut(UnsubscribeLink link, bool leaves, bool isOneClick, CancellationToken cancellationToken)
    {
        var changed = leaves
            ? await store.OptOuts.Add(link.TenantName, new OptOut(link.Address, time.GetUtcNow(), link.MessageId), cancellationToken)
            : await store.OptOuts.Delete(link.TenantName, link.Address, cancellationToken);
        var (before, after) = (new SubscriptionState(leaves ? !changed : changed, [], []), new SubscriptionState(leaves, [], []));
        await Tell(link, leaves, new SubscriptionChange(null, SourceOf(isOneClick), before, after), cancellationToken);
    }

    /// <param name="form">Null for one click.</param>
    private async ValueTask ChangeContact(UnsubscribeLink link, IFormCollection? form, CancellationToken cancellationToken)
    {
        // A list that is gone, nobody can be sent mail of.
        if (await ListOf(link, cancellationToken) is not { } list) return;
        var now = time.GetUtcNow();
        var change = await lists.ChangeContact(list, link.Address, before =>
        {
            var contact = before ?? new Contact(link.Address, now);
            return form is null ? Subscriptions.Unsubscribe(contact, list.Find(link.TopicName ?? "") is null ? null : link.TopicName, now)
                : form["do"] == "save" ? Subscriptions.Prefer(contact, Chosen(list, form), now) with { UnsubscribeAll = false }
                : contact with { UnsubscribeAll = form["do"] == "leave", UpdatedAt = now };
        }, cancellationToken);
        if (change.Result == Accounts.ResourceChange.Contended) throw new StorageException("The contact kept being changed by others.");
        var wanted = StatusOf(list, change.Before, link);
        var told = new SubscriptionChange(
            list.Name, SourceOf(form is null),
            Subscriptions.StateOf(list, change.Before ?? new Contact(link.Address, now)), Subscriptions.StateOf(list, change.After!));
        var leaves = StatusOf(list, change.After, link) == SubscriptionStatus.OptOut && (form is null || wanted == SubscriptionStatus.OptIn);
        await Tell(link, leaves, told, cancellationToken);
    }

    private static SubscriptionStatus StatusOf(ContactList list, Contact? contact, UnsubscribeLink link) =>
        Subscriptions.StatusOf(list, contact, link.TopicName);

    private static IReadOnlyList<TopicPreference> Chosen(ContactList list, IFormCollection form)
    {
        var chosen = form["topic"];
        return [.. list.Topics.Select(t =>
            new TopicPreference(t.TopicName, chosen.Contains(t.TopicName) ? SubscriptionStatus.OptIn : SubscriptionStatus.OptOut))];
    }

    /// <summary>
    /// Tells the tenant whose mail it was. One who leaves is told of again when it is asked again, in case the first time was lost: the
    /// tenant knows what it was told.
    /// </summary>
    private async ValueTask Tell(UnsubscribeLink link, bool leaves, SubscriptionChange change, CancellationToken cancellationToken)
    {
        if (!leaves && !change.IsChange) return;
        var sentAt = MessageIdFormat.TryGetAcceptedAt(link.MessageId, out var acceptedAt) ? acceptedAt : time.GetUtcNow();
        var feedback = new DeliveryFeedback(
            link.TenantName, link.MessageId, link.Address, sentAt, leaves ? FeedbackKind.Unsubscribed : FeedbackKind.PreferencesChanged)
        {
            Subscription = change,
        };
        await tenants.Get(link.TenantName).Report([feedback], cancellationToken);
    }

    private async ValueTask<ContactList?> ListOf(UnsubscribeLink link, CancellationToken cancellationToken)
    {
        // Mail of an earlier tenant of the name was not of this one's lists.
        if (await tenants.Get(link.TenantName).Describe(cancellationToken) is { } tenant && WasSentBy(tenant, link.MessageId)
            && await lists.GetOf(link.TenantName, tenant.TenantId, link.ListName!, cancellationToken) is { } own) return own;
        return await lists.Get(link.ListName!, cancellationToken) is { TenantName: null } ofAccount ? ofAccount : null;
    }

    private static bool WasSentBy(TenantDescription tenant, string messageId) =>
        !MessageIdFormat.TryGetAcceptedAt(messageId, out var acceptedAt) || acceptedAt >= tenant.CreatedAt - Between;

    private static string SourceOf(bool isOneClick) => isOneClick ? SubscriptionChange.Header : SubscriptionChange.Page;

    private static async ValueTask<IFormCollection?> Form(HttpContext context)
    {
        if (!context.Request.HasFormContentType) return null;
        try
        {
            return await new FormFeature(context.Request, Limits).ReadFormAsync(context.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static async Task Write(HttpContext context, int status, string html)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.Vary = "Accept-Language";
        await context.Response.WriteAsync(html, context.RequestAborted);
    }
}
