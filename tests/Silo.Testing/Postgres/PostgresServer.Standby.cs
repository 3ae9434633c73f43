using Npgsql;

namespace Silo.Testing.Postgres;

public sealed partial class PostgresServer
{
    /// <summary>
    /// A streaming standby of this server on a port of its own. Synchronous: from here on a commit on this server waits until the
    /// standby has it on disk, and waits for good while the standby is down. Asynchronous: commits may be lost in a promotion.
    /// </summary>
    public async Task<PostgresServer> StartStandby(bool synchronous = true)
    {
        var standby = New(_settings);
        await PostgresBinaries.Run(
            "pg_basebackup", standby._root, "-d", $"host=127.0.0.1 port={Port} user=silo application_name=standby", "-D", standby.DataDirectory,
            "-R", "-X", "stream", "-c", "fast", "-N");
        await standby.StartAnew();
        if (!synchronous) return standby;
        await Execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'");
        await Execute("SELECT pg_reload_conf()");
        await Until("SELECT EXISTS (SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync')");
        return standby;
    }

    /// <summary>Makes the standby a server of its own, which waits for no standby; returns when it takes writes.</summary>
    public async Task Promote()
    {
        await Execute("SELECT pg_promote()");
        await Until("SELECT NOT pg_is_in_recovery()");
        await Execute("ALTER SYSTEM RESET synchronous_standby_names");
        await Execute("SELECT pg_reload_conf()");
    }

    private async Task Until(string condition)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        for (var attempt = 0; attempt < 600; attempt++)
        {
            await using var command = new NpgsqlCommand(condition, connection);
            if (await command.ExecuteScalarAsync() is true) return;
            await Task.Delay(50);
        }

        throw new TimeoutException($"Not within 30 s: {condition}\n{Log}");
    }
}
