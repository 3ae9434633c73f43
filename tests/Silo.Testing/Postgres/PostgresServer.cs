using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Silo.Testing.Postgres;

public enum PostgresStop
{
    /// <summary>Ends the connections and writes everything down: an orderly restart.</summary>
    Fast,

    /// <summary>Ends every process at once; the next start recovers from the log.</summary>
    Immediate,

    /// <summary>SIGKILL to the main process; the others follow when they notice.</summary>
    Kill,
}

/// <summary>
/// A throw-away PostgreSQL of this machine's packages, on loopback, durable as in production (fsync stays on). It ends with the
/// process that started it, however that ends, and leaves nothing behind.
/// </summary>
public sealed partial class PostgresServer : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> SharedInstance = new(() => Start());

    private readonly string _root;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private Process? _watchdog;

    private PostgresServer(string root, IReadOnlyDictionary<string, string> settings) => (_root, _settings) = (root, settings);

    /// <summary>One server for all tests of a process, started when first asked for. Never stop it: others use it.</summary>
    public static Task<PostgresServer> Shared => SharedInstance.Value;

    /// <summary>The packages are installed.</summary>
    public static bool IsAvailable => PostgresBinaries.Folder is not null;

    /// <summary>The same over a stop and a start.</summary>
    public int Port { get; private set; }

    /// <summary>Of the superuser, to the database "postgres".</summary>
    public string ConnectionString => ConnectionStringOf("postgres");

    /// <summary>Of its main process, while it runs.</summary>
    public int ProcessId =>
        int.Parse(File.ReadLines(Path.Combine(DataDirectory, "postmaster.pid")).First(), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What the server wrote to its log so far.</summary>
    public string Log => File.ReadAllText(Path.Combine(_root, "log"));

    private string DataDirectory => Path.Combine(_root, "data");

    /// <param name="settings">On top of this class's own, by the names of postgresql.conf.</param>
    public static async Task<PostgresServer> Start(IReadOnlyDictionary<string, string>? settings = null)
    {
        if (!IsAvailable) throw new InvalidOperationException("PostgreSQL is not installed.");
        var server = New(settings);
        await PostgresBinaries.Run("initdb", server._root, "-D", server.DataDirectory, "-U", "silo", "-A", "trust", "-E", "UTF8", "--locale=C", "-N");
        await server.StartAnew();
        return server;
    }

    public string ConnectionStringOf(string database) =>
        $"Host=127.0.0.1;Port={Port};Username=silo;Database={database};SSL Mode=Disable;GSS Encryption Mode=Disable";

    /// <summary>A fresh, empty database. Returns its connection string.</summary>
    public async Task<string> CreateDatabase(string name)
    {
        await Execute($"CREATE DATABASE \"{name}\" TEMPLATE template0");
        return ConnectionStringOf(name);
    }

    public Task DropDatabase(string name) => Execute($"DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");

    /// <summary>Runs one statement in the database "postgres".</summary>
    public async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Ends the server; its data stay for <see cref="StartAgain"/>.</summary>
    public async Task Stop(PostgresStop how)
    {
        if (_watchdog is null) return;
        var signal = how switch { PostgresStop.Fast => "INT", PostgresStop.Immediate => "QUIT", _ => "KILL" };
        await End(_watchdog, signal);
        _watchdog = null;
    }

    /// <summary>Starts the stopped server on its old port.</summary>
    public async Task StartAgain()
    {
        // Processes of a killed server may hold its memory for a moment longer.
        for (var attempt = 1; !await TryLaunch(); attempt++)
        {
            if (attempt == 20) throw new InvalidOperationException($"PostgreSQL does not start again:\n{Log}");
            await Task.Delay(100 * attempt);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stop(PostgresStop.Immediate);
        if (Directory.Exists(_root)) Directory.Delete(_root, recursive: true);
    }

    private static PostgresServer New(IReadOnlyDictionary<string, string>? settings)
    {
        var root = Directory.CreateTempSubdirectory("silo-pg-").FullName;
        PostgresBinaries.Give(root);
        return new(root, settings ?? new Dictionary<string, string>());
    }

    private async Task StartAnew()
    {
        for (var attempt = 1; ; attempt++)
        {
            Port = FreePort();
            if (await TryLaunch()) return;
            // Somebody else took the port in between.
            if (attempt == 5 || !Log.Contains("could not bind", StringComparison.Ordinal))
                throw new InvalidOperationException($"PostgreSQL does not start:\n{Log}");
        }
    }

    private async Task<bool> TryLaunch()
    {
        var watchdog = PostgresBinaries.Launch(_root, ["-D", DataDirectory, .. Settings().SelectMany(s => new[] { "-c", $"{s.Key}={s.Value}" })]);
        var connectionString = ConnectionString + ";Pooling=false;Timeout=5";
        while (!watchdog.HasExited)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync();
                // Another server may sit on this port.
                await using var command = new NpgsqlCommand("SHOW data_directory", connection);
                if ((string?)await command.ExecuteScalarAsync() != DataDirectory) break;
                _watchdog = watchdog;
                return true;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                await Task.Delay(20);
            }
        }

        await End(watchdog, "QUIT");
        return false;
    }

    private static async Task End(Process watchdog, string signal)
    {
        try
        {
            await watchdog.StandardInput.WriteLineAsync(signal);
        }
        catch (IOException)
        {
            // The server has ended by itself.
        }

        await watchdog.WaitForExitAsync();
        watchdog.Dispose();
    }

    private Dictionary<string, string> Settings()
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "127.0.0.1", ["port"] = $"{Port}", ["unix_socket_directories"] = _root, ["fsync"] = "on",
            ["shared_buffers"] = "64MB", ["max_connections"] = "300", ["max_wal_size"] = "512MB", ["wal_keep_size"] = "128MB",
            ["autovacuum_naptime"] = "5s", ["log_line_prefix"] = "%m [%p] %q%a ", ["jit"] = "off",
        };
        foreach (var (name, value) in _settings) settings[name] = value;
        return settings;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
