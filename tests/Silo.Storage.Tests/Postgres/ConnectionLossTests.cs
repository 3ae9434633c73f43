using Npgsql;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Postgres;

/// <summary>A connection or a server that goes away amid batches loses nothing and doubles nothing.</summary>
public sealed class ConnectionLossTests
{
    [PostgresFact]
    public async Task Connections_that_are_killed_amid_batches_leave_every_write_stored_once()
    {
        await using var silos = await Silos.Start();
        var store = await silos.Open(o => o with { LeaseTime = TimeSpan.FromSeconds(10) });
        var tenant = await Silos.Create(store, "a");
        await using var killer = await silos.Connect();
        var tickets = new List<long>();
        for (var i = 1; i <= 4_000; i++)
        {
            tickets.Add(store.Spool.Enqueue(
                new() { TenantKey = tenant, Append = Silos.Message(store, 2_000),
                    Events = [new(i, DateTimeOffset.UnixEpoch, 20, new byte[8])] }));
            if (i % 200 != 0) continue;
            await using var kill = new NpgsqlCommand(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'Silo writer%'",
                killer);
            await kill.ExecuteScalarAsync();
        }

        foreach (var ticket in tickets) await store.Spool.WhenCommitted(ticket, default);

        Assert.True(store.AcceptsWrites);
        Assert.Equal(4_000L, await silos.Scalar<long>("SELECT count(*) FROM messages"));
        Assert.Equal(Enumerable.Range(1, 4_000).Select(i => (long)i), (await store.Events.ReadFrom(0, 10_000, default)).Select(e => e.Sequence));
        Assert.Equal(4_000, (await store.Tenants.Load("a", default))!.Tail.Count);
    }

    [PostgresFact]
    public async Task A_batch_whose_answer_was_lost_is_found_stored_and_not_stored_again()
    {
        await using var silos = await Silos.Start();
        using var proxy = new SwallowingProxy((await PostgresServer.Shared).Port);
        var store = await silos.Open(o => o with
        {
            ConnectionString = silos.Database.Replace($"Port={PostgresServer.Shared.Result.Port}", $"Port={proxy.Port}", StringComparison.Ordinal),
            LeaseTime = TimeSpan.FromSeconds(60),
        });
        var tenant = await Silos.Create(store, "a");
        for (var i = 1; i <= 5; i++)
        {
            proxy.Swallow();
            var message = Silos.Message(store);
            var release = store.Spool.NextIds(1);
            var ticket = store.Spool.Enqueue(new() { TenantKey = tenant, Append = message, Events = Silos.Event(tenant, i).Events });
            await Silos.Until(async () => await silos.Scalar<long>("SELECT count(*) FROM events") == i, $"event {i} is stored");
            proxy.Break();
            await store.Spool.WhenCommitted(ticket, default);
            await Silos.Commit(store, new() { TenantKey = 0, Release = new(release, [message.MessageKey + 1]) });
            await Silos.Commit(store, new() { TenantKey = tenant, Settlements = [new(message.MessageKey + 1, message.MessageKey, 1, release, null)] });
        }

        proxy.Swallow();
        var creation = store.Tenants.Create(new("b", "tn-b", "arn:b", DateTimeOffset.UnixEpoch, Silos.Snapshot, [], 9), default).AsTask();
        await Silos.Until(async () => await silos.Scalar<long>("SELECT count(*) FROM tenants") == 2, "the tenant is stored");
        proxy.Break();
        await Assert.ThrowsAsync<StorageException>(() => creation);

        Assert.Equal(ClaimResult.Claimed, (await store.Tenants.Claim("b", default)).Result);
        Assert.Equal([1, 2, 3, 4, 5], (await store.Events.ReadFrom(0, 10, default)).Select(e => e.Sequence));
        Assert.Equal(["a"], await store.Tenants.TenantsToSnapshot(0, 10, default));
        Assert.False(store.Ownership.Lost.IsCompleted);
        Assert.Equal(0L, await silos.Scalar<long>("SELECT count(*) FROM messages"));
    }

    [PostgresFact]
    public async Task Tickets_complete_when_a_server_that_was_stopped_is_back()
    {
        await using var server = await PostgresServer.Start();
        await using var silos = await Silos.Start(server);
        var store = await silos.Open(o => o with { LeaseTime = TimeSpan.FromSeconds(10) });
        var tenant = await Silos.Create(store, "a");
        await server.Stop(PostgresStop.Immediate);
        var ticket = store.Spool.Enqueue(Silos.Event(tenant, 1));
        await Silos.Until(() => Task.FromResult(!store.AcceptsWrites), "the store says that it cannot write");
        Assert.NotNull(store.WriteRefusal);

        await server.StartAgain();
        await store.Spool.WhenCommitted(ticket, default);

        await Silos.Until(() => Task.FromResult(store.AcceptsWrites), "the store accepts again");
        Assert.False(store.Ownership.Lost.IsCompleted);
        Assert.Single(await store.Events.ReadFrom(0, 10, default));
    }

    [PostgresFact]
    public async Task A_synchronous_standby_that_is_promoted_goes_on_with_every_acknowledged_write()
    {
        await using var primary = await PostgresServer.Start();
        await using var standby = await primary.StartStandby();
        await using var silos = await Silos.Start(primary);
        var both = silos.Database.Replace("Host=127.0.0.1;", $"Host=127.0.0.1:{primary.Port},127.0.0.1:{standby.Port};", StringComparison.Ordinal);
        var store = await silos.Open(o => o with { ConnectionString = both, LeaseTime = TimeSpan.FromSeconds(10) });
        var tenant = await Silos.Create(store, "a");
        var acknowledged = 0;
        long[] tickets = [.. Enumerable.Range(1, 500).Select(i => store.Spool.Enqueue(Silos.Event(tenant, i)))];
        await store.Spool.WhenCommitted(tickets[0], default);
        foreach (var ticket in tickets.TakeWhile(t => store.Spool.WhenCommitted(t, default).IsCompletedSuccessfully)) acknowledged++;
        await primary.Stop(PostgresStop.Kill);
        await standby.Promote();

        foreach (var ticket in tickets) await store.Spool.WhenCommitted(ticket, default);

        Assert.True(acknowledged > 0);
        Assert.False(store.Ownership.Lost.IsCompleted);
        Assert.Equal(Enumerable.Range(1, 500).Select(i => (long)i), (await store.Events.ReadFrom(0, 1_000, default)).Select(e => e.Sequence));
    }

    [PostgresFact]
    public async Task A_database_that_forgot_what_it_acknowledged_ends_the_incarnation()
    {
        await using var silos = await Silos.Start();
        var store = await silos.Open();
        var tenant = await Silos.Create(store, "a");
        await Silos.Commit(store, Silos.Event(tenant, 1));
        // As a standby has it that was behind when it was promoted.
        await silos.Scalar<long>("UPDATE batches SET number = number - 1 RETURNING number");
        await silos.Scalar<long>(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'Silo writer%'");

        await Assert.ThrowsAsync<StorageException>(() => Silos.Commit(store, Silos.Event(tenant, 2)));

        Assert.Contains("lost commits", await store.Ownership.Lost, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_reader_of_the_log_does_not_pass_a_batch_that_commits_late()
    {
        await using var silos = await Silos.Start();
        var slow = await silos.Open(o => o with { LeaseTime = TimeSpan.FromSeconds(10) });
        var fast = await silos.Open(o => o with { LeaseTime = TimeSpan.FromSeconds(10) });
        var (a, b) = (await Silos.Create(slow, "a"), await Silos.Create(fast, "b"));
        await Silos.Commit(fast, Silos.Event(b, 1));
        await using var holder = await silos.Connect();
        await using var transaction = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand($"SELECT 1 FROM snapshots WHERE tenant_key = {a} FOR UPDATE", holder))
            await hold.ExecuteScalarAsync();
        var late = slow.Spool.Enqueue(new()
        {
            TenantKey = a, Events = [new(1, DateTimeOffset.UnixEpoch, 20, new byte[8])], Snapshot = new(1, new byte[1], new byte[1], "ENABLED", null),
        });
        await Silos.Until(() => silos.Scalar<bool>(
            """
            SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                WHERE datname = current_database() AND application_name LIKE 'Silo writer%' AND wait_event_type = 'Lock')
            """),
            "the batch waits");
        await Silos.Commit(fast, Silos.Event(b, 2));

        var before = await fast.Events.ReadFrom(0, 10, default);
        Assert.Equal([(b, 1L)], before.Select(e => (e.TenantKey, e.Sequence)));
        await transaction.RollbackAsync();
        await slow.Spool.WhenCommitted(late, default);

        var after = await fast.Events.ReadFrom(before[^1].Position, 10, default);
        Assert.Equal([(a, 1L), (b, 2L)], after.Select(e => (e.TenantKey, e.Sequence)));
    }
}
