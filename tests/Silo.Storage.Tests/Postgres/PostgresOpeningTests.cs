using Npgsql;
using Silo.Storage.Postgres;
using Silo.Testing;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Postgres;

public sealed class PostgresOpeningTests
{
    [PostgresTheory]
    [InlineData("fsync", "off")]
    [InlineData("full_page_writes", "off")]
    [InlineData("synchronous_commit", "off")]
    [InlineData("synchronous_commit", "local")]
    public async Task A_server_that_may_lose_what_it_acknowledges_is_refused_with_the_setting(string name, string value)
    {
        await using var server = await PostgresServer.Start(new Dictionary<string, string> { [name] = value });

        var refused = Assert.IsType<StoreOpening.Refused>(await Open(server.ConnectionString));

        Assert.Equal(StoreRefusal.UnsafeSettings, refused.Reason);
        Assert.Contains($"{name}={value}", refused.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task What_a_database_sets_for_its_sessions_does_not_make_commits_unsafe()
    {
        await using var silos = await Silos.Start();
        await using (var connection = await silos.Connect())
        {
            await using var command = new NpgsqlCommand($"ALTER DATABASE \"{connection.Database}\" SET synchronous_commit = off", connection);
            await command.ExecuteNonQueryAsync();
        }

        var store = await silos.Open();

        foreach (var source in new[] { store.Connections.Writer, store.Connections.Lease, store.Connections.Claims })
        {
            await using var command = source.CreateCommand("SHOW synchronous_commit");
            Assert.Equal("on", await command.ExecuteScalarAsync());
        }
    }

    [PostgresFact]
    public async Task Several_hosts_are_refused_without_a_synchronous_standby_unless_that_is_allowed()
    {
        var server = await PostgresServer.Shared;
        await using var silos = await Silos.Start();
        // The second name is the same server: as good as a standby for what is asked here.
        var several = silos.Database.Replace("Host=127.0.0.1;", $"Host=127.0.0.1:{server.Port},localhost:{server.Port};", StringComparison.Ordinal);

        var refused = Assert.IsType<StoreOpening.Refused>(await Open(several));

        Assert.Equal(StoreRefusal.UnsafeSettings, refused.Reason);
        Assert.Contains("synchronous_standby_names", refused.Message, StringComparison.Ordinal);
        await using var store = await silos.Open(o => o with { ConnectionString = several, AllowAsynchronousStandby = true });
        await Silos.Create(store, "a");
    }

    [PostgresFact]
    public async Task Stores_that_open_an_empty_database_at_once_all_open()
    {
        await using var silos = await Silos.Start();

        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => silos.Open(o => o with { LeaseTime = TimeSpan.FromSeconds(30) })));

        Assert.Equal(4, stores.Select(s => s.Ownership.Incarnation).Distinct().Count());
        Assert.Equal(4, stores.Select(s => s.Spool.NextIds(1)).Distinct().Count());
        Assert.Equal(4, (await stores[0].Ownership.ReadLiving(default)).Count);
    }

    [PostgresFact]
    public async Task A_database_of_a_newer_or_another_program_is_refused()
    {
        await using var silos = await Silos.Start();
        await (await silos.Open()).DisposeAsync();
        await silos.Scalar<int>("INSERT INTO schema_version (version, name, checksum) VALUES (99, '0099_later', 'x') RETURNING version");
        Assert.Equal(StoreRefusal.NewerSchema, Assert.IsType<StoreOpening.Refused>(await silos.TryOpen()).Reason);
        await silos.Scalar<int>("DELETE FROM schema_version WHERE version = 99 RETURNING version");
        await silos.Scalar<int>("UPDATE schema_version SET checksum = 'x' RETURNING version");
        Assert.Equal(StoreRefusal.ChangedMigration, Assert.IsType<StoreOpening.Refused>(await silos.TryOpen()).Reason);
    }

    [PostgresFact]
    public async Task A_database_that_is_not_there_is_refused_with_the_reason()
    {
        var server = await PostgresServer.Shared;
        var refused = Assert.IsType<StoreOpening.Refused>(await Open(server.ConnectionStringOf("nowhere")));
        Assert.Equal(StoreRefusal.Unusable, refused.Reason);
        Assert.Contains("nowhere", refused.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_silo_that_opens_while_others_write_gives_the_same_positions_as_they()
    {
        await using var silos = await Silos.Start();
        var store = await silos.Open();
        var tenant = await Silos.Create(store, "a");
        await using var connection = await silos.Connect();
        await using var transaction = await connection.BeginTransactionAsync();
        // The opening silo has its transaction number; others commit with higher ones before it looks at the log.
        await using var begin = new NpgsqlCommand("SELECT pg_current_xact_id()::text::bigint", connection);
        await begin.ExecuteScalarAsync();
        for (var sequence = 1; sequence <= 5; sequence++) await Silos.Commit(store, Silos.Event(tenant, sequence));

        await using var raise = new NpgsqlCommand(Incarnations.RaiseOffset, connection);
        Assert.Equal(0L, await raise.ExecuteScalarAsync());
    }

    [PostgresFact]
    public async Task Positions_go_on_where_a_restored_database_had_them()
    {
        await using var silos = await Silos.Start();
        var store = await silos.Open();
        var tenant = await Silos.Create(store, "a");
        await Silos.Commit(store, Silos.Event(tenant, 1));
        await store.DisposeAsync();
        // As after a dump and a restore into a server that counts its transactions from the beginning.
        await silos.Scalar<long>("UPDATE events SET position = position + (5000000000::bigint << 20) RETURNING position");

        var again = await silos.Open();
        await again.Tenants.Claim("a", default);
        await Silos.Commit(again, Silos.Event(tenant, 2));

        Assert.Equal([1, 2], (await again.Events.ReadFrom(0, 10, default)).Select(e => e.Sequence));
        Assert.Equal([1, 2], (await again.Tenants.Load("a", default))!.Tail.Select(e => e.Sequence));
    }

    [PostgresFact]
    public async Task Days_of_the_log_are_dropped_once_they_are_out_of_retention_and_in_snapshots()
    {
        var time = new HostileTimeProvider();
        await using var underTest = await new PostgresUnderTest(time).Start();
        var store = underTest.Postgres;
        var tenant = await Silos.Create(store, "a");
        for (var i = 1; i <= 5; i++) await Silos.Commit(store, Silos.Event(tenant, i));
        time.Advance(TimeSpan.FromDays(40));
        Assert.Equal(0, await store.Upkeep.KeepDays(default));
        await Silos.Commit(store, Silos.Event(tenant, 6));

        await Silos.Commit(store, new() { TenantKey = tenant, Snapshot = Silos.Snapshot with { AppliedSequence = 4 } });
        Assert.Equal(0, await store.Upkeep.KeepDays(default));
        await Silos.Commit(store, new() { TenantKey = tenant, Snapshot = Silos.Snapshot with { AppliedSequence = 5 } });

        // The store's own upkeep may be at it already.
        await Silos.Until(async () =>
        {
            await store.Upkeep.KeepDays(default);
            return (await store.Events.ReadFrom(0, 10, default)).Count == 1;
        }, "the old days are dropped");
        Assert.Equal(6, Assert.Single(await store.Events.ReadFrom(0, 10, default)).Sequence);
        await Silos.Commit(store, Silos.Event(tenant, 7));
    }

    private static async Task<StoreOpening> Open(string connectionString) =>
        await PostgresStore.Open(new() { ConnectionString = connectionString, Exclusive = true }, TimeProvider.System, default);
}
