using Npgsql;
using Silo.Storage.Postgres;
using Silo.Storage.Tests.Contract;
using Silo.Testing;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Postgres;

/// <summary>A store on a database of its own, on the server that all tests share.</summary>
internal sealed class PostgresUnderTest(HostileTimeProvider time) : IStoreUnderTest
{
    private readonly string _name = $"t{Guid.NewGuid():n}";
    private PostgresServer _server = null!;

    public ISiloStore Store => Postgres;

    public PostgresSiloStore Postgres { get; private set; } = null!;

    public PostgresStoreOptions Options { get; private set; } = null!;

    public async Task<PostgresUnderTest> Start()
    {
        _server = await PostgresServer.Shared;
        // The clock of these tests jumps by days, which is no silence of the database.
        Options = new() { ConnectionString = await _server.CreateDatabase(_name), Readers = 4, CutOffAfter = TimeSpan.FromDays(1_000) };
        Postgres = await Open();
        return this;
    }

    public async Task Restart()
    {
        await Postgres.DisposeAsync();
        Postgres = await Open();
    }

    public async Task Crash()
    {
        var before = Postgres.Ownership.Incarnation;
        await Postgres.Abandon();
        // What another silo does when the lease has lapsed.
        await using (var source = NpgsqlDataSource.Create($"{Options.ConnectionString};Search Path=silo;Pooling=false"))
        {
            await PostgresSiloStore.End(source, before);
        }

        Postgres = await Open();
    }

    public async ValueTask DisposeAsync()
    {
        await Postgres.DisposeAsync();
        await _server.DropDatabase(_name);
    }

    private async Task<PostgresSiloStore> Open() =>
        (PostgresSiloStore)Assert.IsType<StoreOpening.Opened>(await PostgresStore.Open(Options, time, default)).Store;
}
