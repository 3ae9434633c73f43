using Silo.Core.Contacts;

namespace Silo.Storage;

/// <summary>
/// Contacts by the id of their list, and by the address whatever its case. The lists themselves are resources (<see cref="ResourceKind.ContactList"/>).
/// </summary>
public interface IContactStore
{
    /// <summary>Those of these addresses that are on the list.</summary>
    /// <param name="addresses">1 to 50.</param>
    ValueTask<IReadOnlyList<Contact>> Find(string listId, IReadOnlyList<string> addresses, CancellationToken cancellationToken);

    /// <summary>False when the address is on the list already.</summary>
    ValueTask<bool> Add(string listId, Contact contact, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces all but the address and when it came, if the version is still the contact's; the next one is stored. False when it is not, or
    /// there is no such contact.
    /// </summary>
    ValueTask<bool> Replace(string listId, Contact contact, CancellationToken cancellationToken);

    /// <summary>False when it was not on the list.</summary>
    ValueTask<bool> Delete(string listId, string address, CancellationToken cancellationToken);

    /// <summary>Contacts in the order of their addresses in lower case.</summary>
    /// <param name="after">Those behind this address in lower case; null from the beginning.</param>
    ValueTask<Page<Contact>> List(string listId, string? after, int pageSize, CancellationToken cancellationToken);

    /// <summary>The next list that has contacts, in the order of their ids; null behind the last.</summary>
    /// <param name="after">Those behind this id; null from the beginning.</param>
    ValueTask<string?> NextList(string? after, CancellationToken cancellationToken);

    /// <summary>Clears a list away, a few contacts at a time. Nothing may be added to it from then on.</summary>
    ValueTask Drop(string listId, CancellationToken cancellationToken);
}

/// <summary>
/// Who wants no bulk mail of a tenant. Apart from the suppression lists, which say who cannot get mail or has complained of it. A tenant's
/// goes with the tenant.
/// </summary>
public interface IOptOutStore
{
    /// <summary>Those of these recipients that have opted out, whatever the case of either, as they were asked for.</summary>
    /// <param name="recipients">1 to 50.</param>
    ValueTask<IReadOnlyList<string>> Find(string tenantName, IReadOnlyList<string> recipients, CancellationToken cancellationToken);

    /// <summary>Adds an entry; one that is there already stays. False when it was there, or there is no such tenant.</summary>
    ValueTask<bool> Add(string tenantName, OptOut entry, CancellationToken cancellationToken);

    /// <summary>False when there is no such entry or tenant.</summary>
    ValueTask<bool> Delete(string tenantName, string address, CancellationToken cancellationToken);

    /// <summary>Entries in the order of their addresses in lower case; empty for a tenant that does not exist.</summary>
    ValueTask<Page<OptOut>> List(string tenantName, string? after, int pageSize, CancellationToken cancellationToken);
}
