using Npgsql;
using Silo.Storage.Postgres;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Postgres;

/// <summary>Tenants that go back and forth between silos, with what is left behind in rows and in memory.</summary>
public sealed class TenantMovesTests : IAsyncLifetime
{
    private Silos _silos = null!;

    public async Task InitializeAsync() => _silos = await Silos.Start();

    public async Task DisposeAsync() => await _silos.DisposeAsync();

    [PostgresFact]
    public async Task A_unit_that_was_given_away_unsettled_is_settled_under_its_later_release_when_it_comes_back()
    {
        var (first, here, there) = (await _silos.Open(), await _silos.Open(), await _silos.Open());
        var tenant = await Silos.Create(first, "a");
        var message = Silos.Message(first);
        var unit = message.MessageKey + 1;
        await Silos.Commit(first, new() { TenantKey = tenant, Append = message });
        await Silos.Commit(first, new() { TenantKey = 0, Release = new(first.Spool.NextIds(1), [unit]) });
        await first.Abandon();
        Assert.Single((await here.Tenants.Claim("a", default)).Unsettled);
        Assert.True(await here.Ownership.HandTo(new TenantRequest(tenant, "a", there.Ownership.Incarnation), default));
        await Recover(there);
        await Silos.Commit(there, new() { TenantKey = 0, Release = new(there.Spool.NextIds(1), [unit]) });
        await there.Abandon();

        await Recover(here);

        Assert.Empty((await here.Tenants.Claim("a", default)).Unsettled);

        async Task Recover(PostgresSiloStore store)
        {
            var unsettled = Assert.Single((await store.Tenants.Claim("a", default)).Unsettled);
            await Silos.Commit(store, new()
            {
                TenantKey = tenant,
                Settlements = [new(unit, message.MessageKey, 1, unsettled.ReleaseId, new(DateTimeOffset.UnixEpoch, 1, null, 1, true))],
            });
        }
    }

    [PostgresFact]
    public async Task A_tenant_that_is_given_while_it_is_asked_for_once_more_leaves_no_request_behind()
    {
        var (owner, asker) = (await _silos.Open(), await _silos.Open());
        var tenant = await Silos.Create(owner, "a");
        var claim = asker.Tenants.Claim("a", default).AsTask();
        await Silos.Until(async () => await _silos.Scalar<long>("SELECT count(*) FROM requests") == 1, "it is asked for");
        await using var giver = await _silos.Connect();
        await using (var giving = await giver.BeginTransactionAsync())
        {
            Assert.Equal(1, await Give(giver, owner, tenant, asker.Ownership.Incarnation));
            await Silos.Until(
                async () => claim.IsCompleted || await _silos.Scalar<long>(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'Silo claims%' AND wait_event_type = 'Lock'") > 0,
                "the claim waits for the gift");
            await giving.CommitAsync();
        }

        Assert.Equal(ClaimResult.Claimed, (await claim).Result);
        Assert.Equal(0L, await _silos.Scalar<long>("SELECT count(*) FROM requests"));
    }

    [PostgresFact]
    public async Task Tenants_that_are_given_in_another_order_than_they_are_asked_for_in_stop_neither_side()
    {
        var (owner, asker) = (await _silos.Open(), await _silos.Open());
        var (a, b) = (await Silos.Create(owner, "a"), await Silos.Create(owner, "b"));
        await using var giver = await _silos.Connect();
        await using var claimer = await _silos.Connect();
        await Ask();
        await using (var giving = await giver.BeginTransactionAsync())
        {
            await Give(giver, owner, b, asker.Ownership.Incarnation);
            var asked = Ask();
            await Silos.Until(
                async () => asked.IsCompleted || await _silos.Scalar<bool>(
                    $"SELECT wait_event_type IS NOT DISTINCT FROM 'Lock' FROM pg_stat_activity WHERE pid = {claimer.ProcessID}"),
                "the claim waits for the gift");
            await Give(giver, owner, a, asker.Ownership.Incarnation);
            await giving.CommitAsync();
            await asked;
        }

        Assert.Equal(
            2L, await _silos.Scalar<long>($"SELECT count(*) FROM tenants WHERE owner = {asker.Ownership.Incarnation}"));

        async Task Ask()
        {
            await using var ask = new NpgsqlCommand(TenantClaims.Request, claimer);
            ask.Parameters.Add(new() { Value = asker.Ownership.Incarnation });
            ask.Parameters.Add(new() { Value = new[] { "a", "b" } });
            await ask.ExecuteNonQueryAsync();
        }
    }

    [PostgresFact]
    public async Task A_tenant_with_mail_whose_release_was_refused_with_a_lost_answer_is_named_to_be_woken()
    {
        using var proxy = new SwallowingProxy((await PostgresServer.Shared).Port);
        var store = await _silos.Open(o => o with
        {
            ConnectionString = _silos.Database.Replace($"Port={PostgresServer.Shared.Result.Port}", $"Port={proxy.Port}", StringComparison.Ordinal),
            LeaseTime = TimeSpan.FromSeconds(60),
        });
        var tenant = await Silos.Create(store, "a");
        await Silos.Commit(store, new() { TenantKey = tenant, Append = Silos.Message(store) });
        var stored = await _silos.Scalar<long>("SELECT number FROM batches");
        proxy.Swallow();
        var release = store.Ownership.Release(tenant, default).AsTask();
        await Silos.Until(async () => await _silos.Scalar<long>("SELECT number FROM batches") > stored, "the release was looked at");
        proxy.Break();
        await Assert.ThrowsAsync<StorageException>(() => release);

        Assert.Equal(["a"], await store.Ownership.ReadOrphans(0, 1, 10, default));
        Assert.Equal(1, (await store.Tenants.Claim("a", default)).Backlog?.Units);
    }

    private static async Task<long> Give(NpgsqlConnection connection, ISiloStore owner, long tenant, long to)
    {
        await using var give = new NpgsqlCommand($"SELECT hand_tenant({owner.Ownership.Incarnation}, {tenant}, {to})", connection);
        return (long)(await give.ExecuteScalarAsync())!;
    }
}
