using System.Net;
using System.Net.Sockets;
using Npgsql;
using Silo.Storage;
using Silo.Storage.Postgres;
using Silo.Testing.Postgres;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Testing.EndToEnd;

/// <summary>A cluster as it runs in production: a process for each silo, a PostgreSQL, and an SMTP server that takes the mail.</summary>
public sealed class RealCluster : IAsyncDisposable
{
    /// <summary>Hand-overs at a time of one silo, and so the most possible duplicates when it dies.</summary>
    public const int Slots = 32;

    private static int _lastPort;

    private readonly string _directory = Directory.CreateTempSubdirectory("silo-cluster-").FullName;
    private readonly List<SiloProcess> _silos = [];
    private readonly string _program;

    private RealCluster(string program, PostgresServer database, SinkServer sink) => (_program, Database, Sink) = (program, database, sink);

    public PostgresServer Database { get; }

    /// <summary>Where silos find the database, unless one is told otherwise.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Settings of all silos that are started from now on, on top of the usual ones.</summary>
    public IReadOnlyList<(string Key, string Value)> Settings { get; set; } = [];

    /// <summary>Arguments of the program.</summary>
    public IReadOnlyList<string> Arguments { get; set; } = [];

    public SinkServer Sink { get; }

    public IReadOnlyList<SiloProcess> Silos => _silos;

    /// <summary>A database of its own, without silos.</summary>
    /// <param name="program">The assembly of Silo.Orleans.</param>
    public static async Task<RealCluster> WithoutSilos(string program, SinkOptions? sink = null)
    {
        var cluster = new RealCluster(
            program, await PostgresServer.Start(), new SinkServer(sink ?? new SinkOptions { MaxRecorded = 1_000_000, KeepsSteps = true }));
        cluster.ConnectionString = await cluster.Database.CreateDatabase("silo");
        return cluster;
    }

    public static async Task<RealCluster> Start(string program, int silos)
    {
        var cluster = await WithoutSilos(program);
        try
        {
            await cluster.StartSilos(silos);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async Task StartSilos(int count)
    {
        var launched = Enumerable.Range(0, count).Select(_ => Launch()).ToArray();
        foreach (var silo in launched) await silo.WhenReady();
    }

    public async Task<SiloProcess> StartSilo(string? connectionString = null)
    {
        var silo = Launch(connectionString);
        await silo.WhenReady();
        return silo;
    }

    /// <summary>Starts a silo, which may well refuse.</summary>
    public SiloProcess Launch(string? connectionString = null, params (string Key, string Value)[] more)
    {
        var name = $"silo{_silos.Count + 1}";
        var (siloPort, gatewayPort) = FreePorts();
        var data = Directory.CreateDirectory(Path.Combine(_directory, name)).FullName;
        var process = ServerProcess.Launch([_program, .. Arguments], data, [
            .. ServerProcess.Relay(Sink.Port), ("Silo__Transport__Smtp__HelloName", name),
            ("Silo__Store__Kind", "Postgres"), ("Silo__Store__ConnectionString", connectionString ?? ConnectionString),
            ("Silo__Cluster__SiloPort", $"{siloPort}"), ("Silo__Cluster__GatewayPort", $"{gatewayPort}"),
            ("Silo__Delivery__InFlight", $"{Slots}"), ("Silo__Delivery__InFlightPerTenant", $"{Slots}"), .. Settings, .. more]);
        var silo = new SiloProcess(name, process, siloPort, gatewayPort);
        _silos.Add(silo);
        return silo;
    }

    public HashSet<string> Arrived() => [.. Sink.Messages.Select(m => m.Recipient)];

    public string Outputs() => string.Join("\n\n", _silos.Select(s => $"{s.Name}:\n{string.Join('\n', s.Process.Output.Split('\n').TakeLast(40))}"));

    /// <summary>Waits until all that was accepted has arrived.</summary>
    public Task UntilArrived(Load load)
    {
        var accepted = load.Accepted.ToHashSet();
        return Patiently.Until(
            () => accepted.IsSubsetOf(Arrived()),
            () => $"all {accepted.Count} accepted arrive; {accepted.Except(Arrived()).Count()} did not. {Outputs()}");
    }

    /// <summary>Asks the silos that still run to end, and reads what is in the database then.</summary>
    public async Task<Books> EndAndReadBooks(string? connectionString = null)
    {
        // What was stored without an answer, and what came back to its queue after a death, leaves as well.
        await Patiently.Until(() => IsEmpty(connectionString ?? ConnectionString), () => $"the queues are empty. {Outputs()}");
        foreach (var silo in _silos.Where(s => !s.Process.HasExited)) await silo.End();
        var options = new PostgresStoreOptions { ConnectionString = connectionString ?? ConnectionString, Exclusive = true, Address = "" };
        var opening = await PostgresStore.Open(options, TimeProvider.System, default);
        await using var store = Assert.IsType<StoreOpening.Opened>(opening).Store;
        return await Books.Read(store);
    }

    /// <summary>
    /// The promises G1 and G6: all that was accepted was handed over, and what arrived twice is marked, no more than was in flight.
    /// </summary>
    public void AssertBalanced(Books books, Load load, int deaths)
    {
        var accepted = load.Accepted.ToHashSet();
        var sum = Books.Sum(books.ByTenant.Values);
        Assert.True(sum.Accepted >= accepted.Count, $"{sum.Accepted} stored, {accepted.Count} answered");
        Assert.Equal(sum.Accepted, sum.HandedOver);
        Assert.Empty(accepted.Except(Arrived()));
        var marked = books.Events.Where(e => e.Kind == Core.Tenants.TenantEventKind.PossibleDuplicate).Select(e => e.Recipient!).ToHashSet();
        var twice = Sink.Messages.GroupBy(m => m.Recipient).Where(g => g.Count() > 1).Select(g => g.Key).ToArray();
        Assert.Empty(twice.Except(marked));
        Assert.InRange(sum.PossibleDuplicates, 0, deaths * Slots);
    }

    private static async Task<bool> IsEmpty(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var units = new NpgsqlCommand("SELECT NOT EXISTS (SELECT 1 FROM silo.units)", connection);
        return await units.ExecuteScalarAsync() is true;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos) await silo.DisposeAsync();
        await Sink.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Ports of loopback that are free now, for one silo.</summary>
    public static (int Silo, int Gateway) FreePorts() => (FreePort(), FreePort());

    // Below those that the system gives to outgoing connections, one of which could take a port before the silo does.
    private static int FreePort()
    {
        while (true)
        {
            var port = 20_000 + (int)((uint)(Environment.ProcessId * 97 + Interlocked.Increment(ref _lastPort)) % 12_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // It is taken.
            }
        }
    }
}

/// <summary>One silo of a <see cref="RealCluster"/>, with a client of its own API.</summary>
/// <param name="name">The name that it gives to the SMTP server.</param>
public sealed class SiloProcess(string name, ServerProcess process, int siloPort, int gatewayPort) : IAsyncDisposable
{
    public string Name => name;

    /// <summary>Where other silos reach it, on loopback.</summary>
    public int SiloPort => siloPort;

    /// <summary>Where clients of the cluster reach it, on loopback.</summary>
    public int GatewayPort => gatewayPort;

    public ServerProcess Process => process;

    public SesClient Client { get; private set; } = null!;

    public async Task WhenReady() => Client = await process.WhenReady();

    /// <summary>SIGKILL, and waits until nothing of it is left.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.Exit();
    }

    /// <summary>Asks it to end, and waits until it has, in order.</summary>
    public async Task End()
    {
        process.Terminate();
        var code = await process.Exit();
        Assert.True(code == 0, $"{name} ended with {code}: {process.Output}");
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await process.DisposeAsync();
    }
}
