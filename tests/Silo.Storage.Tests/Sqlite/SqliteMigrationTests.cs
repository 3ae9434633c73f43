using Dapper;
using Microsoft.Data.Sqlite;
using Silo.Core.Pacing;
using Silo.Storage.Migrations;
using Silo.Storage.Sqlite;
using Silo.Testing;

namespace Silo.Storage.Tests.Sqlite;

public sealed class SqliteMigrationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-migration-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Mail_of_a_file_without_streams_and_pools_is_normal_mail_of_no_pool()
    {
        MakeFile(lastVersion: 2);

        await using var store = Assert.IsType<StoreOpening.Opened>(await SqliteStore.Open(
            new() { Directory = _directory, MinFreeDiskBytes = 0 }, new HostileTimeProvider(), default)).Store;

        var unit = Assert.Single(await store.Spool.ReadQueue(1, default, 10, false, default));
        Assert.Equal((11L, 10L, "r@example.com", 2, MailStream.Normal, null), (unit.Id, unit.MessageKey, unit.Recipient, unit.Attempts, unit.Stream, unit.Pool));
        Assert.Equal(0, unit.DelaysTold);
        Assert.Equal(unit, Assert.Single(await store.Spool.ReadUnsettled(default)).Unit);
    }

    /// <summary>As the release left it whose last migration this is, with a unit in hand.</summary>
    private void MakeFile(int lastVersion)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_directory, "silo.db")};Pooling=False");
        connection.Execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)");
        foreach (var script in MigrationScript.ReadAll("Sqlite").Where(s => s.Version <= lastVersion))
        {
            connection.Execute(script.Sql);
            connection.Execute("INSERT INTO schema_version VALUES (@Version, @Name, @Checksum, 0)", script);
        }

        connection.Execute(
            """
            INSERT INTO tenants (tenant_key, name, tenant_id, arn, created_at, sending_status) VALUES (1, 'a', 'tn-a', 'arn', 0, 'ENABLED');
            INSERT INTO snapshots VALUES (1, 0, x'00', x'00');
            INSERT INTO messages VALUES (10, x'7b7d', x'00');
            INSERT INTO units (unit_id, tenant_key, message_key, units_of_message, recipient, due, attempts) VALUES (11, 1, 10, 1, 'r@example.com', 5, 2);
            UPDATE meta SET value = 100 WHERE name = 'ids';
            """);
        connection.Execute("INSERT INTO releases VALUES (12, @Units)", new { Units = UnitIdList.Encode([11]) });
    }
}
