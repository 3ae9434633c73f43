using Silo.Core.Addresses;
using Silo.Core.Contacts;
using Silo.Server.Access;
using Silo.Server.Lists;

namespace Silo.Server.SesApi.Operations.Contacts;

// Shapes of SES v2, contact lists.

internal sealed record TopicShape(string? TopicName, string? DisplayName, string? DefaultSubscriptionStatus, string? Description);

internal sealed record TopicPreferenceShape(string? TopicName, string? SubscriptionStatus);

/// <summary>What the operations on contact lists check and say alike.</summary>
internal static class ContactMembers
{
    public const string ListsPath = "/v2/email/contact-lists";
    public const string ListPath = ListsPath + "/{ContactListName}";
    public const string ContactsPath = ListPath + "/contacts";
    public const string ContactPath = ContactsPath + "/{EmailAddress}";

    private const int MaxDisplayNameCharacters = 128;
    private const int MaxDescriptionCharacters = 500;

    public static string NameOf(SubscriptionStatus status) => status == SubscriptionStatus.OptIn ? "OPT_IN" : "OPT_OUT";

    public static SubscriptionStatus StatusOf(string? name) => name == "OPT_IN" ? SubscriptionStatus.OptIn : SubscriptionStatus.OptOut;

    /// <summary>
    /// The list, or why not. A tenant's key finds the lists of its tenant alone; to it others are not there. Others find the account's, and
    /// with the query parameter TenantName those of the tenant.
    /// </summary>
    public static async ValueTask<(ContactList? List, SesError? Error)> Find(
        SesCall call, string name, CancellationToken cancellationToken, string? tenantName = null)
    {
        var checks = new MemberChecks();
        if (call.Caller.Kind == CredentialKind.Tenant) tenantName = call.Caller.TenantName;
        else tenantName ??= call.QueryValue("TenantName", checks);
        if (checks.Error is { } refused) return (null, refused);
        if (tenantName is null)
            return await call.Services.ContactLists.Get(name, cancellationToken) is { } list ? (list, null) : (null, NoSuchList(name));
        return await OwnerOf(call, tenantName, cancellationToken) is { } owner
            && await call.Services.ContactLists.GetOf(owner.TenantName, owner.TenantId, name, cancellationToken) is { } own
            ? (own, null)
            : (null, NoSuchList(name));
    }

    /// <summary>A tenant's key is of one tenant, and not of the next one of its name. Null when the tenant is gone.</summary>
    public static async ValueTask<ListOwner?> OwnerOf(SesCall call, string tenantName, CancellationToken cancellationToken) =>
        await call.Services.Tenants.Get(tenantName).Describe(cancellationToken) is { } tenant
        && (call.Caller.Kind != CredentialKind.Tenant || call.Caller.Key.TenantArn == tenant.Arn)
            ? new ListOwner(tenant.Name, tenant.TenantId)
            : null;

    public static SesError NoSuchList(string name) => SesError.NotFound($"List with name: {MemberChecks.Shown(name)} doesn't exist.");

    public static SesError NoSuchContact(string address, string list) =>
        SesError.NotFound($"{MemberChecks.Shown(address)} doesn't exist in List {list}.");

    public static void CheckName(string? name, string member, MemberChecks checks)
    {
        if (checks.RequiredText(name, member) && !ContactList.IsValidName(name))
            checks.Fail($"{member} must have 1 to 64 letters, digits, hyphens and underscores");
    }

    public static void CheckDescription(string? text, string member, MemberChecks checks) =>
        checks.Length(text, member, 0, MaxDescriptionCharacters);

    public static IReadOnlyList<Topic> Topics(IReadOnlyList<TopicShape?>? topics, MemberChecks checks)
    {
        if (topics is null || !checks.Items(topics, "Topics", ContactList.MaxTopics)) return [];
        var result = new List<Topic>(topics.Count);
        for (var i = 0; i < topics.Count; i++)
        {
            var (name, display, status, description) = topics[i]!;
            CheckName(name, $"Topics[{i}].TopicName", checks);
            if (checks.RequiredText(display, $"Topics[{i}].DisplayName"))
                checks.Length(display, $"Topics[{i}].DisplayName", 1, MaxDisplayNameCharacters);
            if (checks.Required(status, $"Topics[{i}].DefaultSubscriptionStatus"))
                checks.OneOf(status, $"Topics[{i}].DefaultSubscriptionStatus", "OPT_IN", "OPT_OUT");
            CheckDescription(description, $"Topics[{i}].Description", checks);
            if (result.Any(t => t.TopicName == name)) checks.Fail($"Topics[{i}].TopicName is given twice");
            result.Add(new Topic(name ?? "", display ?? "", StatusOf(status), description));
        }

        return result;
    }

    public static bool CheckAddress(string? address, MemberChecks checks)
    {
        if (!checks.RequiredText(address, "EmailAddress")) return false;
        if (EmailAddress.TryParse(address, out _)) return true;
        checks.Fail("EmailAddress must be an address of the form local@domain");
        return false;
    }

    /// <summary>Null when none were given.</summary>
    public static IReadOnlyList<TopicPreference>? Preferences(
        IReadOnlyList<TopicPreferenceShape?>? preferences, ContactList list, MemberChecks checks)
    {
        if (preferences is null) return null;
        if (!checks.Items(preferences, "TopicPreferences", ContactList.MaxTopics)) return [];
        var result = new List<TopicPreference>(preferences.Count);
        for (var i = 0; i < preferences.Count; i++)
        {
            var (name, status) = preferences[i]!;
            if (checks.RequiredText(name, $"TopicPreferences[{i}].TopicName") && list.Find(name) is null)
                checks.Fail($"TopicPreferences[{i}].TopicName {MemberChecks.Shown(name)} is no topic of the list");
            if (checks.Required(status, $"TopicPreferences[{i}].SubscriptionStatus"))
                checks.OneOf(status, $"TopicPreferences[{i}].SubscriptionStatus", "OPT_IN", "OPT_OUT");
            if (result.Any(p => p.TopicName == name)) checks.Fail($"TopicPreferences[{i}].TopicName is given twice");
            result.Add(new TopicPreference(name ?? "", StatusOf(status)));
        }

        return result;
    }

    public static IReadOnlyList<TopicPreferenceShape> ToWire(IEnumerable<TopicPreference> preferences) =>
        [.. preferences.Select(p => new TopicPreferenceShape(p.TopicName, NameOf(p.Status)))];

    /// <summary>A topic that was removed from the list is not shown.</summary>
    public static IReadOnlyList<TopicPreferenceShape> Said(ContactList list, Contact contact) =>
        ToWire(contact.Preferences.Where(p => list.Find(p.TopicName) is not null));
}
