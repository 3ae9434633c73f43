using Dapper;
using Microsoft.Data.Sqlite;
using Silo.Storage.Migrations;

namespace Silo.Storage.Sqlite;

/// <summary>The numbered scripts under Migrations/Sqlite, applied in order, each in a transaction.</summary>
internal static class SqliteMigrations
{
    private static readonly IReadOnlyList<MigrationScript> Known = MigrationScript.ReadAll("Sqlite");

    public static int KnownVersion => Known[^1].Version;

    /// <summary>Brings the file to this program's version; null when that worked, else why it is refused.</summary>
    public static StoreOpening.Refused? Apply(SqliteConnection connection, TimeProvider time)
    {
        connection.Execute(
            """
            CREATE TABLE IF NOT EXISTS schema_version (
                version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)
            """);
        var applied = connection.Query<(long Version, string Checksum)>("SELECT version, checksum FROM schema_version ORDER BY version").ToList();
        if (MigrationScript.Check(Known, applied, connection.DataSource) is { } refused) return refused;
        foreach (var migration in Known.Where(m => applied.All(a => a.Version != m.Version))) Apply(connection, migration, time);
        return null;
    }

    private static void Apply(SqliteConnection connection, MigrationScript migration, TimeProvider time)
    {
        using var transaction = connection.BeginTransaction();
        connection.Execute(migration.Sql, transaction: transaction);
        connection.Execute(
            "INSERT INTO schema_version VALUES (@Version, @Name, @Checksum, @AppliedAt)",
            new { migration.Version, migration.Name, migration.Checksum, AppliedAt = time.GetUtcNow().UtcTicks }, transaction);
        transaction.Commit();
    }
}
