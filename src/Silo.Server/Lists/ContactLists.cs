using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Silo.Core.Contacts;
using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Lists;

/// <summary>
/// Contact lists and what is on them. Lists are read from memory; one that another silo changed is seen after five seconds. Contacts are
/// not: who has just left gets nothing. Names of lists are the account's, but for those that a tenant's own key made: these are the
/// tenant's, so that no key can tell from a name that is taken what others have.
/// </summary>
internal sealed class ContactLists(ISiloStore store, Arns arns, RandomNumberGenerator random, TimeProvider time)
{
    /// <summary>SES has one list per account; here each tenant has its own.</summary>
    public const int MaxLists = 10_000;

    /// <summary>Lists that keys of a tenant made; two made at the same time may be one more.</summary>
    public const int MaxOfTenant = 100;

    private const int IdBytes = 12;
    private const int MaxWriteAttempts = 5;
    private const int PageSize = 500;

    private readonly ResourceCache<ContactList> _lists = new(store.Resources, ResourceKind.ContactList, ListJson.Default.ContactList, time);
    private readonly GivenLists _given = new(store.Resources, time);

    /// <summary>The account's list of this name, or one that an operator gave a tenant; null when there is none.</summary>
    public async ValueTask<ContactList?> Get(string name, CancellationToken cancellationToken) =>
        ContactList.IsValidName(name) ? await GetByKey(name, cancellationToken) : null;

    /// <param name="key">As <see cref="ContactList.Key"/>.</param>
    public async ValueTask<ContactList?> GetByKey(string key, CancellationToken cancellationToken) =>
        (await _lists.Get(key, cancellationToken))?.Value;

    /// <summary>The tenant's list of this name: one of its own making before one that it was given. Null when it has none.</summary>
    public async ValueTask<ContactList?> GetOf(string tenantName, string tenantId, string name, CancellationToken cancellationToken)
    {
        if (!ContactList.IsValidName(name)) return null;
        var (own, given) = (await GetByKey(ContactList.KeyOf(tenantId, name), cancellationToken), await GetByKey(name, cancellationToken));
        return own ?? (given?.IsOf(tenantName, tenantId) == true ? given : null);
    }

    /// <summary>Those of a tenant, in the order of their names; what it was given since half a minute may be missing.</summary>
    public async ValueTask<IReadOnlyList<ContactList>> ListOf(string tenantId, CancellationToken cancellationToken)
    {
        var own = await OwnOf(tenantId, cancellationToken);
        var given = await _given.Of(tenantId, cancellationToken);
        return [.. own.Concat(given.Where(g => own.All(o => o.Name != g.Name))).OrderBy(l => l.Name, StringComparer.Ordinal)];
    }

    /// <param name="owner">Whose list it is; null for the account's.</param>
    /// <param name="namedByTenant">A key of the tenant asks.</param>
    public async ValueTask<ResourceCreation> Create(
        string name, ListOwner? owner, bool namedByTenant, IReadOnlyList<Topic> topics, string? description,
        IReadOnlyList<ResourceTag> tags, CancellationToken cancellationToken)
    {
        var id = new byte[IdBytes];
        random.GetBytes(id);
        var now = time.GetUtcNow();
        var list = new ContactList
        {
            Id = Convert.ToHexStringLower(id), Name = name, TenantName = owner?.TenantName, TenantId = owner?.TenantId,
            IsNamedByTenant = namedByTenant, Topics = topics, Description = description, CreatedAt = now, UpdatedAt = now,
        };
        if (namedByTenant && owner is { } tenant)
        {
            if (await GetOf(tenant.TenantName, tenant.TenantId, name, cancellationToken) is not null) return ResourceCreation.AlreadyExists;
            if ((await OwnOf(tenant.TenantId, cancellationToken)).Count >= MaxOfTenant) return ResourceCreation.LimitReached;
        }

        var result = await store.Resources.Create(
            new NewResource(ResourceKind.ContactList, list.Key, ArnOf(list), _lists.Write(list), now, tags, MaxLists), cancellationToken);
        _lists.Forget(list.Key);
        return result;
    }

    public async ValueTask<ResourceChange> Change(
        ContactList list, Func<ContactList, ContactList> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            // One that was made again under the name is another.
            if (await _lists.Read(list.Key, cancellationToken) is not { } current || current.Value.Id != list.Id)
                return ResourceChange.NotFound;
            var next = change(current.Value);
            var replaced = await store.Resources.Replace(
                ResourceKind.ContactList, list.Key, _lists.Write(next), current.Version, cancellationToken);
            _lists.Forget(list.Key);
            if (replaced) return ResourceChange.Done;
        }

        return ResourceChange.Contended;
    }

    /// <summary>
    /// False when there is none. Its contacts are found by nobody from then on, and are cleared away later. The list goes first: without
    /// its contacts it would not know who has left. When this breaks off in between, <see cref="Sweep"/> finds them.
    /// </summary>
    public async ValueTask<bool> Delete(ContactList list, CancellationToken cancellationToken)
    {
        if (await _lists.Read(list.Key, cancellationToken) is not { } current || current.Value.Id != list.Id) return false;
        var result = await store.Resources.Delete(ResourceKind.ContactList, list.Key, ArnOf(list), cancellationToken);
        _lists.Forget(list.Key);
        await store.Contacts.Drop(list.Id, cancellationToken);
        return result == ResourceDeletion.Deleted;
    }

    /// <summary>Deletes the lists of a tenant.</summary>
    public async ValueTask DeleteOf(ListOwner owner, CancellationToken cancellationToken)
    {
        await foreach (var list in All(cancellationToken))
            if (list.IsOf(owner.TenantName, owner.TenantId)) await Delete(list, cancellationToken);
    }

    /// <summary>
    /// Writes down which tenant a list of an earlier release is of, and deletes lists whose tenant is gone: a deletion that broke off must
    /// leave none to the next one of the name.
    /// </summary>
    public async ValueTask FollowTenants(CancellationToken cancellationToken)
    {
        var tenants = new Dictionary<string, StoredTenant?>(StringComparer.Ordinal);
        await foreach (var list in All(cancellationToken))
        {
            if (list.TenantName is not { } name) continue;
            if (!tenants.TryGetValue(name, out var tenant)) tenants[name] = tenant = await store.Tenants.Load(name, cancellationToken);
            if (tenant is null || (list.TenantId is { } id ? id != tenant.TenantId : list.CreatedAt < tenant.CreatedAt))
                await Delete(list, cancellationToken);
            else if (list.TenantId is null)
                await Change(list, l => l with { TenantId = tenant.TenantId }, cancellationToken);
        }
    }

    /// <summary>Clears away contacts without a list: what was added while it was deleted, or a deletion that broke off left.</summary>
    public async ValueTask Sweep(CancellationToken cancellationToken)
    {
        // Contacts before lists: a list is there before its first contact.
        var ids = new List<string>();
        for (string? id = null; (id = await store.Contacts.NextList(id, cancellationToken)) is not null;) ids.Add(id);
        if (ids.Count == 0) return;
        var living = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var list in All(cancellationToken)) living.Add(list.Id);
        foreach (var id in ids.Where(id => !living.Contains(id))) await store.Contacts.Drop(id, cancellationToken);
    }

    /// <summary>In the order of their names.</summary>
    public async ValueTask<Page<ContactList>> List(string? after, int pageSize, CancellationToken cancellationToken)
    {
        var page = await store.Resources.List(ResourceKind.ContactList, after, null, pageSize, cancellationToken);
        return new Page<ContactList>([.. page.Items.Select(i => _lists.Parse(i.Document))], page.Next);
    }

    public async ValueTask<Contact?> Find(ContactList list, string address, CancellationToken cancellationToken)
    {
        var plain = Contact.Plain(address);
        var found = await store.Contacts.Find(list.Id, plain == address ? [address] : [plain, address], cancellationToken);
        return found.FirstOrDefault(c => Contact.Fold(c.Address) == Contact.Fold(plain)) ?? found.FirstOrDefault();
    }

    /// <summary>Takes off all of these addresses, as they are spelt; returns how many there were.</summary>
    public async ValueTask<int> Erase(ContactList list, string[] addresses, CancellationToken cancellationToken)
    {
        var erased = 0;
        // Reading first: most lists do not have it, and each write is a commit.
        foreach (var contact in await store.Contacts.Find(list.Id, addresses, cancellationToken))
            if (await store.Contacts.Delete(list.Id, contact.Address, cancellationToken)) erased++;
        return erased;
    }

    /// <summary>False when the address is on the list already.</summary>
    public ValueTask<bool> Add(ContactList list, Contact contact, CancellationToken cancellationToken) =>
        store.Contacts.Add(list.Id, contact with { Address = Contact.Plain(contact.Address) }, cancellationToken);

    /// <summary>False when it was not on the list.</summary>
    public async ValueTask<bool> Remove(ContactList list, string address, CancellationToken cancellationToken)
    {
        var plain = Contact.Plain(address);
        var removed = await store.Contacts.Delete(list.Id, plain, cancellationToken);
        return (plain != address && await store.Contacts.Delete(list.Id, address, cancellationToken)) || removed;
    }

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
                ? await Add(list, after, cancellationToken)
                : await store.Contacts.Replace(list.Id, after, cancellationToken);
            if (written) return new ContactChange(ResourceChange.Done, before, after);
        }

        return new ContactChange(ResourceChange.Contended, null, null);
    }

    public string ArnOf(ContactList list) => arns.Of("contact-list", list.Key);

    private async ValueTask<IReadOnlyList<ContactList>> OwnOf(string tenantId, CancellationToken cancellationToken)
    {
        var before = ContactList.KeyOf(tenantId, "");
        var page = await List(before, MaxOfTenant, cancellationToken);
        return [.. page.Items.TakeWhile(l => l.Key.StartsWith(before, StringComparison.Ordinal))];
    }

    private async IAsyncEnumerable<ContactList> All([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        do
        {
            var page = await List(after, PageSize, cancellationToken);
            foreach (var list in page.Items) yield return list;
            after = page.Next;
        }
        while (after is not null);
    }
}

/// <param name="TenantId">"tn-…".</param>
internal readonly record struct ListOwner(string TenantName, string TenantId);

internal sealed record ContactChange(ResourceChange Result, Contact? Before, Contact? After);

/// <summary>How lists are stored. Additions must be optional, so that the previous release can read them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ContactList))]
internal sealed partial class ListJson : JsonSerializerContext;
