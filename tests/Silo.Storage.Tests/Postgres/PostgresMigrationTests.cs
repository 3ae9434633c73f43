using Npgsql;
using Silo.Core.Pacing;
using Silo.Storage.Migrations;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Postgres;

public sealed class PostgresMigrationTests
{
    [PostgresFact]
    public async Task Mail_of_a_database_without_streams_and_pools_is_normal_mail_of_no_pool()
    {
        await using var silos = await Silos.Start();
        await MakeDatabase(silos, lastVersion: 1);

        var store = await silos.Open();

        var unit = Assert.Single(await store.Spool.ReadQueue(1, default, 10, false, default));
        Assert.Equal((11L, 10L, "r@example.com", 2, MailStream.Normal, null), (unit.Id, unit.MessageKey, unit.Recipient, unit.Attempts, unit.Stream, unit.Pool));
        Assert.Equal(0, unit.DelaysTold);
        Assert.Equal(unit, Assert.Single(await store.Spool.ReadUnsettled(default)).Unit);
    }

    /// <summary>As the release left it whose last migration this is, with a unit in hand of a silo that has ended.</summary>
    private static async Task MakeDatabase(Silos silos, int lastVersion)
    {
        await using var connection = await silos.Connect();
        await Execute(
            """
            CREATE SCHEMA silo;
            CREATE TABLE schema_version (
                version int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())
            """);
        foreach (var script in MigrationScript.ReadAll("Postgres").Where(s => s.Version <= lastVersion))
        {
            await Execute(script.Sql);
            await Execute($"INSERT INTO schema_version (version, name, checksum) VALUES ({script.Version}, '{script.Name}', '{script.Checksum}')");
        }

        await Execute(
            """
            INSERT INTO incarnations (address, alone, dead) VALUES ('', false, true);
            INSERT INTO tenants (name, tenant_id, arn, created_at, sending_status, owner) VALUES ('a', 'tn-a', 'arn', 0, 'ENABLED', 1);
            INSERT INTO snapshots VALUES (1, 0, 'x', 'x');
            INSERT INTO messages VALUES (10, '{}', 'x');
            INSERT INTO units (unit_id, tenant_key, message_key, units_of_message, recipient, due, attempts) VALUES (11, 1, 10, 1, 'r@example.com', 5, 2);
            INSERT INTO releases VALUES (12, 1, '{11}');
            """);

        async Task Execute(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}
