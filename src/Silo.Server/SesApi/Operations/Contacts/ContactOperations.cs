using Silo.Core.Contacts;
using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.Contacts;

/// <summary>Create, get, change and delete contacts. An address is known whatever its case.</summary>
internal static class ContactOperations
{
    public static SesOperation Create { get; } = SesOperation.Of(
        "CreateContact", "POST", ContactMembers.ContactsPath, ContactJson.Default.CreateContactRequest, HandleCreate);

    public static SesOperation Get { get; } = SesOperation.Of("GetContact", "GET", ContactMembers.ContactPath, HandleGet);

    public static SesOperation Update { get; } = SesOperation.Of(
        "UpdateContact", "PUT", ContactMembers.ContactPath, ContactJson.Default.UpdateContactRequest, HandleUpdate);

    public static SesOperation Delete { get; } = SesOperation.Of("DeleteContact", "DELETE", ContactMembers.ContactPath, HandleDelete);

    private static async ValueTask<SesAnswer> HandleCreate(SesCall call, CreateContactRequest request, CancellationToken cancellationToken)
    {
        var (list, error) = await ContactMembers.Find(call, call.Labels[0], cancellationToken);
        if (list is null) return error!;
        var checks = new MemberChecks();
        ContactMembers.CheckAddress(request.EmailAddress, checks);
        checks.Length(request.AttributesData, "AttributesData", 0, Contact.MaxAttributesCharacters);
        var preferences = ContactMembers.Preferences(request.TopicPreferences, list, checks);
        if (checks.Error is { } refused) return refused;
        var contact = new Contact(request.EmailAddress!, call.Services.Time.GetUtcNow())
        {
            Preferences = preferences ?? [], UnsubscribeAll = request.UnsubscribeAll ?? false, AttributesData = request.AttributesData,
        };
        return await call.Services.ContactLists.Add(list, contact, cancellationToken)
            ? SesAnswer.Empty
            : SesError.AlreadyExists($"{MemberChecks.Shown(contact.Address)} already exists in List {list.Name}.");
    }

    private static async ValueTask<SesAnswer> HandleGet(SesCall call, CancellationToken cancellationToken)
    {
        var (list, error) = await ContactMembers.Find(call, call.Labels[0], cancellationToken);
        if (list is null) return error!;
        if (await call.Services.ContactLists.Find(list, call.Labels[1], cancellationToken) is not { } contact)
            return ContactMembers.NoSuchContact(call.Labels[1], list.Name);
        return SesAnswer.Json(
            new GetContactResponse(
                list.Name, contact.Address, ContactMembers.Said(list, contact), ContactMembers.ToWire(Subscriptions.DefaultsOf(list, contact)),
                contact.UnsubscribeAll, contact.AttributesData, EpochSeconds.From(contact.CreatedAt), EpochSeconds.From(contact.UpdatedAt)),
            ContactJson.Default.GetContactResponse);
    }

    // Preferences that are given replace all there were (SES API reference). What is left out stays: a call that means something else must
    // not bring back who has left.
    private static async ValueTask<SesAnswer> HandleUpdate(SesCall call, UpdateContactRequest request, CancellationToken cancellationToken)
    {
        var (list, error) = await ContactMembers.Find(call, call.Labels[0], cancellationToken);
        if (list is null) return error!;
        var checks = new MemberChecks();
        checks.Length(request.AttributesData, "AttributesData", 0, Contact.MaxAttributesCharacters);
        var preferences = ContactMembers.Preferences(request.TopicPreferences, list, checks);
        if (checks.Error is { } refused) return refused;
        var now = call.Services.Time.GetUtcNow();
        var change = await call.Services.ContactLists.ChangeContact(list, call.Labels[1], before => before is null ? null : before with
        {
            Preferences = preferences ?? before.Preferences, UnsubscribeAll = request.UnsubscribeAll ?? before.UnsubscribeAll,
            AttributesData = request.AttributesData ?? before.AttributesData, UpdatedAt = now,
        }, cancellationToken);
        return change.Result switch
        {
            ResourceChange.Done => SesAnswer.Empty,
            ResourceChange.NotFound => ContactMembers.NoSuchContact(call.Labels[1], list.Name),
            _ => SesError.ConcurrentModification($"Contact {MemberChecks.Shown(call.Labels[1])}"),
        };
    }

    private static async ValueTask<SesAnswer> HandleDelete(SesCall call, CancellationToken cancellationToken)
    {
        var (list, error) = await ContactMembers.Find(call, call.Labels[0], cancellationToken);
        if (list is null) return error!;
        return await call.Services.ContactLists.Remove(list, call.Labels[1], cancellationToken)
            ? SesAnswer.Empty
            : ContactMembers.NoSuchContact(call.Labels[1], list.Name);
    }
}

internal sealed record CreateContactRequest(
    string? EmailAddress, IReadOnlyList<TopicPreferenceShape?>? TopicPreferences, bool? UnsubscribeAll, string? AttributesData);

internal sealed record UpdateContactRequest(
    IReadOnlyList<TopicPreferenceShape?>? TopicPreferences, bool? UnsubscribeAll, string? AttributesData);

internal sealed record GetContactResponse(
    string ContactListName, string EmailAddress, IReadOnlyList<TopicPreferenceShape> TopicPreferences,
    IReadOnlyList<TopicPreferenceShape> TopicDefaultPreferences, bool UnsubscribeAll, string? AttributesData, decimal CreatedTimestamp,
    decimal LastUpdatedTimestamp);
