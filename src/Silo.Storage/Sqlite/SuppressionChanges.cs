using Dapper;
using Microsoft.Data.Sqlite;
using Silo.Core.Suppression;

namespace Silo.Storage.Sqlite;

/// <summary>Changes of suppression lists, inside a batch.</summary>
internal static class SuppressionChanges
{
    // Few enough that other writes hardly wait.
    private const int DropAtOnce = 5_000;

    /// <param name="list">0 for the account's, else a tenant's key.</param>
    public static void Put(BatchWriter batch, long list, SuppressionEntry entry)
    {
        var folded = SuppressionEntry.Fold(entry.Address);
        batch.Listed.Add(folded);
        batch.Connection.Execute(
            """
            INSERT INTO suppressed (list, address, folded, reason, updated_at, message_id)
            VALUES (@list, @Address, @folded, @Reason, @UpdatedAt, @MessageId)
            ON CONFLICT (list, address) DO UPDATE
            SET reason = excluded.reason, updated_at = excluded.updated_at, message_id = excluded.message_id
            """,
            new
            {
                list, entry.Address, folded, Reason = (int)entry.Reason, UpdatedAt = entry.UpdatedAt.UtcTicks, entry.MessageId,
            });
    }

    public static bool Delete(SqliteConnection connection, string? tenantName, string address) =>
        ListOf(connection, tenantName) is { } list
        && connection.Execute("DELETE FROM suppressed WHERE list = @list AND address = @address", new { list, address }) == 1;

    public static bool Put(BatchWriter batch, string? tenantName, SuppressionEntry entry)
    {
        if (ListOf(batch.Connection, tenantName) is not { } list) return false;
        Put(batch, list, entry);
        return true;
    }

    /// <summary>Clears away some of the lists of tenants that are gone. True when there may be more.</summary>
    public static bool DropGone(BatchWriter batch)
    {
        var dropped = batch.Connection.Execute(
            """
            DELETE FROM suppressed WHERE (list, address) IN (
                SELECT s.list, s.address FROM suppressed_gone g JOIN suppressed s ON s.list = g.list LIMIT @DropAtOnce)
            """,
            new { DropAtOnce });
        if (dropped == DropAtOnce) return true;
        // What else a tenant had may still be there.
        batch.Connection.Execute(
            "DELETE FROM suppressed_gone WHERE NOT EXISTS (SELECT 1 FROM opt_outs o WHERE o.tenant_key = suppressed_gone.list)");
        return false;
    }

    /// <summary>Null when there is no such tenant.</summary>
    public static long? ListOf(SqliteConnection connection, string? tenantName) => tenantName is null
        ? 0
        : connection.ExecuteScalar<long?>("SELECT tenant_key FROM tenants WHERE name = @tenantName", new { tenantName });
}
