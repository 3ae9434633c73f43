using System.Text.Json.Serialization;
using Silo.Core.Addresses;

namespace Silo.Core.Contacts;

/// <summary>Whether somebody wants mail about a topic. The values are stored: append only.</summary>
public enum SubscriptionStatus
{
    OptOut = 0,
    OptIn = 1,
}

/// <summary>What a list's mail can be about.</summary>
/// <param name="TopicName">1 to 64 letters, digits, hyphens, underscores.</param>
/// <param name="DisplayName">What recipients read, 1 to 128 characters.</param>
/// <param name="Default">What holds for who has said nothing about the topic.</param>
/// <param name="Description">Up to 500 characters.</param>
public sealed record Topic(string TopicName, string DisplayName, SubscriptionStatus Default, string? Description);

/// <summary>A contact list (SES developer guide, list management). Its contacts are stored by themselves. Stored as JSON.</summary>
public sealed record ContactList
{
    public const int MaxTopics = 20;

    /// <summary>What its contacts are kept under: a list that is made again under its name begins without any.</summary>
    public required string Id { get; init; }

    /// <summary>1 to 64 letters, digits, hyphens, underscores.</summary>
    public required string Name { get; init; }

    /// <summary>Whose list it is: only mail of this tenant may use it. Null for one of the account, for all mail.</summary>
    public string? TenantName { get; init; }

    /// <summary>
    /// Which tenant of the name, "tn-…": the next one of the name is another. Null for one of the account, and for one that an earlier
    /// release made until lists are looked through.
    /// </summary>
    public string? TenantId { get; init; }

    /// <summary>A key of the tenant made it: its name is the tenant's alone, others and the account may have one of the same.</summary>
    public bool IsNamedByTenant { get; init; }

    /// <summary>What it is stored under.</summary>
    [JsonIgnore]
    public string Key => IsNamedByTenant ? KeyOf(TenantId!, Name) : Name;

    public IReadOnlyList<Topic> Topics { get; init; } = [];

    public string? Description { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public Topic? Find(string topicName) => Topics.FirstOrDefault(t => t.TopicName == topicName);

    /// <summary>What a list that a key of the tenant made is stored under; no name of the account's is like it.</summary>
    public static string KeyOf(string tenantId, string name) => $"{tenantId}/{name}";

    public bool IsOf(string tenantName, string tenantId) => TenantName == tenantName && (TenantId ?? tenantId) == tenantId;

    /// <summary>Names of lists and topics: 1 to 64 letters, digits, hyphens, underscores.</summary>
    public static bool IsValidName(string? name) =>
        name is { Length: > 0 and <= 64 } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}

/// <summary>What a contact said about a topic.</summary>
public sealed record TopicPreference(
    string TopicName, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] SubscriptionStatus Status);

/// <summary>Somebody on a list, known by the address whatever its case.</summary>
/// <param name="Address">As it was given.</param>
/// <param name="CreatedAt">When it came on the list.</param>
public sealed record Contact(string Address, DateTimeOffset CreatedAt)
{
    /// <summary>Characters of <see cref="AttributesData"/>.</summary>
    public const int MaxAttributesCharacters = 10_000;

    /// <summary>What was said; a topic that was removed from the list may still stand here.</summary>
    public IReadOnlyList<TopicPreference> Preferences { get; init; } = [];

    /// <summary>Wants nothing of the list, whatever the preferences say.</summary>
    public bool UnsubscribeAll { get; init; }

    /// <summary>The sender's own, opaque.</summary>
    public string? AttributesData { get; init; }

    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;

    /// <summary>1 when it came, one more with each change.</summary>
    public long Version { get; init; } = 1;

    /// <summary>An address as recipients of mail are written down: without quotes that are not needed, which no mail would match.</summary>
    public static string Plain(string address) =>
        address.StartsWith('"') && EmailAddress.TryParse(address, allowUtf8: true, out var parsed) ? parsed.ToString() : address;

    /// <summary>How addresses are compared, on lists and when mail is sent.</summary>
    public static string Fold(string address) => address.ToLowerInvariant();
}

/// <summary>Somebody who wants no more bulk mail of a tenant.</summary>
/// <param name="MessageId">The message whose link it came by; null when somebody else put it there.</param>
public sealed record OptOut(string Address, DateTimeOffset At, string? MessageId);
