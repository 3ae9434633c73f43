using System.Diagnostics;
using Npgsql;
using Silo.Core.Messages;
using Silo.Storage.Postgres;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Postgres;

/// <summary>Several stores on one database, with leases of half a second.</summary>
internal sealed class Silos : IAsyncDisposable
{
    private readonly List<PostgresSiloStore> _stores = [];
    private readonly string _name = $"s{Guid.NewGuid():n}";
    private readonly PostgresServer _server;
    private readonly bool _ownServer;

    private Silos(PostgresServer server, bool ownServer) => (_server, _ownServer) = (server, ownServer);

    public static readonly TenantSnapshot Snapshot = new(0, new byte[4], new byte[4], "ENABLED", null);

    public string Database { get; private set; } = "";

    public static async Task<Silos> Start(PostgresServer? own = null)
    {
        var silos = new Silos(own ?? await PostgresServer.Shared, own is not null);
        silos.Database = await silos._server.CreateDatabase(silos._name);
        return silos;
    }

    public async Task<PostgresSiloStore> Open(Func<PostgresStoreOptions, PostgresStoreOptions>? configure = null)
    {
        var opening = await TryOpen(configure);
        if (opening is not StoreOpening.Opened { Store: PostgresSiloStore store }) throw new InvalidOperationException(opening.ToString());
        lock (_stores) _stores.Add(store);
        return store;
    }

    public async Task<StoreOpening> TryOpen(Func<PostgresStoreOptions, PostgresStoreOptions>? configure = null)
    {
        var options = new PostgresStoreOptions
        {
            ConnectionString = Database, Address = $"silo-{_stores.Count}", Readers = 4, LeaseTime = TimeSpan.FromMilliseconds(500),
            LeaseMargin = TimeSpan.FromMilliseconds(50), RenewInterval = TimeSpan.FromMilliseconds(50),
        };
        return await PostgresStore.Open(configure is null ? options : configure(options), TimeProvider.System, default);
    }

    public static async Task<long> Create(ISiloStore store, string name) =>
        (await store.Tenants.Create(new(name, $"tn-{name}", $"arn:{name}", DateTimeOffset.UnixEpoch, Snapshot, [], 1_000), default)).TenantKey;

    public static MessageAppend Message(ISiloStore store, int bytes = 100)
    {
        var key = store.Spool.NextIds(2);
        var envelope = new Envelope
        {
            MessageId = "m", TenantName = "a", Sender = "", FromAddress = "a@example.org", IdentityArn = "arn", Destination = ["b@example.org"],
            AcceptedAt = DateTimeOffset.UnixEpoch, SizeBytes = bytes,
        };
        return new(key, envelope, new byte[bytes], ["b@example.org"], DateTimeOffset.UnixEpoch);
    }

    public static async Task Commit(ISiloStore store, SpoolWrite write) => await store.Spool.WhenCommitted(store.Spool.Enqueue(write), default);

    public static SpoolWrite Event(long tenant, long sequence) =>
        new() { TenantKey = tenant, Events = [new(sequence, DateTimeOffset.UnixEpoch, 20, new byte[8])] };

    public async Task<NpgsqlConnection> Connect()
    {
        var connection = new NpgsqlConnection($"{Database};Search Path=silo;Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    public async Task<T> Scalar<T>(string sql)
    {
        await using var connection = await Connect();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Polls until it is so, for as long as a slow machine may take.</summary>
    public static async Task Until(Func<Task<bool>> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"Never: {what}");
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores) await store.DisposeAsync();
        if (!_ownServer) await _server.DropDatabase(_name);
    }
}
