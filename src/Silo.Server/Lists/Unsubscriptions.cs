using Silo.Core.Contacts;
using Silo.Core.Messages;
using Silo.Server.Delivery;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Lists;

/// <summary>
/// Takes up what recipients wish, however they said it: first the wish is stored, then the tenant whose mail it was is told. When that
/// fails, the one who brought the wish brings it again, and it is told once.
/// </summary>
internal sealed class Unsubscriptions(ISiloStore store, ContactLists lists, ITenants tenants, TimeProvider time)
{
    // What clocks of several machines differ by.
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    /// <summary>By one click, or by a mail: all that the link is about.</summary>
    /// <exception cref="StorageException">It is not stored, or nobody could be told.</exception>
    public ValueTask Leave(UnsubscribeLink link, CancellationToken cancellationToken) =>
        link.ListName is null ? ChangeOptOut(link, leaves: true, SubscriptionChange.Header, cancellationToken)
            : ChangeContact(link, null, [], cancellationToken);

    /// <summary>By the page of preferences.</summary>
    /// <param name="what">"save", "leave" or "return".</param>
    /// <param name="topics">With "save": the topics that are wanted; all others are not.</param>
    /// <exception cref="StorageException">It is not stored, or nobody could be told.</exception>
    public ValueTask Prefer(UnsubscribeLink link, string what, IReadOnlyList<string?> topics, CancellationToken cancellationToken) =>
        link.ListName is null ? ChangeOptOut(link, what != "return", SubscriptionChange.Page, cancellationToken)
            : ChangeContact(link, what, topics, cancellationToken);

    /// <summary>The list that a link is about; null when it is gone, or is another tenant's now.</summary>
    public async ValueTask<ContactList?> ListOf(UnsubscribeLink link, CancellationToken cancellationToken)
    {
        // Mail of an earlier tenant of the name was not of this one's lists.
        if (await tenants.Get(link.TenantName).Describe(cancellationToken) is { } tenant && WasSentBy(tenant, link.MessageId)
            && await lists.GetOf(link.TenantName, tenant.TenantId, link.ListName!, cancellationToken) is { } own) return own;
        return await lists.Get(link.ListName!, cancellationToken) is { TenantName: null } ofAccount ? ofAccount : null;
    }

    private static bool WasSentBy(TenantDescription tenant, string messageId) =>
        !MessageIdFormat.TryGetAcceptedAt(messageId, out var acceptedAt) || acceptedAt >= tenant.CreatedAt - Between;

    private async ValueTask ChangeOptOut(UnsubscribeLink link, bool leaves, string source, CancellationToken cancellationToken)
    {
        var changed = leaves
            ? await store.OptOuts.Add(link.TenantName, new OptOut(link.Address, time.GetUtcNow(), link.MessageId), cancellationToken)
            : await store.OptOuts.Delete(link.TenantName, link.Address, cancellationToken);
        var (before, after) = (new SubscriptionState(leaves ? !changed : changed, [], []), new SubscriptionState(leaves, [], []));
        await Tell(link, leaves, new SubscriptionChange(null, source, before, after), cancellationToken);
    }

    /// <param name="what">Null for one click.</param>
    private async ValueTask ChangeContact(
        UnsubscribeLink link, string? what, IReadOnlyList<string?> topics, CancellationToken cancellationToken)
    {
        // A list that is gone, nobody can be sent mail of.
        if (await ListOf(link, cancellationToken) is not { } list) return;
        var now = time.GetUtcNow();
        var change = await lists.ChangeContact(list, link.Address, before =>
        {
            var contact = before ?? new Contact(link.Address, now);
            return what is null ? Subscriptions.Unsubscribe(contact, list.Find(link.TopicName ?? "") is null ? null : link.TopicName, now)
                : what == "save" ? Subscriptions.Prefer(contact, Chosen(list, topics), now) with { UnsubscribeAll = false }
                : contact with { UnsubscribeAll = what == "leave", UpdatedAt = now };
        }, cancellationToken);
        if (change.Result == Accounts.ResourceChange.Contended) throw new StorageException("The contact kept being changed by others.");
        var wanted = Subscriptions.StatusOf(list, change.Before, link.TopicName);
        var told = new SubscriptionChange(
            list.Name, what is null ? SubscriptionChange.Header : SubscriptionChange.Page,
            Subscriptions.StateOf(list, change.Before ?? new Contact(link.Address, now)), Subscriptions.StateOf(list, change.After!));
        var leaves = Subscriptions.StatusOf(list, change.After, link.TopicName) == SubscriptionStatus.OptOut
            && (what is null || wanted == SubscriptionStatus.OptIn);
        await Tell(link, leaves, told, cancellationToken);
    }

    private static IReadOnlyList<TopicPreference> Chosen(ContactList list, IReadOnlyList<string?> chosen) =>
        [.. list.Topics.Select(t =>
            new TopicPreference(t.TopicName, chosen.Contains(t.TopicName) ? SubscriptionStatus.OptIn : SubscriptionStatus.OptOut))];

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
}
