using Npgsql;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Postgres;

public sealed class PostgresServerTests
{
    [PostgresFact]
    public async Task A_server_comes_back_on_its_port_with_its_data_however_it_was_stopped()
    {
        await using var server = await PostgresServer.Start();
        var database = await server.CreateDatabase("kept") + ";Pooling=false";
        await Execute(database, "CREATE TABLE kept (value int)");
        foreach (var how in Enum.GetValues<PostgresStop>())
        {
            await Execute(database, "INSERT INTO kept VALUES (1)");
            await server.Stop(how);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => Execute(database, "SELECT 1"));
            await server.StartAgain();
        }

        Assert.Equal(3L, await Execute(database, "SELECT COUNT(*) FROM kept"));
    }

    [PostgresFact]
    public async Task A_synchronous_standby_has_every_commit_when_it_is_promoted()
    {
        await using var primary = await PostgresServer.Start();
        await using var standby = await primary.StartStandby();
        await primary.Execute("CREATE TABLE kept AS SELECT 1 AS value");
        await primary.Stop(PostgresStop.Kill);
        await standby.Promote();

        Assert.Equal(1L, await Execute(standby.ConnectionString + ";Pooling=false", "SELECT COUNT(*) FROM kept"));
    }

    private static async Task<object?> Execute(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
