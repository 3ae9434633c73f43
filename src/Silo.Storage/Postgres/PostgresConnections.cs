using Npgsql;

namespace Silo.Storage.Postgres;

/// <summary>
/// The ways to the database: one for the writer, one for the lease, one for claims, one for notices and one for reads, so that none waits behind another's
/// work. What a session must not do for long is limited by the server, below the lease.
/// </summary>
internal sealed class PostgresConnections : IAsyncDisposable
{
    public const string Schema = "silo";

    // The tables that the hot statements search may be empty when they are planned and large soon after.
    private const string AlwaysByIndex =
        " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";

    // Whatever the lease: a machine that is busy for a moment must not fail commands.
    private static readonly TimeSpan LeastLimit = TimeSpan.FromSeconds(5);

    public PostgresConnections(PostgresStoreOptions options, long incarnation)
    {
        WriterName = $"Silo writer {incarnation}";
        var (soon, late) = (options.LeaseTime / 2, options.LeaseTime * 1.5);
        Writer = Build(options, WriterName, 2, late, AlwaysByIndex);
        Lease = Build(options, $"Silo lease {incarnation}", 2, soon, "");
        Claims = Build(options, $"Silo claims {incarnation}", 3, late, AlwaysByIndex);
        Notices = Build(options, $"Silo notices {incarnation}", 4, late, AlwaysByIndex);
        Readers = Build(options, $"Silo reader {incarnation}", options.Readers, late, " -c enable_seqscan=off");
    }

    /// <summary>How the writer's session is called, by which others tell it from the rest.</summary>
    public string WriterName { get; }

    public NpgsqlDataSource Writer { get; }

    public NpgsqlDataSource Lease { get; }

    public NpgsqlDataSource Claims { get; }

    /// <summary>What publishers change, beside the batches: their steps hold up nobody's mail.</summary>
    public NpgsqlDataSource Notices { get; }

    public NpgsqlDataSource Readers { get; }

    public static bool HasSeveralHosts(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString).Host?.Contains(',', StringComparison.Ordinal) == true;

    /// <param name="timeout">
    /// For the answer to a command. Commands are not cancelled otherwise: a cancellation may hit the next one on the connection.
    /// </param>
    public static NpgsqlDataSource Build(
        PostgresStoreOptions options, string name, int connections, TimeSpan timeout, string sessionSettings)
    {
        var limit = (int)Math.Max(LeastLimit.TotalMilliseconds, (options.LeaseTime * 0.8).TotalMilliseconds);
        var given = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            ApplicationName = name, SearchPath = Schema, MaxPoolSize = connections, Timeout = 5, NoResetOnClose = true,
            CommandTimeout = (int)Math.Max(LeastLimit.TotalSeconds, timeout.TotalSeconds), CancellationTimeout = 1000,
            MaxAutoPrepare = 64, AutoPrepareMinUsages = 2, TcpKeepAlive = true, HostRecheckSeconds = 1, Enlist = false,
            Options = $"{given.Options} -c synchronous_commit=on -c jit=off -c statement_timeout={limit} -c lock_timeout={limit / 2}"
                + $" -c idle_in_transaction_session_timeout={limit / 2} -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=1"
                + $" -c tcp_keepalives_count=3 -c tcp_user_timeout={limit}{sessionSettings}",
        };
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        return HasSeveralHosts(options.ConnectionString)
            ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary)
            : builder.Build();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in new[] { Writer, Lease, Claims, Notices, Readers }) await source.DisposeAsync();
    }
}
