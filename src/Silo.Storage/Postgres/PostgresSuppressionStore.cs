using Dapper;
using Npgsql;
using NpgsqlTypes;
using Silo.Core.Suppression;
using Silo.Storage.Listing;
using Silo.Storage.Writing;

namespace Silo.Storage.Postgres;

internal sealed class PostgresSuppressionStore(PostgresWriter writer, PostgresReaders readers) : ISuppressionStore
{
    private const string Columns =
        """s.address AS "Address", s.reason AS "Reason", s.updated_at AS "UpdatedAt", s.message_id AS "MessageId" """;

    public ValueTask<IReadOnlyList<ListedAddress>> Find(
        string tenantName, IReadOnlyList<string> recipients, CancellationToken cancellationToken) =>
        readers.List(
            """
            SELECT s.list, s.address, s.reason FROM suppressed s
            WHERE s.folded = ANY ($1) AND (s.list = 0 OR s.list = (SELECT t.tenant_key FROM tenants t WHERE t.name = $2))
            """,
            r => new ListedAddress(r.GetString(1), r.GetInt64(0) != 0, (SuppressionReason)r.GetInt32(2)), cancellationToken,
            new NpgsqlParameter<string[]> { TypedValue = [.. recipients.Select(SuppressionEntry.Fold)] },
            new NpgsqlParameter<string> { TypedValue = tenantName });

    public async ValueTask<SuppressionEntry?> Get(string? tenantName, string address, CancellationToken cancellationToken) =>
        (await Query($"SELECT {Columns} FROM suppressed s WHERE {ListOf(tenantName)} AND s.address = @address",
            new { tenantName, address }, cancellationToken)).SingleOrDefault();

    public async ValueTask<bool> Put(string? tenantName, SuppressionEntry entry, CancellationToken cancellationToken) =>
        await Change("SELECT put_suppressed($1, $2, $3, $4, $5, $6)", cancellationToken,
            Text(tenantName), Text(entry.Address), Text(SuppressionEntry.Fold(entry.Address)), new() { Value = (int)entry.Reason },
            new() { Value = entry.UpdatedAt.UtcTicks }, Text(entry.MessageId)) == 1;

    public async ValueTask<bool> Delete(string? tenantName, string address, CancellationToken cancellationToken) =>
        await Change("SELECT delete_suppressed($1, $2)", cancellationToken, Text(tenantName), Text(address)) == 1;

    public async ValueTask<Page<SuppressionEntry>> List(SuppressionFilter filter, int pageSize, CancellationToken cancellationToken)
    {
        var limit = ControlPlane.PageSize(pageSize);
        var sql = $"SELECT {Columns} FROM suppressed s WHERE {ListOf(filter.TenantName)}";
        if (filter.After is not null) sql += " AND s.address > @After";
        if (filter.Reason is not null) sql += " AND s.reason = @Reason";
        if (filter.From is not null) sql += " AND s.updated_at >= @From";
        if (filter.Until is not null) sql += " AND s.updated_at < @Until";
        var rows = await Query(sql + " ORDER BY s.address LIMIT @Limit", new
        {
            tenantName = filter.TenantName, filter.After, Reason = (int?)filter.Reason, From = filter.From?.UtcTicks,
            Until = filter.Until?.UtcTicks, Limit = limit + 1,
        }, cancellationToken);
        return ControlPlane.PageOf(rows, limit, e => e.Address);
    }

    private static string ListOf(string? tenantName) =>
        tenantName is null ? "s.list = 0" : "s.list = (SELECT t.tenant_key FROM tenants t WHERE t.name = @tenantName)";

    private static NpgsqlParameter Text(string? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    // One set of parameters for each time that the batch is sent.
    private Task<long> Change(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        writer.Change(ControlPlane.Line, sql, () => parameters.Select(p => p.Clone()), null, cancellationToken);

    private ValueTask<List<SuppressionEntry>> Query(string sql, object parameters, CancellationToken cancellationToken) =>
        readers.With<List<SuppressionEntry>>(async connection =>
            [.. (await connection.QueryAsync<SuppressionRow>(new CommandDefinition(sql, parameters))).Select(r => r.ToEntry())],
            cancellationToken);
}
