using System.Text;
using Dapper;
using Silo.Core.Tenants;
using Silo.Storage.Listing;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

internal sealed class SqliteTenantStore(Writer writer, ReaderPool readers, SnapshotLag lag, long firstId) : ITenantStore
{
    private const string ListingColumns =
        """
        t.name AS Name, t.tenant_id AS TenantId, t.arn AS Arn, t.created_at AS CreatedAt, t.sending_status AS SendingStatus,
        t.reputation_impact AS ReputationImpact, s.state AS State
        """;

    private const string ListingTables = "tenants t JOIN snapshots s ON s.tenant_key = t.tenant_key";

    private const string LoadRow =
        """
        SELECT t.tenant_key, t.tenant_id, t.created_at, t.sending_status, t.reputation_impact, s.applied_sequence, s.state, s.counters,
            (SELECT value FROM meta WHERE name = 'commits')
        FROM tenants t JOIN snapshots s ON s.tenant_key = t.tenant_key WHERE t.name = ?1
        """;

    public async ValueTask<StoredTenant?> Load(string name, CancellationToken cancellationToken)
    {
        var spin = new SpinWait();
        while (true)
        {
            var (tenant, consistent) = await readers.Read(reader => TryLoad(reader, name), cancellationToken);
            if (consistent) return tenant;
            // The writer is between a commit and its publication, or committed meanwhile: it takes microseconds.
            spin.SpinOnce();
        }
    }

    public async ValueTask<TenantClaim> Claim(string name, CancellationToken cancellationToken)
    {
        if (await Load(name, cancellationToken) is not { } tenant) return TenantClaim.NoSuchTenant;
        var unsettled = await readers.Read(reader => UnsettledUnits.Read(reader, firstId, tenant.TenantKey), cancellationToken);
        return new TenantClaim(ClaimResult.Claimed, tenant, unsettled, Backlog: null);
    }

    public async ValueTask<TenantCreation> Create(NewTenant tenant, CancellationToken cancellationToken) =>
        await writer.Change(ControlPlane.Line, batch => TenantChanges.Create(batch, tenant), cancellationToken);

    // In the tenant's own line: after all that was put in line for it before.
    public async ValueTask<bool> Delete(long tenantKey, CancellationToken cancellationToken) =>
        await writer.Change(tenantKey, batch => TenantChanges.Delete(batch, tenantKey), cancellationToken);

    public ValueTask<Page<TenantListing>> List(TenantFilter filter, int pageSize, CancellationToken cancellationToken)
    {
        pageSize = ControlPlane.PageSize(pageSize);
        return readers.Read(reader =>
        {
            var rows = reader.Connection.Query<TenantListingRow>(ListSql(filter), new
            {
                filter.AfterName, filter.NameContains, filter.ArnPrefix, filter.SendingStatus, filter.ReputationImpact,
                TenantName.Account, Limit = pageSize + 1,
            }).Select(r => r.ToListing()).ToList();
            return ControlPlane.PageOf(rows, pageSize, t => t.Name);
        }, cancellationToken);
    }

    public ValueTask<TenantListing?> FindById(string tenantId, CancellationToken cancellationToken) =>
        readers.Read(reader => reader.Connection.QuerySingleOrDefault<TenantListingRow>(
            $"SELECT {ListingColumns} FROM {ListingTables} WHERE t.tenant_id = @tenantId AND t.name <> @Account",
            new { tenantId, TenantName.Account })?.ToListing(), cancellationToken);

    public ValueTask<string?> FindName(long tenantKey, CancellationToken cancellationToken) =>
        readers.Read(reader => reader.Connection.QuerySingleOrDefault<string?>(
            "SELECT name FROM tenants WHERE tenant_key = @tenantKey", new { tenantKey }), cancellationToken);

    public ValueTask<IReadOnlyList<string>> TenantsToSnapshot(long maxBehind, int limit, CancellationToken cancellationToken) =>
        readers.Read<IReadOnlyList<string>>(reader =>
        {
            var names = new List<string>();
            foreach (var key in lag.Behind(maxBehind, limit))
            {
                var row = reader.Prepared("SELECT name FROM tenants WHERE tenant_key = ?1").Bind(0, key);
                if (row.Step()) names.Add(row.Text(0));
                row.Reset();
            }

            return names;
        }, cancellationToken);

    /// <summary>Only what is asked for stands in the statement, so that SQLite can choose its index by it.</summary>
    internal static string ListSql(TenantFilter filter)
    {
        var sql = new StringBuilder($"SELECT {ListingColumns} FROM {ListingTables} WHERE t.name <> @Account");
        if (filter.AfterName is not null) sql.Append(" AND t.name > @AfterName");
        if (filter.NameContains is not null) sql.Append(" AND instr(t.name, @NameContains) > 0");
        if (filter.ArnPrefix is not null) sql.Append(" AND substr(t.arn, 1, length(@ArnPrefix)) = @ArnPrefix");
        if (filter.SendingStatus is not null) sql.Append(" AND t.sending_status = @SendingStatus");
        if (filter.ReputationImpact is not null) sql.Append(" AND t.reputation_impact = @ReputationImpact");
        if (filter.WithFinding) sql.Append(" AND t.reputation_impact IS NOT NULL");
        return sql.Append(" ORDER BY t.name LIMIT @Limit").ToString();
    }

    private (StoredTenant? Tenant, bool Consistent) TryLoad(Reader reader, string name)
    {
        var row = reader.Prepared(LoadRow).Bind(0, name);
        try
        {
            if (!row.Step()) return (null, true);
            var key = row.Long(0);
            var (commits, positions) = lag.Read(key);
            if (commits != row.Long(8)) return (null, false);
            var snapshot = new TenantSnapshot(row.Long(5), row.Bytes(6), row.Bytes(7), row.Text(3), row.TextOrNull(4));
            var tail = SqliteEventLog.ReadAt(reader, positions);
            return (new(key, name, row.Text(1), row.Instant(2), snapshot, tail), true);
        }
        finally
        {
            row.Reset();
        }
    }
}
