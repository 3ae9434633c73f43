using Dapper;
using Silo.Core.Suppression;
using Silo.Storage.Listing;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

internal sealed class SqliteSuppressionStore(Writer writer, ReaderPool readers, ListedAddresses listed) : ISuppressionStore
{
    private const string FindTenant = "SELECT tenant_key FROM tenants WHERE name = ?1";
    private const string FindAddress = "SELECT list, address, reason FROM suppressed WHERE folded = ?1 AND list IN (0, ?2)";
    private const string Columns = "address AS Address, reason AS Reason, updated_at AS UpdatedAt, message_id AS MessageId";

    // Asked before every send, so mostly without a read, and with statements that are kept.
    public ValueTask<IReadOnlyList<ListedAddress>> Find(
        string tenantName, IReadOnlyList<string> recipients, CancellationToken cancellationToken) => listed.MayHold(recipients)
        ? Read(tenantName, recipients, cancellationToken)
        : ValueTask.FromResult<IReadOnlyList<ListedAddress>>([]);

    public ValueTask<SuppressionEntry?> Get(string? tenantName, string address, CancellationToken cancellationToken) =>
        readers.Read(reader => SuppressionChanges.ListOf(reader.Connection, tenantName) is { } list
            ? reader.Connection.QuerySingleOrDefault<SuppressionRow>(
                $"SELECT {Columns} FROM suppressed WHERE list = @list AND address = @address", new { list, address })?.ToEntry()
            : null, cancellationToken);

    public ValueTask<bool> Put(string? tenantName, SuppressionEntry entry, CancellationToken cancellationToken) =>
        Change(batch => SuppressionChanges.Put(batch, tenantName, entry), cancellationToken);

    public ValueTask<bool> Delete(string? tenantName, string address, CancellationToken cancellationToken) =>
        Change(batch => SuppressionChanges.Delete(batch.Connection, tenantName, address), cancellationToken);

    public ValueTask<Page<SuppressionEntry>> List(SuppressionFilter filter, int pageSize, CancellationToken cancellationToken)
    {
        var limit = ControlPlane.PageSize(pageSize);
        var sql = $"SELECT {Columns} FROM suppressed WHERE list = @list";
        if (filter.After is not null) sql += " AND address > @After";
        if (filter.Reason is not null) sql += " AND reason = @Reason";
        if (filter.From is not null) sql += " AND updated_at >= @From";
        if (filter.Until is not null) sql += " AND updated_at < @Until";
        return readers.Read(reader =>
        {
            if (SuppressionChanges.ListOf(reader.Connection, filter.TenantName) is not { } list) return new Page<SuppressionEntry>([], null);
            var rows = reader.Connection.Query<SuppressionRow>(sql + " ORDER BY address LIMIT @Limit", new
            {
                list, filter.After, Reason = (int?)filter.Reason, From = filter.From?.UtcTicks, Until = filter.Until?.UtcTicks, Limit = limit + 1,
            });
            return ControlPlane.PageOf(rows.Select(r => r.ToEntry()).ToList(), limit, e => e.Address);
        }, cancellationToken);
    }

    private ValueTask<IReadOnlyList<ListedAddress>> Read(
        string tenantName, IReadOnlyList<string> recipients, CancellationToken cancellationToken) =>
        readers.Read(reader =>
        {
            List<ListedAddress>? found = null;
            var tenant = reader.Prepared(FindTenant).Bind(0, tenantName).ReadLong() ?? 0;
            var find = reader.Prepared(FindAddress);
            foreach (var recipient in recipients)
            {
                find.Bind(0, SuppressionEntry.Fold(recipient)).Bind(1, tenant);
                while (find.Step()) (found ??= []).Add(new(find.Text(1), find.Long(0) != 0, (SuppressionReason)find.Int(2)));
                find.Reset();
            }

            return found ?? (IReadOnlyList<ListedAddress>)[];
        }, cancellationToken);

    private ValueTask<T> Change<T>(Func<BatchWriter, T> change, CancellationToken cancellationToken) =>
        new(writer.Change(ControlPlane.Line, change, cancellationToken));
}
