using Dapper;
using Npgsql;
using Silo.Core.Contacts;
using Silo.Storage.Listing;
using Silo.Storage.Writing;

namespace Silo.Storage.Postgres;

internal sealed class PostgresOptOutStore(PostgresWriter writer, PostgresReaders readers) : IOptOutStore
{
    private const string OfTenant = "o.tenant_key = (SELECT t.tenant_key FROM tenants t WHERE t.name = @tenantName)";

    public async ValueTask<IReadOnlyList<string>> Find(
        string tenantName, IReadOnlyList<string> recipients, CancellationToken cancellationToken)
    {
        var found = await readers.With<List<string>>(async connection =>
            [.. await connection.QueryAsync<string>(new CommandDefinition(
                $"SELECT o.folded FROM opt_outs o WHERE {OfTenant} AND o.folded = ANY (@folded)",
                new { tenantName, folded = recipients.Select(Contact.Fold).ToArray() }))], cancellationToken);
        return found.Count == 0 ? [] : [.. recipients.Where(r => found.Contains(Contact.Fold(r)))];
    }

    public async ValueTask<bool> Add(string tenantName, OptOut entry, CancellationToken cancellationToken) =>
        await Change("SELECT add_opt_out($1, $2, $3, $4, $5)", cancellationToken,
            Text(tenantName), Text(Contact.Fold(entry.Address)), Text(entry.Address), new() { Value = entry.At.UtcTicks }, Text(entry.MessageId));

    public async ValueTask<bool> Delete(string tenantName, string address, CancellationToken cancellationToken) =>
        await Change("SELECT delete_opt_out($1, $2)", cancellationToken, Text(tenantName), Text(Contact.Fold(address)));

    public async ValueTask<Page<OptOut>> List(string tenantName, string? after, int pageSize, CancellationToken cancellationToken)
    {
        var limit = ControlPlane.PageSize(pageSize);
        var rows = await readers.With<List<OptOut>>(async connection =>
            [.. (await connection.QueryAsync<OptOutRow>(new CommandDefinition(
                $"""
                SELECT o.address AS "Address", o.at AS "At", o.message_id AS "MessageId" FROM opt_outs o
                WHERE {OfTenant} AND o.folded > @after ORDER BY o.folded LIMIT @Limit
                """,
                new { tenantName, after = after ?? "", Limit = limit + 1 }))).Select(r => r.ToOptOut())], cancellationToken);
        return ControlPlane.PageOf(rows, limit, o => Contact.Fold(o.Address));
    }

    private static NpgsqlParameter Text(string? value) => PostgresContactStore.Text(value);

    private async Task<bool> Change(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        await writer.Change(ControlPlane.Line, sql, () => parameters.Select(p => p.Clone()), null, cancellationToken) == 1;
}
