using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Egress;

/// <summary>Pools and addresses on SQLite with a clock that is driven by hand, as one silo sees them and as another one does.</summary>
public abstract class EgressStore : IAsyncLifetime
{
    private static readonly Arns Arns = new("us-east-1", "123456789012");
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-egress-").FullName;
    private ISiloStore _store = null!;

    private protected HostileTimeProvider Time { get; } = new();

    private protected HookedResources Resources { get; private set; } = null!;

    private protected View Here { get; private set; } = null!;

    private protected View Elsewhere { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = _directory }, TimeProvider.System, CancellationToken.None);
        _store = ((StoreOpening.Opened)opening).Store;
        Resources = new HookedResources(_store.Resources);
        Here = new View(Resources, Time);
        Elsewhere = new View(_store.Resources, Time);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private protected static DedicatedIpSettings Ip(string ip, string? pool = null) => new(ip, pool, "mta.example.com", null, null);

    internal sealed class View(IResourceStore store, TimeProvider time)
    {
        private SendingPoolResources? _pools;
        private DedicatedIpResources? _ips;

        public AccountResources Account { get; } = new(store, Arns, time);

        public SendingPools Plan { get; } = new(store, time);

        public SendingPoolResources Pools => _pools ??= new(store, Arns, Plan, time);

        public DedicatedIpResources Ips => _ips ??= new(store, Arns, Account, Pools, Plan, time);

        public ValueTask<EgressPlan> Read() => Plan.Get(CancellationToken.None);

        public async Task CreatePool(string name, bool isManaged = false) =>
            Assert.Equal(ResourceCreation.Created, await Pools.Create(name, isManaged, [], CancellationToken.None));

        public async Task Put(DedicatedIpSettings ip) => Assert.Equal(IpWrite.Done, await Ips.Put(ip, CancellationToken.None));
    }
}
