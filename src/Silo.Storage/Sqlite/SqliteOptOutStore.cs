using Dapper;
using Silo.Core.Contacts;
using Silo.Storage.Listing;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

internal sealed class SqliteOptOutStore(Writer writer, ReaderPool readers) : IOptOutStore
{
    private const string FindTenant = "SELECT tenant_key FROM tenants WHERE name = ?1";
    private const string FindAddress = "SELECT 1 FROM opt_outs WHERE tenant_key = ?1 AND folded = ?2";

    // Asked before every send of bulk mail, so with statements that are kept.
    public ValueTask<IReadOnlyList<string>> Find(string tenantName, IReadOnlyList<string> recipients, CancellationToken cancellationToken) =>
        readers.Read(reader =>
        {
            List<string>? found = null;
            if (reader.Prepared(FindTenant).Bind(0, tenantName).ReadLong() is not { } tenant) return (IReadOnlyList<string>)[];
            foreach (var recipient in recipients)
            {
                if (reader.Prepared(FindAddress).Bind(0, tenant).Bind(1, Contact.Fold(recipient)).ReadLong() is not null)
                    (found ??= []).Add(recipient);
            }

            return found ?? (IReadOnlyList<string>)[];
        }, cancellationToken);

    public ValueTask<bool> Add(string tenantName, OptOut entry, CancellationToken cancellationToken) => Change(
        """
        INSERT INTO opt_outs (tenant_key, folded, address, at, message_id)
        SELECT tenant_key, @Folded, @Address, @At, @MessageId FROM tenants WHERE name = @tenantName ON CONFLICT DO NOTHING
        """,
        new { tenantName, Folded = Contact.Fold(entry.Address), entry.Address, At = entry.At.UtcTicks, entry.MessageId }, cancellationToken);

    public ValueTask<bool> Delete(string tenantName, string address, CancellationToken cancellationToken) => Change(
        "DELETE FROM opt_outs WHERE folded = @Folded AND tenant_key = (SELECT tenant_key FROM tenants WHERE name = @tenantName)",
        new { tenantName, Folded = Contact.Fold(address) }, cancellationToken);

    public ValueTask<Page<OptOut>> List(string tenantName, string? after, int pageSize, CancellationToken cancellationToken)
    {
        var limit = ControlPlane.PageSize(pageSize);
        return readers.Read(reader => ControlPlane.PageOf(
            reader.Connection.Query<OptOutRow>(
                """
                SELECT address AS Address, at AS At, message_id AS MessageId FROM opt_outs
                WHERE tenant_key = (SELECT tenant_key FROM tenants WHERE name = @tenantName) AND folded > @after ORDER BY folded LIMIT @Limit
                """,
                new { tenantName, after = after ?? "", Limit = limit + 1 }).Select(r => r.ToOptOut()).ToList(),
            limit, o => Contact.Fold(o.Address)), cancellationToken);
    }

    private ValueTask<bool> Change(string sql, object parameters, CancellationToken cancellationToken) =>
        new(writer.Change(ControlPlane.Line, batch => batch.Connection.Execute(sql, parameters) == 1, cancellationToken));
}
