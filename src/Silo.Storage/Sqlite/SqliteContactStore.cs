using Dapper;
using Silo.Core.Contacts;
using Silo.Storage.Listing;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

internal sealed class SqliteContactStore(Writer writer, ReaderPool readers) : IContactStore
{
    // Few enough that other writes hardly wait.
    private const int DropAtOnce = 5_000;

    private const string Columns =
        "address AS Address, topics AS Topics, left_all AS LeftAll, attributes AS Attributes, created_at AS CreatedAt, "
        + "updated_at AS UpdatedAt, version AS Version";

    public ValueTask<IReadOnlyList<Contact>> Find(string listId, IReadOnlyList<string> addresses, CancellationToken cancellationToken) =>
        readers.Read<IReadOnlyList<Contact>>(reader =>
            [.. reader.Connection.Query<ContactRow>(
                $"SELECT {Columns} FROM contacts WHERE list = @listId AND folded IN @folded",
                new { listId, folded = addresses.Select(Contact.Fold).Distinct() }).Select(r => r.ToContact())], cancellationToken);

    public ValueTask<bool> Add(string listId, Contact contact, CancellationToken cancellationToken) => Change(
        """
        INSERT INTO contacts (list, folded, address, topics, left_all, attributes, created_at, updated_at, version)
        VALUES (@listId, @Folded, @Address, @Topics, @UnsubscribeAll, @AttributesData, @CreatedAt, @UpdatedAt, 1) ON CONFLICT DO NOTHING
        """, Parameters(listId, contact), cancellationToken);

    public ValueTask<bool> Replace(string listId, Contact contact, CancellationToken cancellationToken) => Change(
        """
        UPDATE contacts SET topics = @Topics, left_all = @UnsubscribeAll, attributes = @AttributesData, updated_at = @UpdatedAt,
            version = version + 1
        WHERE list = @listId AND folded = @Folded AND version = @Version
        """, Parameters(listId, contact), cancellationToken);

    public ValueTask<bool> Delete(string listId, string address, CancellationToken cancellationToken) => Change(
        "DELETE FROM contacts WHERE list = @listId AND folded = @Folded", new { listId, Folded = Contact.Fold(address) }, cancellationToken);

    public ValueTask<Page<Contact>> List(string listId, string? after, int pageSize, CancellationToken cancellationToken)
    {
        var limit = ControlPlane.PageSize(pageSize);
        return readers.Read(reader => ControlPlane.PageOf(
            reader.Connection.Query<ContactRow>(
                $"SELECT {Columns} FROM contacts WHERE list = @listId AND folded > @after ORDER BY folded LIMIT @Limit",
                new { listId, after = after ?? "", Limit = limit + 1 }).Select(r => r.ToContact()).ToList(),
            limit, c => Contact.Fold(c.Address)), cancellationToken);
    }

    public ValueTask<string?> NextList(string? after, CancellationToken cancellationToken) => readers.Read(
        reader => reader.Connection.ExecuteScalar<string?>(
            "SELECT list FROM contacts WHERE list > @after ORDER BY list LIMIT 1", new { after = after ?? "" }),
        cancellationToken);

    public async ValueTask Drop(string listId, CancellationToken cancellationToken) =>
        await Change("INSERT INTO contacts_gone (list) VALUES (@listId) ON CONFLICT DO NOTHING", new { listId }, cancellationToken);

    /// <summary>Clears away some contacts of lists that are gone, and opt-outs of tenants that are. True when there may be more.</summary>
    public static bool DropGone(BatchWriter batch)
    {
        var dropped = batch.Connection.Execute(
            """
            DELETE FROM contacts WHERE (list, folded) IN (
                SELECT c.list, c.folded FROM contacts_gone g JOIN contacts c ON c.list = g.list LIMIT @DropAtOnce)
            """, new { DropAtOnce });
        if (dropped == DropAtOnce) return true;
        batch.Connection.Execute("DELETE FROM contacts_gone");
        return batch.Connection.Execute(
            """
            DELETE FROM opt_outs WHERE (tenant_key, folded) IN (
                SELECT o.tenant_key, o.folded FROM suppressed_gone g JOIN opt_outs o ON o.tenant_key = g.list LIMIT @DropAtOnce)
            """, new { DropAtOnce }) == DropAtOnce;
    }

    private static object Parameters(string listId, Contact contact) => new
    {
        listId, Folded = Contact.Fold(contact.Address), contact.Address, Topics = ContactRow.TopicsOf(contact), contact.UnsubscribeAll,
        contact.AttributesData, CreatedAt = contact.CreatedAt.UtcTicks, UpdatedAt = contact.UpdatedAt.UtcTicks, contact.Version,
    };

    private ValueTask<bool> Change(string sql, object parameters, CancellationToken cancellationToken) =>
        new(writer.Change(ControlPlane.Line, batch => batch.Connection.Execute(sql, parameters) == 1, cancellationToken));
}
