using System.Globalization;
using Dapper;
using Silo.Storage.Listing;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

internal sealed class SqliteAuditLog(Writer writer, ReaderPool readers) : IAuditLog
{
    private const int DropAtOnce = 5_000;

    private const string Columns =
        """
        e.id AS Id, e.at AS At, e.request_id AS RequestId, e.key_id AS KeyId, e.key_kind AS KeyKind, e.operation AS Operation,
        e.resource AS Resource, e.tenant_name AS TenantName, e.address AS Address, r.status AS Status, r.error AS Error
        """;

    public ValueTask<long> Begin(AuditEntry entry, CancellationToken cancellationToken) =>
        Change(batch => batch.Connection.ExecuteScalar<long>(
            """
            INSERT INTO audit_events (at, request_id, key_id, key_kind, operation, resource, tenant_name, address)
            VALUES (@At, @RequestId, @KeyId, @KeyKind, @Operation, @Resource, @TenantName, @Address) RETURNING id
            """,
            new
            {
                At = entry.At.UtcTicks, entry.RequestId, entry.KeyId, entry.KeyKind, entry.Operation, entry.Resource, entry.TenantName, entry.Address,
            }), cancellationToken);

    public async ValueTask End(long id, AuditResult result, CancellationToken cancellationToken) =>
        await Change(batch => batch.Connection.Execute(
            "INSERT INTO audit_results (id, status, error) VALUES (@id, @Status, @Error) ON CONFLICT DO NOTHING",
            new { id, result.Status, result.Error }), cancellationToken);

    public ValueTask<Page<AuditRecord>> List(AuditFilter filter, int pageSize, CancellationToken cancellationToken)
    {
        var limit = ControlPlane.PageSize(pageSize);
        var sql = $"""
            SELECT {Columns} FROM audit_events e LEFT JOIN audit_results r ON r.id = e.id
            {AuditRow.Where(filter)} ORDER BY e.id DESC LIMIT @Limit
            """;
        return readers.Read(
            reader => ControlPlane.PageOf(
                reader.Connection.Query<AuditRow>(sql, AuditRow.Parameters(filter, limit + 1)).Select(r => r.ToRecord()).ToList(), limit,
                r => r.Id.ToString(CultureInfo.InvariantCulture)),
            cancellationToken);
    }

    public ValueTask<bool> DropBefore(DateTimeOffset instant, CancellationToken cancellationToken) =>
        Change(batch =>
        {
            const string Gone = "(SELECT id FROM audit_events WHERE at < @Before ORDER BY at, id LIMIT @DropAtOnce)";
            var terms = new { Before = instant.UtcTicks, DropAtOnce };
            batch.Connection.Execute($"DELETE FROM audit_results WHERE id IN {Gone}", terms);
            return batch.Connection.Execute($"DELETE FROM audit_events WHERE id IN {Gone}", terms) == DropAtOnce;
        }, cancellationToken);

    private ValueTask<T> Change<T>(Func<BatchWriter, T> change, CancellationToken cancellationToken) =>
        new(writer.Change(ControlPlane.Line, change, cancellationToken));
}
