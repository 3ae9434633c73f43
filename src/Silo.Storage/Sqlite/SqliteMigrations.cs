using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Silo.Storage.Sqlite;

/// <summary>The numbered scripts under Migrations/Sqlite, applied in order, each in a transaction. One that was applied never changes.</summary>
internal static class SqliteMigrations
{
    private const string Prefix = "Silo.Storage.Migrations.Sqlite.";

    private static readonly IReadOnlyList<Migration> Known = ReadKnown();

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
        if (applied.Count > 0 && applied[^1].Version > KnownVersion)
            return new(StoreRefusal.NewerSchema,
                $"{connection.DataSource} has schema version {applied[^1].Version}; this program knows versions up to {KnownVersion}. Run the newer program.");

        foreach (var (version, checksum) in applied)
        {
            var known = Known.FirstOrDefault(m => m.Version == version);
            if (known?.Checksum != checksum)
                return new(StoreRefusal.ChangedMigration,
                    $"Migration {version} of {connection.DataSource} is not the one that this program carries. The file comes from another build.");
        }

        foreach (var migration in Known.Where(m => applied.All(a => a.Version != m.Version))) Apply(connection, migration, time);
        return null;
    }

    private static void Apply(SqliteConnection connection, Migration migration, TimeProvider time)
    {
        using var transaction = connection.BeginTransaction();
        connection.Execute(migration.Sql, transaction: transaction);
        connection.Execute(
            "INSERT INTO schema_version VALUES (@Version, @Name, @Checksum, @AppliedAt)",
            new { migration.Version, migration.Name, migration.Checksum, AppliedAt = time.GetUtcNow().UtcTicks }, transaction);
        transaction.Commit();
    }

    private static List<Migration> ReadKnown()
    {
        var assembly = typeof(SqliteMigrations).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(Read).OrderBy(m => m.Version)];

        Migration Read(string resource)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            // A checkout with other line ends is not another migration.
            var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
            var name = resource[Prefix.Length..^".sql".Length];
            var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
            return new(int.Parse(name.AsSpan(0, 4), System.Globalization.CultureInfo.InvariantCulture), name, sql, checksum);
        }
    }

    private sealed record Migration(int Version, string Name, string Sql, string Checksum);
}
