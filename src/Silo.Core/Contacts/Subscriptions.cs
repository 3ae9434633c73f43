namespace Silo.Core.Contacts;

/// <summary>What a list, a contact and a topic mean together. Pure.</summary>
public static class Subscriptions
{
    /// <summary>
    /// Whether somebody wants a list's mail about a topic, or of the list at all. What they said goes before the topic's default; who has
    /// left the list wants nothing of it.
    /// </summary>
    /// <param name="contact">Null for somebody who is not on the list.</param>
    /// <param name="topicName">Of a topic of the list; null for mail about none.</param>
    public static SubscriptionStatus StatusOf(ContactList list, Contact? contact, string? topicName)
    {
        if (contact is { UnsubscribeAll: true }) return SubscriptionStatus.OptOut;
        if (topicName is null) return SubscriptionStatus.OptIn;
        return Said(contact, topicName) ?? list.Find(topicName)?.Default ?? SubscriptionStatus.OptIn;
    }

    /// <summary>Whether a contact is among those that ListContacts is asked for.</summary>
    /// <param name="status">Null for all.</param>
    /// <param name="topicName">Null: of the list itself.</param>
    /// <param name="useDefault">A topic's default stands for what a contact has not said; else such a contact is in no status.</param>
    public static bool Matches(ContactList list, Contact contact, SubscriptionStatus? status, string? topicName, bool useDefault)
    {
        if (topicName is not null && !useDefault && !contact.UnsubscribeAll && Said(contact, topicName) is null) return false;
        return status is null || StatusOf(list, contact, topicName) == status;
    }

    /// <summary>The contact after a click on "unsubscribe": out of the topic that the mail was about, or of the list without one.</summary>
    public static Contact Unsubscribe(Contact contact, string? topicName, DateTimeOffset now) => topicName is null
        ? contact with { UnsubscribeAll = true, UpdatedAt = now }
        : Prefer(contact, [new TopicPreference(topicName, SubscriptionStatus.OptOut)], now);

    /// <summary>The contact with what it says now about some topics; what it said of others stays.</summary>
    public static Contact Prefer(Contact contact, IReadOnlyList<TopicPreference> said, DateTimeOffset now) => contact with
    {
        Preferences = [.. contact.Preferences.Where(p => said.All(s => s.TopicName != p.TopicName)), .. said], UpdatedAt = now,
    };

    /// <summary>What the preferences of a contact's are in a record about their change.</summary>
    public static SubscriptionState StateOf(ContactList list, Contact contact) => new(
        contact.UnsubscribeAll, [.. contact.Preferences.Where(p => list.Find(p.TopicName) is not null)], DefaultsOf(list, contact));

    /// <summary>The defaults of the topics about which a contact has said nothing.</summary>
    public static IReadOnlyList<TopicPreference> DefaultsOf(ContactList list, Contact contact) =>
        [.. list.Topics.Where(t => Said(contact, t.TopicName) is null).Select(t => new TopicPreference(t.TopicName, t.Default))];

    private static SubscriptionStatus? Said(Contact? contact, string topicName) =>
        contact?.Preferences.FirstOrDefault(p => p.TopicName == topicName)?.Status;
}
