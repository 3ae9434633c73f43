using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Silo.Core.Contacts;
using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Lists;

/// <summary>
/// Contact lists and what is on them. Lists are read from memory; one that another silo changed is seen after five seconds. Contacts are
/// not: who has just left gets nothing.
/// </summary>
internal sealed class ContactLists(ISiloStore store, Arns arns, RandomNumberGenerator random, TimeProvider time)
{
    /// <summary>SES has one list per account; here each tenant has its own.</summary>
    public const int MaxLists = 10_000;

    private const int IdBytes = 12;
    private const int MaxWriteAttempts = 5;
    private const int PageSize = 500;

    private readonly ResourceCache<ContactList> _lists = new(store.Resources, ResourceKind.ContactList, ListJson.Default.ContactList, time);

    /// <summary>Null when there is none.</summary>
    public async ValueTask<ContactList?> Get(string name, CancellationToken cancellationToken) =>
        ContactList.IsValidName(name) ? (await _lists.Get(name, cancellationToken))?.Value : null;

    public async ValueTask<ResourceCreation> Create(
        string name, string? tenantName, IReadOnlyList<Topic> topics, string? description, IReadOnlyList<ResourceTag> tags,
        CancellationToken cancellationToken)
    {
        var id = new byte[IdBytes];
        random.GetBytes(id);
        var now = time.GetUtcNow();
        var list = new ContactList
        {
            Id = Convert.ToHexStringLower(id), Name = name, TenantName = tenantName, Topics = topics, Description = description, CreatedAt = now,
            UpdatedAt = now,
        };
        var result = await store.Resources.Create(
            new NewResource(ResourceKind.ContactList, name, ArnOf(name), _lists.Write(list), now, tags, MaxLists), cancellationToken);
        _lists.Forget(name);
        return result;
    }

    public async ValueTask<ResourceChange> Change(string name, Func<ContactList, ContactList> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            if (await _lists.Read(name, cancellationToken) is not { } current) return ResourceChange.NotFound;
            var next = change(current.Value) with { UpdatedAt = time.GetUtcNow() };
            var replaced = await store.Resources.Replace(ResourceKind.ContactList, name, _lists.Write(next), current.Version, cancellationToken);
            _lists.Forget(name);
            if (replaced) return ResourceChange.Done;
        }

        return ResourceChange.Contended;
    }

    /// <summary>
    /// False when there is none. Its contacts are found by nobody from then on, and are cleared away later. The list goes first: without
    /// its contacts it would not know who has left. When this breaks off in between, <see cref="Sweep"/> finds them.
    /// </summary>
    public async ValueTask<bool> Delete(string name, CancellationToken cancellationToken)
    {
        if (await _lists.Read(name, cancellationToken) is not { } list) return false;
        var result = await store.Resources.Delete(ResourceKind.ContactList, name, ArnOf(name), cancellationToken);
        _lists.Forget(name);
        await store.Contacts.Drop(list.Value.Id, cancellationToken);
        return result == ResourceDeletion.Deleted;
    }

    /// <summary>Deletes the lists of a tenant, so that the next one of its name does not find them.</summary>
    public async ValueTask DeleteOf(string tenantName, CancellationToken cancellationToken)
    {
        string? after = null;
        do
        {
            var page = await List(after, PageSize, cancellationToken);
            foreach (var list in page.Items.Where(l => l.TenantName == tenantName)) await Delete(list.Name, cancellationToken);
            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>Clears away contacts without a list: what was added while it was deleted, or a deletion that broke off left.</summary>
    public async ValueTask Sweep(CancellationToken cancellationToken)
    {
        // Contacts before lists: a list is there before its first contact.
        var ids = new List<string>();
        for (string? id = null; (id = await store.Contacts.NextList(id, cancellationToken)) is not null;) ids.Add(id);
        if (ids.Count == 0) return;
        var living = new HashSet<string>(StringComparer.Ordinal);
        string? after = null;
        do
        {
            var page = await List(after, PageSize, cancellationToken);
            living.UnionWith(page.Items.Select(l => l.Id));
            after = page.Next;
        }
        while (after is not null);

        foreach (var id in ids.Where(id => !living.Contains(id))) await store.Contacts.Drop(id, cancellationToken);
    }

    /// <summary>In the order of their names.</summary>
    public async ValueTask<Page<ContactList>> List(string? after, int pageSize, CancellationToken cancellationToken)
    {
        var page = await store.Resources.List(ResourceKind.ContactList, after, null, pageSize, cancellationToken);
        return new Page<ContactList>([.. page.Items.Select(i => _lists.Parse(i.Document))], page.Next);
    }

    public async ValueTask<Contact?> Find(ContactList list, string address, CancellationToken cancellationToken) =>
        (await store.Contacts.Find(list.Id, [address], cancellationToken)).SingleOrDefault();

    /// <summary>False when it was not on the list.</summary>
    public ValueTask<bool> Remove(ContactList list, string address, CancellationToken cancellationToken) =>
        store.Contacts.Delete(list.Id, address, cancellationToken);

    /// <summary>Changes a contact; the change may be computed more than once when others write at the same time.</summary>
    /// <param name="change">Of null for an address that is not on the list; a null answer leaves everything as it is.</param>
    public async ValueTask<ContactChange> ChangeContact(
        ContactList list, string address, Func<Contact?, Contact?> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            var before = await Find(list, address, cancellationToken);
            if (change(before) is not { } after) return new ContactChange(ResourceChange.NotFound, before, before);
            var written = before is null
                ? await store.Contacts.Add(list.Id, after, cancellationToken)
                : await store.Contacts.Replace(list.Id, after, cancellationToken);
            if (written) return new ContactChange(ResourceChange.Done, before, after);
        }

        return new ContactChange(ResourceChange.Contended, null, null);
    }

    public string ArnOf(string name) => arns.Of("contact-list", name);
}

internal sealed record ContactChange(ResourceChange Result, Contact? Before, Contact? After);

/// <summary>How lists are stored. Additions must be optional, so that the previous release can read them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ContactList))]
internal sealed partial class ListJson : JsonSerializerContext;
