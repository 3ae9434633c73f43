using System.Security.Cryptography;
using System.Text;

namespace Silo.Storage.Migrations;

/// <summary>A numbered script under Migrations. One that was applied never changes, which its checksum tells.</summary>
internal sealed record MigrationScript(int Version, string Name, string Sql, string Checksum)
{
    /// <summary>All scripts of an engine in their order.</summary>
    public static IReadOnlyList<MigrationScript> ReadAll(string engine)
    {
        var assembly = typeof(MigrationScript).Assembly;
        var prefix = $"Silo.Storage.Migrations.{engine}.";
        return [.. assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(Read).OrderBy(m => m.Version)];

        MigrationScript Read(string resource)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            // A checkout with other line ends is not another migration.
            var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
            var name = resource[prefix.Length..^".sql".Length];
            var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
            return new(int.Parse(name.AsSpan(0, 4), System.Globalization.CultureInfo.InvariantCulture), name, sql, checksum);
        }
    }

    /// <summary>Why a database to which these were applied is not for this program; null when it is.</summary>
    public static StoreOpening.Refused? Check(
        IReadOnlyList<MigrationScript> known, IReadOnlyList<(long Version, string Checksum)> applied, string database)
    {
        if (applied.Count > 0 && applied[^1].Version > known[^1].Version)
            return new(StoreRefusal.NewerSchema,
                $"{database} has schema version {applied[^1].Version}; this program knows versions up to {known[^1].Version}. "
                + "Run the newer program.");

        foreach (var (version, checksum) in applied)
        {
            if (known.FirstOrDefault(m => m.Version == version)?.Checksum != checksum)
                return new(StoreRefusal.ChangedMigration,
                    $"Migration {version} of {database} is not the one that this program carries. It comes from another build.");
        }

        return null;
    }
}
