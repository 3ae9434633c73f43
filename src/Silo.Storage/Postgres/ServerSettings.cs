using Npgsql;

namespace Silo.Storage.Postgres;

/// <summary>Whether the server keeps what it acknowledges. Asked with a connection that brings no settings of its own.</summary>
internal static class ServerSettings
{
    public static async Task<StoreOpening.Refused?> Check(PostgresStoreOptions options, CancellationToken cancellationToken)
    {
        var plain = new NpgsqlConnectionStringBuilder(options.ConnectionString) { Pooling = false, Timeout = 15 };
        await using var source = PostgresConnections.HasSeveralHosts(options.ConnectionString)
            ? new NpgsqlDataSourceBuilder(plain.ConnectionString).BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary)
            : NpgsqlDataSource.Create(plain);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        if (connection.PostgreSqlVersion.Major < 14)
            return new(StoreRefusal.Unusable,
                $"PostgreSQL {connection.PostgreSqlVersion} at {connection.Host} is too old; 14 is the oldest that Silo uses.");
        var settings = new Dictionary<string, (string Value, string Source)>();
        await using var command = new NpgsqlCommand(
            """
            SELECT name, setting, source FROM pg_settings
            WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names')
            """,
            connection);
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken)) settings[rows.GetString(0)] = (rows.GetString(1), rows.GetString(2));
        }

        var needsStandby = PostgresConnections.HasSeveralHosts(options.ConnectionString) && !options.AllowAsynchronousStandby;
        return Judge(settings, connection.Host ?? "", needsStandby);
    }

    private static StoreOpening.Refused? Judge(Dictionary<string, (string Value, string Source)> settings, string host, bool needsStandby)
    {
        foreach (var name in new[] { "fsync", "full_page_writes" })
        {
            if (settings[name].Value == "off") return Refuse($"{name}=off", "set it to on");
        }

        // What a role or a database asks for is overridden by each of the store's own connections.
        var (commit, source) = settings["synchronous_commit"];
        if (commit is "off" or "local" && source is not ("user" or "database" or "database user"))
            return Refuse($"synchronous_commit={commit}", "set it to on");
        if (needsStandby && settings["synchronous_standby_names"].Value.Length == 0)
            return Refuse("synchronous_standby_names empty while the connection string names several hosts",
                "name a synchronous standby, or set AllowAsynchronousStandby and accept that a failover loses mail");
        return null;

        StoreOpening.Refused Refuse(string what, string advice) =>
            new(StoreRefusal.UnsafeSettings, $"The server at {host} runs with {what}, so what it acknowledged may be lost: {advice}.");
    }
}
