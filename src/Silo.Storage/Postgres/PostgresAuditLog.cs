using System.Globalization;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using Silo.Storage.Listing;
using Silo.Storage.Writing;

namespace Silo.Storage.Postgres;

internal sealed class PostgresAuditLog(PostgresWriter writer, PostgresReaders readers) : IAuditLog
{
    private const int DropAtOnce = 5_000;

    private const string Columns =
        """
        e.id AS "Id", e.at AS "At", e.request_id AS "RequestId", e.key_id AS "KeyId", e.key_kind AS "KeyKind", e.operation AS "Operation",
        e.resource AS "Resource", e.tenant_name AS "TenantName", e.address AS "Address", r.status AS "Status", r.error AS "Error"
        """;

    public async ValueTask<long> Begin(AuditEntry entry, CancellationToken cancellationToken) =>
        await Change("SELECT begin_audit($1, $2, $3, $4, $5, $6, $7, $8)", cancellationToken,
            new() { Value = entry.At.UtcTicks }, Text(entry.RequestId), Text(entry.KeyId), new() { Value = entry.KeyKind },
            Text(entry.Operation), Text(entry.Resource), Text(entry.TenantName), Text(entry.Address));

    public async ValueTask End(long id, AuditResult result, CancellationToken cancellationToken) =>
        await Change("SELECT end_audit($1, $2, $3)", cancellationToken,
            new() { Value = id }, new() { Value = result.Status }, Text(result.Error));

    public async ValueTask<Page<AuditRecord>> List(AuditFilter filter, int pageSize, CancellationToken cancellationToken)
    {
        var limit = ControlPlane.PageSize(pageSize);
        var sql = $"""
            SELECT {Columns} FROM audit_events e LEFT JOIN audit_results r ON r.id = e.id
            {AuditRow.Where(filter)} ORDER BY e.id DESC LIMIT @Limit
            """;
        var rows = await readers.With<List<AuditRecord>>(async connection =>
            [.. (await connection.QueryAsync<AuditRow>(new CommandDefinition(sql, AuditRow.Parameters(filter, limit + 1)))).Select(r => r.ToRecord())],
            cancellationToken);
        return ControlPlane.PageOf(rows, limit, r => r.Id.ToString(CultureInfo.InvariantCulture));
    }

    public async ValueTask<bool> DropBefore(DateTimeOffset instant, CancellationToken cancellationToken) =>
        await Change("SELECT drop_audit($1, $2)", cancellationToken, new() { Value = instant.UtcTicks }, new() { Value = DropAtOnce }) == DropAtOnce;

    private static NpgsqlParameter Text(string? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    // One set of parameters for each time that the batch is sent.
    private Task<long> Change(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        writer.Change(ControlPlane.Line, sql, () => parameters.Select(p => p.Clone()), null, cancellationToken);
}
