using System.Net;
using Silo.LoadTest.Doors;
using Silo.Server.Delivery;
using Silo.Server.Hosting;
using Silo.Server.Submission;
using Silo.Storage;
using Silo.Storage.Sqlite;

namespace Silo.LoadTest.Servers;

/// <summary>
/// A whole server in this process whose clock can be moved on, on SQLite in a temporary directory, with the sink as its relay.
/// </summary>
internal sealed class LeapServer : ILoadTarget
{
    private readonly DirectoryInfo _directory;
    private readonly WebApplication _app;
    private readonly DispatchOptions _delivery;

    private LeapServer(DirectoryInfo directory, WebApplication app, ISiloStore store, DispatchOptions delivery)
    {
        (_directory, _app, Store, _delivery) = (directory, app, store, delivery);
        Api = [new Uri(app.Urls.First())];
        Smtp = new SmtpDoorOptions("127.0.0.1", app.Services.GetRequiredService<SubmissionService>().EndPoints[0].EndPoint.Port);
    }

    public ISiloStore Store { get; }

    public IReadOnlyList<Uri> Api { get; }

    public string KeyId => "AKIALOADTEST0000";

    public string Secret => "load-test-secret-of-this-run-alone";

    public SmtpDoorOptions? Smtp { get; }

    public string? ClusterDatabase => null;

    public IReadOnlyDictionary<string, string> Facts { get; } =
        new Dictionary<string, string> { ["target"] = "own, in this process, by a clock that is moved on", ["store"] = "SQLite" };

    /// <summary>No hand-over is under way.</summary>
    public bool IsIdle => _app.Services.GetRequiredService<Dispatcher>().FreeSlots == _delivery.InFlight;

    public static async Task<LeapServer> Start(
        IReadOnlyDictionary<string, string> settings, IPEndPoint sink, LeapClock clock, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("silo-load-");
        var configuration = new Dictionary<string, string?>
        {
            ["Silo:DataDirectory"] = directory.FullName, ["Silo:Http:Url"] = "http://127.0.0.1:0",
            ["Silo:Public:Url"] = "http://127.0.0.1:0",
            ["Silo:Smtp:Endpoint"] = "127.0.0.1:0", ["Silo:Smtp:TrustedNetworks:0"] = "127.0.0.0/8",
            ["Silo:RootAccessKeyId"] = "AKIALOADTEST0000", ["Silo:RootSecretAccessKey"] = "load-test-secret-of-this-run-alone",
            ["Silo:Identities:AutoVerify"] = "true", ["Silo:Dkim:Enabled"] = "false", ["Silo:Transport:Kind"] = "Smtp",
            ["Silo:Transport:Smtp:Host"] = sink.Address.ToString(), ["Silo:Transport:Smtp:Port"] = $"{sink.Port}",
        };
        foreach (var (key, value) in settings) configuration[key] = value;
        var (read, errors) = SiloSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(configuration).Build());
        if (errors.Count > 0) throw new InvalidOperationException(string.Join(' ', errors));
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = directory.FullName }, clock, cancellationToken);
        if (opening is StoreOpening.Refused refused) throw new InvalidOperationException(refused.Message);
        var store = ((StoreOpening.Opened)opening).Store;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = SiloServer.Build(builder, read, store, (host, s) =>
        {
            // The last one that is registered is the one that is used.
            host.Services.AddSingleton<TimeProvider>(clock);
            SiloServer.AddEmbeddedEngine(host, s);
        });
        await app.StartAsync(cancellationToken);
        return new LeapServer(directory, app, store, read.Delivery);
    }

    public (double CpuSeconds, long ResidentBytes)? Figures() => null;

    public RuntimeSample? Runtime() => null;

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Store.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
