using Dapper;
using Npgsql;
using NpgsqlTypes;
using Silo.Core.Contacts;
using Silo.Storage.Listing;
using Silo.Storage.Writing;

namespace Silo.Storage.Postgres;

internal sealed class PostgresContactStore(PostgresWriter writer, PostgresReaders readers) : IContactStore
{
    private const string Columns =
        """
        c.address AS "Address", c.topics AS "Topics", c.left_all AS "LeftAll", c.attributes AS "Attributes", c.created_at AS "CreatedAt",
        c.updated_at AS "UpdatedAt", c.version AS "Version"
        """;

    public async ValueTask<IReadOnlyList<Contact>> Find(
        string listId, IReadOnlyList<string> addresses, CancellationToken cancellationToken) =>
        await Query(
            $"SELECT {Columns} FROM contacts c WHERE c.list = @listId AND c.folded = ANY (@folded)",
            new { listId, folded = addresses.Select(Contact.Fold).ToArray() }, cancellationToken);

    public async ValueTask<bool> Add(string listId, Contact contact, CancellationToken cancellationToken) =>
        await Change("SELECT add_contact($1, $2, $3, $4, $5, $6, $7, $8)", cancellationToken,
            Text(listId), Text(Contact.Fold(contact.Address)), Text(contact.Address), Text(ContactRow.TopicsOf(contact)),
            new() { Value = contact.UnsubscribeAll }, Text(contact.AttributesData), new() { Value = contact.CreatedAt.UtcTicks },
            new() { Value = contact.UpdatedAt.UtcTicks });

    public async ValueTask<bool> Replace(string listId, Contact contact, CancellationToken cancellationToken) =>
        await Change("SELECT replace_contact($1, $2, $3, $4, $5, $6, $7)", cancellationToken,
            Text(listId), Text(Contact.Fold(contact.Address)), Text(ContactRow.TopicsOf(contact)), new() { Value = contact.UnsubscribeAll },
            Text(contact.AttributesData), new() { Value = contact.UpdatedAt.UtcTicks }, new() { Value = contact.Version });

    public async ValueTask<bool> Delete(string listId, string address, CancellationToken cancellationToken) =>
        await Change("SELECT delete_contact($1, $2)", cancellationToken, Text(listId), Text(Contact.Fold(address)));

    public async ValueTask<Page<Contact>> List(string listId, string? after, int pageSize, CancellationToken cancellationToken)
    {
        var limit = ControlPlane.PageSize(pageSize);
        var rows = await Query(
            $"SELECT {Columns} FROM contacts c WHERE c.list = @listId AND c.folded > @after ORDER BY c.folded LIMIT @Limit",
            new { listId, after = after ?? "", Limit = limit + 1 }, cancellationToken);
        return ControlPlane.PageOf(rows, limit, c => Contact.Fold(c.Address));
    }

    public ValueTask<string?> NextList(string? after, CancellationToken cancellationToken) => readers.With<string?>(
        async connection => await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
            "SELECT c.list FROM contacts c WHERE c.list > @after ORDER BY c.list LIMIT 1", new { after = after ?? "" })),
        cancellationToken);

    public async ValueTask Drop(string listId, CancellationToken cancellationToken) =>
        await Change("SELECT drop_contacts($1)", cancellationToken, Text(listId));

    internal static NpgsqlParameter Text(string? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    // One set of parameters for each time that the batch is sent.
    private async Task<bool> Change(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        await writer.Change(ControlPlane.Line, sql, () => parameters.Select(p => p.Clone()), null, cancellationToken) == 1;

    private ValueTask<List<Contact>> Query(string sql, object parameters, CancellationToken cancellationToken) =>
        readers.With<List<Contact>>(async connection =>
            [.. (await connection.QueryAsync<ContactRow>(new CommandDefinition(sql, parameters))).Select(r => r.ToContact())],
            cancellationToken);
}
