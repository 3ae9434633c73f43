using Silo.Core.Contacts;
using Silo.Server.Access;
using Silo.Server.Accounts;
using Silo.Server.Lists;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Contacts;

/// <summary>Create, get, list, change and delete contact lists. SES has one per account; here each tenant may have its own.</summary>
internal static class ContactListOperations
{
    private const string ListName = "ListContactLists";

    public static SesOperation Create { get; } = SesOperation.Of(
        "CreateContactList", "POST", ContactMembers.ListsPath, ContactJson.Default.CreateContactListRequest, HandleCreate);

    public static SesOperation Get { get; } = SesOperation.Of("GetContactList", "GET", ContactMembers.ListPath, HandleGet);

    public static SesOperation List { get; } = SesOperation.Of(ListName, "GET", ContactMembers.ListsPath, HandleList);

    public static SesOperation Update { get; } = SesOperation.Of(
        "UpdateContactList", "PUT", ContactMembers.ListPath, ContactJson.Default.UpdateContactListRequest, HandleUpdate);

    public static SesOperation Delete { get; } = SesOperation.Of("DeleteContactList", "DELETE", ContactMembers.ListPath, HandleDelete);

    private static async ValueTask<SesAnswer> HandleCreate(SesCall call, CreateContactListRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        ContactMembers.CheckName(request.ContactListName, "ContactListName", checks);
        ContactMembers.CheckDescription(request.Description, "Description", checks);
        var topics = ContactMembers.Topics(request.Topics, checks);
        var tags = TagRules.Check(request.Tags, checks);
        if (request.TenantName is not null) TenantMembers.CheckName(request.TenantName, checks);
        if (checks.Error is { } refused) return refused;
        var tenantName = request.TenantName;
        if (call.Caller.Kind == CredentialKind.Tenant)
        {
            if (tenantName is not null && tenantName != call.Caller.TenantName) return TenantMembers.NotFound(tenantName);
            tenantName = call.Caller.TenantName;
        }

        var owner = tenantName is null ? null : await ContactMembers.OwnerOf(call, tenantName, cancellationToken);
        if (tenantName is not null && owner is null) return TenantMembers.NotFound(tenantName);
        return await call.Services.ContactLists.Create(
            request.ContactListName!, owner, namedByTenant: call.Caller.Kind == CredentialKind.Tenant, topics, request.Description, tags,
            cancellationToken) switch
        {
            ResourceCreation.Created => SesAnswer.Empty,
            ResourceCreation.AlreadyExists => SesError.AlreadyExists($"List with name {request.ContactListName} already exists."),
            _ => SesError.LimitExceeded(call.Caller.Kind == CredentialKind.Tenant
                ? $"The tenant has reached its limit of {ContactLists.MaxOfTenant} contact lists."
                : $"The account has reached its limit of {ContactLists.MaxLists} contact lists."),
        };
    }

    private static async ValueTask<SesAnswer> HandleGet(SesCall call, CancellationToken cancellationToken)
    {
        var (list, error) = await ContactMembers.Find(call, call.Labels[0], cancellationToken);
        if (list is null) return error!;
        var tags = await call.Services.Resources.GetTags(call.Services.ContactLists.ArnOf(list), cancellationToken);
        return SesAnswer.Json(
            new GetContactListResponse(
                list.Name, [.. list.Topics.Select(t => new TopicShape(t.TopicName, t.DisplayName, ContactMembers.NameOf(t.Default), t.Description))],
                list.Description, EpochSeconds.From(list.CreatedAt), EpochSeconds.From(list.UpdatedAt), TagRules.ToWire(tags), list.TenantName),
            ContactJson.Default.GetContactListResponse);
    }

    private static async ValueTask<SesAnswer> HandleList(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var pageSize = PageToken.Size(call.QueryInt("PageSize", checks), checks);
        var after = PageToken.Read(ListName, "", call.QueryValue("NextToken", checks), checks);
        if (checks.Error is { } refused) return refused;
        var tenantName = call.Caller.Kind == CredentialKind.Tenant ? call.Caller.TenantName : call.QueryValue("TenantName", checks);
        if (checks.Error is { } wrong) return wrong;
        if (tenantName is null)
            return Answer(await call.Services.ContactLists.List(after, pageSize, cancellationToken));
        if (await ContactMembers.OwnerOf(call, tenantName, cancellationToken) is not { } owner) return TenantMembers.NotFound(tenantName);
        var own = await call.Services.ContactLists.ListOf(owner.TenantId, cancellationToken);
        return Answer(PageToken.PageOf(own, l => l.Name, after, pageSize));

        SesAnswer Answer(Page<ContactList> page) => SesAnswer.Json(
            new ListContactListsResponse(
                [.. page.Items.Select(l => new ContactListShape(l.Name, EpochSeconds.From(l.UpdatedAt), l.TenantName))],
                PageToken.Write(ListName, "", page.Next)),
            ContactJson.Default.ListContactListsResponse);
    }

    // What is left out stays, as with the other options of SES that are set by PUT.
    private static async ValueTask<SesAnswer> HandleUpdate(SesCall call, UpdateContactListRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        ContactMembers.CheckDescription(request.Description, "Description", checks);
        var topics = ContactMembers.Topics(request.Topics, checks);
        if (checks.Error is { } refused) return refused;
        var (list, error) = await ContactMembers.Find(call, call.Labels[0], cancellationToken);
        if (list is null) return error!;
        var now = call.Services.Time.GetUtcNow();
        var result = await call.Services.ContactLists.Change(
            list,
            l => l with
            {
                Topics = request.Topics is null ? l.Topics : topics, Description = request.Description ?? l.Description, UpdatedAt = now,
            },
            cancellationToken);
        return result switch
        {
            ResourceChange.Done => SesAnswer.Empty,
            ResourceChange.NotFound => ContactMembers.NoSuchList(list.Name),
            _ => SesError.ConcurrentModification($"Contact list {list.Name}"),
        };
    }

    private static async ValueTask<SesAnswer> HandleDelete(SesCall call, CancellationToken cancellationToken)
    {
        var (list, error) = await ContactMembers.Find(call, call.Labels[0], cancellationToken);
        if (list is null) return error!;
        return await call.Services.ContactLists.Delete(list, cancellationToken) ? SesAnswer.Empty : ContactMembers.NoSuchList(list.Name);
    }
}

/// <param name="TenantName">Whose list it is; SES has no such member. A tenant's own key makes lists of its tenant.</param>
internal sealed record CreateContactListRequest(
    string? ContactListName, IReadOnlyList<TopicShape?>? Topics, string? Description, IReadOnlyList<Tag?>? Tags, string? TenantName);

internal sealed record UpdateContactListRequest(IReadOnlyList<TopicShape?>? Topics, string? Description);

internal sealed record GetContactListResponse(
    string ContactListName, IReadOnlyList<TopicShape> Topics, string? Description, decimal CreatedTimestamp, decimal LastUpdatedTimestamp,
    IReadOnlyList<Tag> Tags, string? TenantName);

/// <param name="TenantName">Whose list it is; SES has no such member.</param>
internal sealed record ContactListShape(string ContactListName, decimal LastUpdatedTimestamp, string? TenantName);

internal sealed record ListContactListsResponse(IReadOnlyList<ContactListShape> ContactLists, string? NextToken);
