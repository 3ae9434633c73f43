namespace Silo.Core.Contacts;

/// <summary>What a recipient changed, as the event about it tells it. Stored with the event: members may be added, never changed.</summary>
/// <param name="ContactList">Null for the tenant's own list of those who want no bulk mail.</param>
/// <param name="Source">UnsubscribeHeader for one click, UnsubscribePage for the page of preferences.</param>
public sealed record SubscriptionChange(string? ContactList, string Source, SubscriptionState Old, SubscriptionState New)
{
    public const string Header = "UnsubscribeHeader";
    public const string Page = "UnsubscribePage";
}

/// <param name="Topics">What was said.</param>
/// <param name="Defaults">What holds for topics of which nothing was said.</param>
public sealed record SubscriptionState(bool UnsubscribeAll, IReadOnlyList<TopicPreference> Topics, IReadOnlyList<TopicPreference> Defaults);
