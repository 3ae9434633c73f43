using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Orleans.TestingHost;
using Silo.Core.Messages;
using Silo.Orleans.Client;
using Silo.Orleans.Hosting;
using Silo.Orleans.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Hosting;
using Silo.Server.Intake;
using Silo.Server.Tenants;
using Silo.Storage;
using Silo.Storage.Postgres;
using Silo.Storage.Sqlite;
using Silo.Testing.Engine;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Orleans.Tests;

/// <summary>
/// Silos in this process, each a whole server without its HTTP edge: engine, dispatcher, store, and a way out of the test's. Membership and
/// connections are in memory; a single silo keeps its state in SQLite unless the test opens another store.
/// </summary>
internal sealed class SilosUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("silo-cluster-").FullName;
    private readonly Dictionary<string, SiloUnderTest> _silos = [];
    private readonly Random _random = new(1);
    private InProcessTestCluster _cluster = null!;
    private int _sent;

    /// <summary>Opens the store of a silo, given the address that it registers itself under.</summary>
    public Func<string, ValueTask<StoreOpening>>? OpenStore { get; set; }

    public Dictionary<string, string?> Settings { get; } = new()
    {
        ["Silo:Tenants:PauseGrace"] = "00:00:00.050", ["Silo:Cluster:CollectionAge"] = "00:10:00",
    };

    public IReadOnlyList<SiloUnderTest> Silos => [.. _cluster.Silos.Where(s => s.IsActive).Select(s => _silos[s.Name])];

    public SiloUnderTest First => Silos[0];

    /// <summary>Tenants as a client outside of the silos has them: every call is serialized.</summary>
    public ITenants Outside => new RemoteTenants(_cluster.Client);

    /// <summary>The way in for such a client's whole sends.</summary>
    public IMessageIntake OutsideIntake => new ClusterIntake(_cluster.Client);

    /// <summary>Silos on a database of their own, with leases short enough to wait for.</summary>
    public static async Task<SilosUnderTest> OnPostgres(int silos, Action<SilosUnderTest>? configure = null)
    {
        var server = await PostgresServer.Shared;
        var database = await server.CreateDatabase($"c{Guid.NewGuid():n}");
        return await Start(silos, test =>
        {
            test.OpenStore = address => PostgresStore.Open(
                new PostgresStoreOptions
                {
                    ConnectionString = database, Address = address, Readers = 4, LeaseTime = TimeSpan.FromSeconds(3),
                    LeaseMargin = TimeSpan.FromSeconds(0.5), RenewInterval = TimeSpan.FromSeconds(0.5),
                },
                TimeProvider.System, default);
            configure?.Invoke(test);
        });
    }

    public static async Task<SilosUnderTest> Start(int silos, Action<SilosUnderTest>? configure = null)
    {
        var test = new SilosUnderTest();
        configure?.Invoke(test);
        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSiloHost(test.ConfigureSilo);
        builder.ConfigureClient(SiloClusterClient.Configure);
        test._cluster = builder.Build();
        await test._cluster.DeployAsync();
        foreach (var handle in test._cluster.Silos) test._silos[handle.Name].Handle = handle;
        return test;
    }

    public async Task<TenantDescription> Create(string name, SiloUnderTest? through = null)
    {
        var bytes = new byte[15];
        lock (_random) _random.NextBytes(bytes);
        var reply = await (through ?? First).Tenants.Get(name).Create(new CreateTenant("tn-" + Convert.ToHexStringLower(bytes), null, []), default);
        Assert.Equal(CreateTenantResult.Created, reply.Result);
        return reply.Tenant!;
    }

    public AdmitMessage Message(string tenant, int bytes = 64, params string[] recipients)
    {
        if (recipients.Length == 0) recipients = ["r@example.org"];
        var envelope = new Envelope
        {
            MessageId = $"{tenant}-{Interlocked.Increment(ref _sent):D6}", TenantName = tenant, Sender = "s@example.com",
            FromAddress = "s@example.com", IdentityArn = "arn", Destination = recipients, AcceptedAt = TimeProvider.System.GetUtcNow(),
            SizeBytes = bytes,
        };
        return new AdmitMessage(new SendScope([]), envelope, new byte[bytes], recipients, []);
    }

    public async Task<string> Send(string tenant, SiloUnderTest? through = null)
    {
        var message = Message(tenant);
        var admission = await (through ?? First).Tenants.Get(tenant).Admit(message, default);
        Assert.Null(admission.Refusal);
        return message.Envelope.MessageId;
    }

    public Task<TenantDescription?> Describe(string tenant) => First.Tenants.Get(tenant).Describe(default).AsTask();

    public Task Until(Func<bool> condition, string what) => Until(() => Task.FromResult(condition()), what);

    public async Task Until(Func<Task<bool>> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience) Assert.Fail($"Waited in vain until {what}.");
            await Task.Delay(5);
        }
    }

    public Task UntilNothingIsOpen(string tenant) =>
        Until(async () => (await Describe(tenant))!.Books.Open == 0, $"no unit of {tenant} is open any more");

    /// <summary>Ends the tenant's activation as if it had been idle, and waits until it is gone.</summary>
    public async Task Deactivate(string tenant)
    {
        var grain = First.Grains.GetGrain<ITenantGrain>(tenant);
        await _cluster.DeactivateAsync(grain);
    }

    /// <summary>The silos on which the tenant is active.</summary>
    public IReadOnlyList<SiloUnderTest> HostsOf(string tenant) => [.. Silos.Where(s => s.Local.Active.Any(g => g.Name == tenant))];

    public async Task Stop(SiloUnderTest silo)
    {
        await _cluster.StopSiloAsync(silo.Handle);
        await silo.Store.DisposeAsync();
    }

    /// <summary>The end of a silo that is not asked: its store is cut off first, so that nothing of what it still does is stored.</summary>
    public async Task Kill(SiloUnderTest silo)
    {
        await ((PostgresSiloStore)silo.Inner).Abandon();
        await _cluster.KillSiloAsync(silo.Handle);
    }

    public async Task<SiloUnderTest> StartAnother()
    {
        var handle = await _cluster.StartAdditionalSiloAsync();
        var silo = _silos[handle.Name];
        silo.Handle = handle;
        return silo;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos.Values) silo.Transport.Answer = _ => ValueTask.FromResult(ScriptedTransport.Delivered);
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
        foreach (var silo in _silos.Values) await silo.Store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private void ConfigureSilo(InProcessTestSiloSpecificOptions options, IHostApplicationBuilder builder)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Settings)
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Silo:DataDirectory"] = _directory }).Build();
        var (settings, errors) = SiloSettings.Read(configuration);
        Assert.Empty(errors);
        var opening = Task.Run(async () => OpenStore is null ? await OpenSqlite(options.SiloName) : await OpenStore($"127.0.0.1:{options.SiloPort}"))
            .GetAwaiter().GetResult();
        var inner = Assert.IsType<StoreOpening.Opened>(opening).Store;
        var store = new FaultyStore(inner);
        var transport = new ScriptedTransport(TimeProvider.System);
        SiloServer.Add(builder, settings, store, (host, s) => host.UseOrleans(silo => ClusterEngine.AddTenants(silo, s)));
        builder.Services.AddSingleton<ITransport>(transport);
        lock (_silos) _silos[options.SiloName] = new SiloUnderTest(inner, store, transport);
    }

    private async ValueTask<StoreOpening> OpenSqlite(string name) => await SqliteStore.Open(
        new SqliteStoreOptions { Directory = Path.Combine(_directory, name), MinFreeDiskBytes = 0 }, TimeProvider.System, default);
}
