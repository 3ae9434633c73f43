using Dapper;
using Silo.Core.Tenants;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

/// <summary>Creation and removal of tenants, inside a batch.</summary>
internal static class TenantChanges
{
    public static TenantCreation Create(BatchWriter batch, NewTenant tenant)
    {
        var connection = batch.Connection;
        if (connection.ExecuteScalar<long?>("SELECT 1 FROM tenants WHERE name = @Name", new { tenant.Name }) is not null)
            return new(TenantCreationResult.NameTaken, 0);
        var isAccount = tenant.Name == TenantName.Account;
        // Counted in a row of its own: COUNT(*) walks over all tenants, on the thread that everybody waits for.
        var count = connection.ExecuteScalar<long>("SELECT value FROM meta WHERE name = 'tenants'");
        if (!isAccount && count >= tenant.MaxTenants) return new(TenantCreationResult.LimitReached, 0);
        if (!isAccount) batch.SetMeta("tenants", count + 1);
        var key = connection.ExecuteScalar<long>(
            """
            INSERT INTO tenants (name, tenant_id, arn, created_at, sending_status, reputation_impact)
            VALUES (@Name, @TenantId, @Arn, @CreatedAt, @SendingStatus, @ReputationImpact) RETURNING tenant_key
            """,
            new
            {
                tenant.Name, tenant.TenantId, tenant.Arn, CreatedAt = tenant.CreatedAt.UtcTicks,
                tenant.Snapshot.SendingStatus, tenant.Snapshot.ReputationImpact,
            });
        connection.Execute(
            "INSERT INTO snapshots (tenant_key, applied_sequence, state, counters) VALUES (@key, @AppliedSequence, @State, @Counters)",
            new { key, tenant.Snapshot.AppliedSequence, State = tenant.Snapshot.State.ToArray(), Counters = tenant.Snapshot.Counters.ToArray() });
        ResourceChanges.PutTags(connection, tenant.Arn, tenant.Tags);
        return new(TenantCreationResult.Created, key);
    }

    public static bool Delete(BatchWriter batch, long tenantKey)
    {
        var connection = batch.Connection;
        var tenant = connection.QuerySingleOrDefault<(string Name, string Arn)?>("SELECT name, arn FROM tenants WHERE tenant_key = @tenantKey", new { tenantKey });
        if (tenant is not { } found) return false;
        if (connection.ExecuteScalar<long?>("SELECT 1 FROM units WHERE tenant_key = @tenantKey LIMIT 1", new { tenantKey }) is not null)
            throw new RefusedWriteException($"Tenant {found.Name} still has mail in its queue.");
        connection.Execute(
            """
            DELETE FROM associations WHERE tenant_name = @Name;
            DELETE FROM tags WHERE arn = @Arn;
            INSERT INTO suppressed_gone (list) VALUES (@tenantKey);
            INSERT INTO notice_tenants (tenant_key, name, tenant_id) SELECT tenant_key, name, tenant_id FROM tenants
                WHERE tenant_key = @tenantKey AND EXISTS (SELECT 1 FROM notices WHERE tenant_key = @tenantKey);
            DELETE FROM snapshots WHERE tenant_key = @tenantKey;
            DELETE FROM tenants WHERE tenant_key = @tenantKey;
            """,
            new { tenantKey, found.Name, found.Arn });
        if (found.Name != TenantName.Account) connection.Execute("UPDATE meta SET value = value - 1 WHERE name = 'tenants'");
        batch.Events.Forget(tenantKey);
        return true;
    }
}
