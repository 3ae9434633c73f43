using Dapper;
using Npgsql;
using Silo.Storage.Migrations;

namespace Silo.Storage.Postgres;

/// <summary>
/// The numbered scripts under Migrations/Postgres, applied in order, in one transaction; processes that start at once take turns.
/// </summary>
internal static class PostgresMigrations
{
    private static readonly IReadOnlyList<MigrationScript> Known = MigrationScript.ReadAll("Postgres");

    public static int KnownVersion => Known[^1].Version;

    /// <summary>Brings the database to this program's version; null when that worked, else why it is refused.</summary>
    public static async Task<StoreOpening.Refused?> Apply(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // No time limit: another process may be at it.
        await connection.ExecuteAsync(
            "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(1936289903, 0)");
        await connection.ExecuteAsync(
            $"""
            CREATE SCHEMA IF NOT EXISTS {PostgresConnections.Schema};
            CREATE TABLE IF NOT EXISTS schema_version (
                version int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp())
            """);
        var applied = (await connection.QueryAsync<(long Version, string Checksum)>(
            "SELECT version::bigint, checksum FROM schema_version ORDER BY version")).ToList();
        if (MigrationScript.Check(Known, applied, $"Database {connection.Database}") is { } refused) return refused;
        foreach (var migration in Known.Where(m => applied.All(a => a.Version != m.Version)))
        {
            await connection.ExecuteAsync(migration.Sql);
            await connection.ExecuteAsync(
                "INSERT INTO schema_version (version, name, checksum) VALUES (@Version, @Name, @Checksum)",
                new { migration.Version, migration.Name, migration.Checksum });
        }

        await transaction.CommitAsync(cancellationToken);
        return null;
    }
}
