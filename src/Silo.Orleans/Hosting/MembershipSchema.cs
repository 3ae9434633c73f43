using Npgsql;

namespace Silo.Orleans.Hosting;

/// <summary>
/// Creates the tables that silos find each other by, before this silo looks for the others. One silo at a time, and only once.
/// </summary>
internal sealed partial class MembershipSchema(string connectionString, ILogger<MembershipSchema> logger) : IHostedService
{
    // Any number that nobody else locks by: "silomemb" in ASCII.
    private const long LockKey = 0x73696C6F6D656D62;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(MembershipDatabase.ConnectionString(connectionString));
        await connection.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Run($"SELECT pg_advisory_xact_lock({LockKey})");
        await Run($"CREATE SCHEMA IF NOT EXISTS {MembershipDatabase.Schema}");
        if (await Run("SELECT to_regclass('orleansquery') IS NOT NULL") is true)
        {
            await transaction.CommitAsync(cancellationToken);
            return;
        }

        await Run(await Text("0001-membership.sql", cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        LogCreated();

        async Task<object?> Run(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            return await command.ExecuteScalarAsync(cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static async Task<string> Text(string name, CancellationToken cancellationToken)
    {
        await using var resource = typeof(MembershipSchema).Assembly.GetManifestResourceStream($"Silo.Orleans.Migrations.{name}")!;
        using var reader = new StreamReader(resource);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    [LoggerMessage(5101, LogLevel.Information, "Created the tables of cluster membership")]
    private partial void LogCreated();
}
