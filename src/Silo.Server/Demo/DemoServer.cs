using Silo.Server.Access;
using Silo.Server.Delivery.Simulation;
using Silo.Server.Hosting;
using Silo.Server.SesApi.Signing;
using Silo.Server.Tenants;
using Silo.Storage;
using Silo.Storage.Sqlite;

namespace Silo.Server.Demo;

/// <summary>
/// A whole server in this process: SQLite in a temporary directory, HTTP on a free port of the loopback, the simulator as its way out.
/// </summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private const long Seed = 20260302;
    private readonly DirectoryInfo _directory;
    private readonly ISiloStore _store;
    private readonly WebApplication _app;
    private readonly SimulatorOptions _world;

    private DemoServer(DirectoryInfo directory, ISiloStore store, WebApplication app, SiloSettings settings, TimeProvider time)
    {
        (_directory, _store, _app, _world) = (directory, store, app, settings.Simulator);
        Endpoint = new Uri(app.Urls.First());
        Region = settings.Silo.Region;
        Key = app.Services.GetRequiredService<AccessKeys>().Root;
        Client = new SesClient(Endpoint, new RequestSigner(Key, Region), time);
        Tenants = app.Services.GetRequiredService<ITenants>();
    }

    public Uri Endpoint { get; }

    public string Region { get; }

    public AccessKey Key { get; }

    public SesClient Client { get; }

    public ITenants Tenants { get; }

    public static async Task<DemoServer> Start(DemoChronicle chronicle, TimeProvider time, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("silo-demo-");
        var settings = Settings(directory.FullName);
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = directory.FullName }, time, cancellationToken);
        if (opening is StoreOpening.Refused refused) throw new IOException(refused.Message);
        var store = ((StoreOpening.Opened)opening).Store;
        var builder = WebApplication.CreateSlimBuilder();
        // The screen belongs to the story.
        builder.Logging.ClearProviders();
        var app = SiloServer.Build(builder, settings, new WatchedStore(store, chronicle), SiloServer.AddEmbeddedEngine);
        await app.StartAsync(cancellationToken);
        var server = new DemoServer(directory, store, app, settings, time);
        await server.SetUp(chronicle, settings, cancellationToken);
        return server;
    }

    /// <summary>From now on most recipients of these domains do not exist.</summary>
    public void TurnBad(DemoTenant tenant)
    {
        foreach (var domain in tenant.Domains) _world.ByDomain[domain].BounceRate = DemoTenant.BadBounceRate;
    }

    /// <summary>Units that lie in the spool, by tenant name: what the books must agree with.</summary>
    public async Task<IReadOnlyDictionary<string, long>> CountStored(CancellationToken cancellationToken) =>
        (await _store.Spool.CountQueued(cancellationToken))
            .ToDictionary(c => c.TenantName, c => c.Queued + c.SetAside, StringComparer.Ordinal);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static SiloSettings Settings(string directory)
    {
        var (settings, errors) = SiloSettings.Read(new ConfigurationBuilder().Build());
        if (errors.Count > 0) throw new InvalidOperationException(string.Join(' ', errors));
        settings.Silo.DataDirectory = directory;
        settings.Silo.Http.Url = "http://127.0.0.1:0";
        settings.Public.Url = "http://127.0.0.1:0";
        settings.Tenants.SendRate = DemoTenant.SendRate;
        settings.Tenants.SendBurst = DemoTenant.SendRate;
        settings.Simulator.Seed = Seed;
        settings.Simulator.ByDomain = DemoTenant.World();
        return settings;
    }

    private async Task SetUp(DemoChronicle chronicle, SiloSettings settings, CancellationToken cancellationToken)
    {
        foreach (var tenant in DemoTenant.All)
        {
            var arns = $"arn:aws:ses:{settings.Silo.Region}:{settings.Silo.AccountId}";
            await Client.Demand("identities", $$"""{"EmailIdentity":"{{tenant.Identity}}"}""");
            await Client.Demand("configuration-sets", $$"""{"ConfigurationSetName":"{{tenant.ConfigurationSet}}"}""");
            await Client.Demand("tenants", $$"""{"TenantName":"{{tenant.Name}}"}""");
            foreach (var resource in new[] { $"identity/{tenant.Identity}", $"configuration-set/{tenant.ConfigurationSet}" })
                await Client.Demand("tenants/resources", $$"""{"TenantName":"{{tenant.Name}}","ResourceArn":"{{arns}}:{{resource}}"}""");
            chronicle.Know((await _store.Tenants.Load(tenant.Name, cancellationToken))!.TenantKey, tenant.Name);
        }
    }
}
