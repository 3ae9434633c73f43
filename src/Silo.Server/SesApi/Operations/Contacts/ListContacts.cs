using System.Text.Json.Serialization;
using Silo.Core.Contacts;
using Silo.Server.SesApi.Operations.Imports;

namespace Silo.Server.SesApi.Operations.Contacts;

/// <summary>
/// Contacts of a list, of one subscription status if asked for. One call looks at a bounded number of contacts, so a page may hold fewer
/// than were asked for, or none, and still have a next one.
/// </summary>
internal static class ListContacts
{
    private const string Name = "ListContacts";

    // A page of a filter that few contacts match would read the whole list otherwise.
    private const int MostLookedAt = 5_000;

    public static SesOperation Operation { get; } = SesOperation.Of(
        Name, "POST", ContactMembers.ContactsPath + "/list", ContactJson.Default.ListContactsRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, ListContactsRequest request, CancellationToken cancellationToken)
    {
        var (list, error) = await ContactMembers.Find(call, call.Labels[0], cancellationToken);
        if (list is null) return error!;
        var checks = new MemberChecks();
        var (filter, topic) = (request.Filter, request.Filter?.TopicFilter);
        checks.OneOf(filter?.FilteredStatus, "Filter.FilteredStatus", "OPT_IN", "OPT_OUT");
        if (topic?.TopicName is { } named && list.Find(named) is null)
            checks.Fail($"Filter.TopicFilter.TopicName {MemberChecks.Shown(named)} is no topic of the list");
        var useDefault = topic?.UseDefaultIfPreferenceUnavailable ?? false;
        var text = $"{list.Id}\n{filter?.FilteredStatus}\n{topic?.TopicName}\n{useDefault}";
        var pageSize = PageToken.Size(request.PageSize, checks);
        var after = PageToken.Read(Name, text, request.NextToken, checks);
        if (checks.Error is { } refused) return refused;
        SubscriptionStatus? status = filter?.FilteredStatus is { } wanted ? ContactMembers.StatusOf(wanted) : null;

        var found = new List<Contact>(pageSize);
        for (var lookedAt = 0; ;)
        {
            var page = await call.Services.Store.Contacts.List(list.Id, after, pageSize, cancellationToken);
            lookedAt += page.Items.Count;
            foreach (var contact in page.Items)
            {
                after = Contact.Fold(contact.Address);
                if (Subscriptions.Matches(list, contact, status, topic?.TopicName, useDefault)) found.Add(contact);
                if (found.Count == pageSize) break;
            }

            var isLast = page.Next is null && (page.Items.Count == 0 || after == Contact.Fold(page.Items[^1].Address));
            if (isLast) after = null;
            if (isLast || found.Count == pageSize || lookedAt >= MostLookedAt) break;
        }

        return SesAnswer.Json(
            new ListContactsResponse([.. found.Select(c => Shape(list, c))], PageToken.Write(Name, text, after)),
            ContactJson.Default.ListContactsResponse);
    }

    private static ContactShape Shape(ContactList list, Contact contact) => new(
        contact.Address, ContactMembers.Said(list, contact), ContactMembers.ToWire(Subscriptions.DefaultsOf(list, contact)),
        contact.UnsubscribeAll, EpochSeconds.From(contact.UpdatedAt));
}

internal sealed record ListContactsRequest(ListContactsFilter? Filter, int? PageSize, string? NextToken);

internal sealed record ListContactsFilter(string? FilteredStatus, TopicFilter? TopicFilter);

internal sealed record TopicFilter(string? TopicName, bool? UseDefaultIfPreferenceUnavailable);

internal sealed record ContactShape(
    string EmailAddress, IReadOnlyList<TopicPreferenceShape> TopicPreferences, IReadOnlyList<TopicPreferenceShape> TopicDefaultPreferences,
    bool UnsubscribeAll, decimal LastUpdatedTimestamp);

internal sealed record ListContactsResponse(IReadOnlyList<ContactShape> Contacts, string? NextToken);

/// <summary>The generated JSON of contact lists and import jobs. Members that are null are left out, as SES does.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CreateContactListRequest))]
[JsonSerializable(typeof(UpdateContactListRequest))]
[JsonSerializable(typeof(GetContactListResponse))]
[JsonSerializable(typeof(ListContactListsResponse))]
[JsonSerializable(typeof(CreateContactRequest))]
[JsonSerializable(typeof(UpdateContactRequest))]
[JsonSerializable(typeof(GetContactResponse))]
[JsonSerializable(typeof(ListContactsRequest))]
[JsonSerializable(typeof(ListContactsResponse))]
[JsonSerializable(typeof(CreateImportJobRequest))]
[JsonSerializable(typeof(CreateImportJobResponse))]
[JsonSerializable(typeof(GetImportJobResponse))]
[JsonSerializable(typeof(ListImportJobsRequest))]
[JsonSerializable(typeof(ListImportJobsResponse))]
internal sealed partial class ContactJson : JsonSerializerContext;
