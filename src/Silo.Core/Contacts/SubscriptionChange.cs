using System.Text.Json;
using System.Text.Json.Serialization;

namespace Silo.Core.Contacts;

/// <summary>What a recipient changed, as the event about it tells it. Stored with the event: members may be added, never changed.</summary>
/// <param name="ContactList">Null for the tenant's own list of those who want no bulk mail.</param>
/// <param name="Source">UnsubscribeHeader for one click, UnsubscribePage for the page of preferences.</param>
public sealed record SubscriptionChange(string? ContactList, string Source, SubscriptionState Old, SubscriptionState New)
{
    public const string Header = "UnsubscribeHeader";
    public const string Page = "UnsubscribePage";

    /// <summary>Something else is wanted than before.</summary>
    [JsonIgnore]
    public bool IsChange => Old.UnsubscribeAll != New.UnsubscribeAll || !Old.Topics.ToHashSet().SetEquals(New.Topics);

    /// <summary>As it crosses from one silo to another.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SubscriptionJson.Default.SubscriptionChange);

    public static SubscriptionChange? FromJson(string? json) =>
        json is null ? null : JsonSerializer.Deserialize(json, SubscriptionJson.Default.SubscriptionChange);
}

/// <param name="Topics">What was said.</param>
/// <param name="Defaults">What holds for topics of which nothing was said.</param>
public sealed record SubscriptionState(bool UnsubscribeAll, IReadOnlyList<TopicPreference> Topics, IReadOnlyList<TopicPreference> Defaults);

[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(SubscriptionChange))]
internal sealed partial class SubscriptionJson : JsonSerializerContext;
