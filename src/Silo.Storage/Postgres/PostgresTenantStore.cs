using System.Text;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using Silo.Core.Tenants;
using Silo.Storage.Listing;
using Silo.Storage.Writing;

namespace Silo.Storage.Postgres;

internal sealed class PostgresTenantStore(
    PostgresWriter writer, PostgresReaders readers, TenantClaims claims, OwnTenants own, long incarnation) : ITenantStore
{
    internal static readonly string LoadOne = TenantRows.Select("t.name = $1");

    private const string ListingColumns =
        """
        t.name AS "Name", t.tenant_id AS "TenantId", t.arn AS "Arn", t.created_at AS "CreatedAt", t.sending_status AS "SendingStatus",
        t.reputation_impact AS "ReputationImpact", s.state AS "State"
        """;

    private const string ListingTables = "tenants t JOIN snapshots s ON s.tenant_key = t.tenant_key";

    public ValueTask<StoredTenant?> Load(string name, CancellationToken cancellationToken) =>
        readers.Read(LoadOne, async rows => (await TenantRows.Read(rows)).SingleOrDefault(), cancellationToken,
            new NpgsqlParameter<string> { TypedValue = name });

    public ValueTask<TenantClaim> Claim(string name, CancellationToken cancellationToken) => claims.Claim(name, cancellationToken);

    public async ValueTask<TenantCreation> Create(NewTenant tenant, CancellationToken cancellationToken)
    {
        var applied = tenant.Snapshot.AppliedSequence;
        var key = await writer.Change(
            ControlPlane.Line, "SELECT create_tenant($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            () =>
            [
                new() { Value = incarnation }, Text(tenant.Name), Text(tenant.TenantId), Text(tenant.Arn),
                new() { Value = tenant.CreatedAt.UtcTicks },
                Text(tenant.Snapshot.SendingStatus), Text(tenant.Snapshot.ReputationImpact), new() { Value = applied },
                new() { Value = tenant.Snapshot.State.ToArray() }, new() { Value = tenant.Snapshot.Counters.ToArray() },
                new() { Value = tenant.Tags.Select(t => t.Key).ToArray() }, new() { Value = tenant.Tags.Select(t => t.Value).ToArray() },
                new() { Value = (long)tenant.MaxTenants },
            ],
            answer =>
            {
                if (answer > 0) own.Add(new(answer.Value, tenant.Name, applied, applied));
            }, cancellationToken);
        return key switch
        {
            0 => new(TenantCreationResult.NameTaken, 0),
            < 0 => new(TenantCreationResult.LimitReached, 0),
            _ => new(TenantCreationResult.Created, key),
        };
    }

    // In the tenant's own line: after all that was put in line for it before.
    public async ValueTask<bool> Delete(long tenantKey, CancellationToken cancellationToken)
    {
        var answer = await writer.Change(
            tenantKey, "SELECT delete_tenant($1, $2)", () => [new() { Value = incarnation }, new() { Value = tenantKey }],
            answer =>
            {
                if (answer is null or > 0) own.Remove(tenantKey);
            }, cancellationToken);
        return answer >= 0
            ? answer > 0
            : throw new StorageException($"The write was refused: Tenant {tenantKey} still has mail in its queue.");
    }

    public async ValueTask<Page<TenantListing>> List(TenantFilter filter, int pageSize, CancellationToken cancellationToken)
    {
        pageSize = ControlPlane.PageSize(pageSize);
        var rows = await Query(ListSql(filter), new
        {
            filter.AfterName, filter.NameContains, filter.ArnPrefix, filter.SendingStatus, filter.ReputationImpact,
            TenantName.Account, Limit = pageSize + 1,
        }, cancellationToken);
        return ControlPlane.PageOf(rows, pageSize, t => t.Name);
    }

    public async ValueTask<TenantListing?> FindById(string tenantId, CancellationToken cancellationToken) =>
        (await Query($"SELECT {ListingColumns} FROM {ListingTables} WHERE t.tenant_id = @tenantId AND t.name <> @Account",
            new { tenantId, TenantName.Account }, cancellationToken)).SingleOrDefault();

    public async ValueTask<string?> FindName(long tenantKey, CancellationToken cancellationToken) =>
        (await readers.List(
            "SELECT name FROM tenants WHERE tenant_key = $1", r => r.GetString(0), cancellationToken,
            new NpgsqlParameter<long> { TypedValue = tenantKey })).SingleOrDefault();

    public async ValueTask<IReadOnlyList<string>> TenantsToSnapshot(long maxBehind, int limit, CancellationToken cancellationToken)
    {
        var behind = own.Behind();
        if (behind.Count == 0) return [];
        var threshold = await readers.List(
            "SELECT position FROM events ORDER BY position DESC OFFSET $1 LIMIT 1", r => r.GetInt64(0), cancellationToken,
            new NpgsqlParameter<long> { TypedValue = maxBehind });
        return threshold.Count == 0 ? [] : [.. behind.Where(t => t.Oldest <= threshold[0]).Take(limit).Select(t => t.Tenant.Name)];
    }

    /// <summary>Only what is asked for stands in the statement, so that the planner can choose its index by it.</summary>
    internal static string ListSql(TenantFilter filter)
    {
        var sql = new StringBuilder($"SELECT {ListingColumns} FROM {ListingTables} WHERE t.name <> @Account");
        if (filter.AfterName is not null) sql.Append(" AND t.name > @AfterName");
        if (filter.NameContains is not null) sql.Append(" AND strpos(t.name, @NameContains) > 0");
        if (filter.ArnPrefix is not null) sql.Append(" AND starts_with(t.arn, @ArnPrefix)");
        if (filter.SendingStatus is not null) sql.Append(" AND t.sending_status = @SendingStatus");
        if (filter.ReputationImpact is not null) sql.Append(" AND t.reputation_impact = @ReputationImpact");
        if (filter.WithFinding) sql.Append(" AND t.reputation_impact IS NOT NULL");
        return sql.Append(" ORDER BY t.name LIMIT @Limit").ToString();
    }

    private static NpgsqlParameter Text(string? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private async Task<List<TenantListing>> Query(string sql, object parameters, CancellationToken cancellationToken) =>
        await readers.With<List<TenantListing>>(async connection =>
            [.. (await connection.QueryAsync<TenantListingRow>(new CommandDefinition(sql, parameters))).Select(r => r.ToListing())],
            cancellationToken);
}
