using System.Globalization;
using System.Net;
using Silo.LoadTest.Doors;
using Silo.Server.Hosting;

namespace Silo.LoadTest.Servers;

/// <summary>What a run's own server is started with.</summary>
/// <param name="Program">The assembly of Silo.Server; of Silo.Orleans for a cluster.</param>
/// <param name="Silos">Processes on one database; 1 for Silo.Server.</param>
/// <param name="ConnectionString">Of PostgreSQL; null: SQLite in the run's directory.</param>
/// <param name="Settings">On top of the run's own.</param>
/// <param name="Complaints">Where it takes reports of complaints; null: nowhere.</param>
internal sealed record OwnServerOptions(
    string Program, int Silos, string? ConnectionString, IReadOnlyDictionary<string, string> Settings, long DiskBytes,
    IPEndPoint? Complaints = null)
{
    /// <summary>The address that providers' feedback loops were enrolled with.</summary>
    public const string ComplaintAddress = "complaints@" + ReturnPathDomain;

    public const string ReturnPathDomain = "bounce.load.example";

    /// <summary>The server that this program was built with.</summary>
    public static string DefaultProgram { get; } = typeof(SiloOptions).Assembly.Location;
}

/// <summary>
/// The server, or the silos, that a run starts for itself: on loopback, in a temporary directory that goes with it, with the sink as its
/// relay, trusting this machine at its SMTP port. It can be killed and started anew where it was.
/// </summary>
internal sealed class OwnServer : ILoadTarget
{
    private readonly OwnServerOptions _options;
    private readonly IPEndPoint _sink;
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("silo-load-");
    private readonly Silo[] _silos;
    private readonly TimeProvider _time;

    private OwnServer(OwnServerOptions options, IPEndPoint sink, TimeProvider time)
    {
        (_options, _sink, _time) = (options, sink, time);
        var names = Enumerable.Range(1, options.Silos).Select(i => $"silo{i}");
        _silos = [.. names.Select(name => new Silo(name, _root.CreateSubdirectory(name).FullName))];
        Disk = options.DiskBytes > 0 ? OwnDisk.Take(_silos[0].Directory, options.DiskBytes) : null;
    }

    public IReadOnlyList<Uri> Api => [.. _silos.Select(s => s.Api!)];

    public string KeyId => "AKIALOADTEST0000";

    public string Secret => "load-test-secret-of-this-run-alone";

    public SmtpDoorOptions? Smtp => new("127.0.0.1", _silos[0].SmtpPort);

    /// <summary>From the start of the process to its word that it is ready, the last time.</summary>
    public TimeSpan StartTook { get; private set; }

    /// <summary>Its disk, when that is to be filled.</summary>
    public OwnDisk? Disk { get; }

    /// <summary>Where it keeps its data; with PostgreSQL nothing of weight.</summary>
    public string DataDirectory => _silos[0].Directory;

    public string? ClusterDatabase => _options.ConnectionString;

    /// <summary>Of the first of them.</summary>
    public int ProcessId => _silos[0].Process!.Id;

    public string Output => string.Join('\n', _silos.Select(s => s.Process?.Output));

    public IReadOnlyDictionary<string, string> Facts => new Dictionary<string, string>
    {
        ["target"] = $"own, {(_options.Silos == 1 ? "one process" : $"{_options.Silos} silos")}",
        ["store"] = _options.ConnectionString is null ? "SQLite" : "PostgreSQL",
        ["settings"] = string.Join(", ", _options.Settings.Select(s => $"{s.Key}={s.Value}")),
    };

    public static async Task<OwnServer> Start(
        OwnServerOptions options, IPEndPoint sink, TimeProvider time, CancellationToken cancellationToken)
    {
        var server = new OwnServer(options, sink, time);
        try
        {
            foreach (var silo in server._silos) await server.Start(silo, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL to the first of them.</summary>
    public Task Kill() => _silos[0].Process!.Kill();

    /// <summary>Starts the first of them anew, on its old ports and its old data.</summary>
    public async Task StartAgain(CancellationToken cancellationToken)
    {
        _silos[0].CpuBefore += _silos[0].LastCpu;
        await _silos[0].Process!.DisposeAsync();
        await Start(_silos[0], cancellationToken);
    }

    /// <summary>SIGTERM to the first of them; its exit code.</summary>
    public Task<int?> StopFirst() => _silos[0].Process!.Stop();

    /// <summary>SIGTERM to all; the largest exit code, null when one had to be killed.</summary>
    public async Task<int?> Stop()
    {
        int? worst = 0;
        foreach (var silo in _silos)
            if (silo.Process is { } process)
                worst = await process.Stop() is { } code && worst is { } before ? Math.Max(code, before) : null;
        return worst;
    }

    public (double CpuSeconds, long ResidentBytes)? Figures()
    {
        var (cpu, resident) = (0.0, 0L);
        foreach (var silo in _silos)
        {
            if (silo.Process is { HasExited: false } process && ProcFigures.Of(process.Id) is var (seconds, bytes))
                (silo.LastCpu, resident) = (seconds, resident + bytes);
            cpu += silo.CpuBefore + silo.LastCpu;
        }

        return (cpu, resident);
    }

    public RuntimeSample? Runtime() => RuntimeSample.Read(_silos[0].RuntimeFile(_root.FullName));

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos)
            if (silo.Process is { } process) await process.DisposeAsync();
        Disk?.Dispose();
        _root.Delete(recursive: true);
    }

    private async Task Start(Silo silo, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        silo.LastCpu = 0;
        silo.Process = ServerProcess.Start(_options.Program, silo.Directory, SettingsOf(silo), silo.RuntimeFile(_root.FullName));
        (silo.Api, silo.SmtpPort) = await silo.Process.WhenReady(cancellationToken);
        StartTook = _time.GetElapsedTime(began);
    }

    private Dictionary<string, string> SettingsOf(Silo silo)
    {
        var settings = new Dictionary<string, string>
        {
            ["Silo:DataDirectory"] = silo.Directory,
            // Of the first start any free port, later the same one.
            ["Silo:Http:Url"] = silo.Api?.GetLeftPart(UriPartial.Authority) ?? "http://127.0.0.1:0",
            ["Silo:Public:Url"] = "http://127.0.0.1:0",
            ["Silo:Smtp:Endpoint"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{silo.SmtpPort}"),
            ["Silo:Smtp:TrustedNetworks:0"] = "127.0.0.0/8",
            ["Silo:Smtp:MaxConnections"] = "5000",
            ["Silo:Smtp:MaxConnectionsPerAddress"] = "5000",
            ["Silo:Smtp:MaxConnectionsPerKey"] = "5000",
            // Setting up makes several changes a tenant, as fast as it goes.
            ["Silo:Limits:OperatorKeys:Changes:PerSecond"] = "-1",
            ["Silo:Limits:OperatorKeys:Reads:PerSecond"] = "-1",
            ["Silo:RootAccessKeyId"] = KeyId,
            ["Silo:RootSecretAccessKey"] = Secret,
            ["Silo:Identities:AutoVerify"] = "true",
            ["Silo:Dkim:Enabled"] = "false",
            ["Silo:Transport:Kind"] = "Smtp",
            ["Silo:Transport:Smtp:Host"] = _sink.Address.ToString(),
            ["Silo:Transport:Smtp:Port"] = _sink.Port.ToString(CultureInfo.InvariantCulture),
            ["Silo:Transport:Smtp:HelloName"] = silo.Name,
            ["Silo:Transport:Smtp:MaxConnections"] = "64",
            ["Silo:Events:AllowPrivateAddresses"] = "true",
        };
        if (_options.ConnectionString is { } connectionString)
            (settings["Silo:Store:Kind"], settings["Silo:Store:ConnectionString"]) = ("Postgres", connectionString);
        if (_options.Complaints is { } complaints)
        {
            settings["Silo:Feedback:ReturnPathDomain"] = OwnServerOptions.ReturnPathDomain;
            settings["Silo:Feedback:Smtp:Endpoint"] = complaints.ToString();
            settings["Silo:Feedback:ComplaintAddresses:0"] = OwnServerOptions.ComplaintAddress;
        }

        if (_options.Silos > 1)
        {
            (silo.SiloPort, silo.GatewayPort) = silo.SiloPort == 0 ? (FreePort.Take(), FreePort.Take()) : (silo.SiloPort, silo.GatewayPort);
            settings["Silo:Cluster:SiloPort"] = silo.SiloPort.ToString(CultureInfo.InvariantCulture);
            settings["Silo:Cluster:GatewayPort"] = silo.GatewayPort.ToString(CultureInfo.InvariantCulture);
        }

        if (Disk is { } disk) settings["Silo:Store:MinFreeDiskBytes"] = disk.ThresholdBytes.ToString(CultureInfo.InvariantCulture);
        foreach (var (key, value) in _options.Settings) settings[key] = value;
        return settings;
    }

    private sealed class Silo(string name, string directory)
    {
        public string Name => name;

        public string Directory => directory;

        public ServerProcess? Process { get; set; }

        public Uri? Api { get; set; }

        public int SmtpPort { get; set; }

        public int SiloPort { get; set; }

        public int GatewayPort { get; set; }

        /// <summary>Of its processes that have ended.</summary>
        public double CpuBefore { get; set; }

        public double LastCpu { get; set; }

        // Not on the disk that may be full.
        public string RuntimeFile(string root) => Path.Combine(root, $"{name}.runtime");
    }
}
