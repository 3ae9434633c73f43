using Npgsql;
using Silo.Core.Suppression;
using Silo.Storage.Postgres;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Postgres;

/// <summary>
/// Who may write for a tenant, when silos come, go and are cut off. The leases are real and short; nothing waits for a time.
/// </summary>
public sealed class OwnershipTests : IAsyncLifetime
{
    private Silos _silos = null!;

    public async Task InitializeAsync() => _silos = await Silos.Start();

    public async Task DisposeAsync() => await _silos.DisposeAsync();

    [PostgresFact]
    public async Task A_silo_that_is_cut_off_is_taken_over_with_its_mail_and_its_units_in_hand()
    {
        var (first, second) = (await _silos.Open(o => o with { LeaseTime = TimeSpan.FromSeconds(3) }), await _silos.Open());
        var tenant = await Silos.Create(first, "a");
        var (inHand, queued) = (Silos.Message(first), Silos.Message(first));
        await Silos.Commit(first, new() { TenantKey = tenant, Append = inHand, Events = [new(1, default, 20, new byte[3])] });
        await Silos.Commit(first, new() { TenantKey = tenant, Append = queued });
        var release = first.Spool.NextIds(1);
        await Silos.Commit(first, new() { TenantKey = 0, Release = new(release, [inHand.MessageKey + 1]) });
        Assert.Empty(await second.Spool.ReadBacklogs(default));
        await first.Abandon();

        await Silos.Until(async () => (await second.Ownership.ReadOrphans(0, 1, 10, default)).Contains("a"), "the orphan is named");
        Assert.Single(await second.Spool.ReadBacklogs(default));
        Assert.Single(await second.Spool.ReadUnsettled(default));
        var claim = await second.Tenants.Claim("a", default);

        Assert.Equal(ClaimResult.Claimed, claim.Result);
        Assert.Equal((tenant, 1), (claim.Tenant!.TenantKey, Assert.Single(claim.Tenant.Tail).Sequence));
        Assert.Equal((inHand.MessageKey + 1, release), (Assert.Single(claim.Unsettled).Unit.Id, claim.Unsettled[0].ReleaseId));
        Assert.Equal(2, claim.Backlog!.Units);
        Assert.True(second.Ownership.Owns(tenant));
        Assert.True(second.Spool.NextIds(1) > release);
        Assert.Empty(await second.Ownership.ReadOrphans(0, 1, 10, default));
        var settled = new SpoolWrite { TenantKey = tenant, Settlements = [new(inHand.MessageKey + 1, inHand.MessageKey, 1, release, null)] };
        await Silos.Commit(second, settled);
        await Assert.ThrowsAsync<StorageException>(() => Silos.Commit(second, settled));
        await Silos.Commit(second, Silos.Event(tenant, 2));
        await second.Upkeep.Sweep(default);
        Assert.Equal(0L, await _silos.Scalar<long>("SELECT count(*) FROM releases"));
        Assert.Equal(1L, await _silos.Scalar<long>("SELECT count(*) FROM incarnations WHERE swept"));
    }

    [PostgresFact]
    public async Task The_list_of_a_tenant_that_is_gone_is_cleared_away()
    {
        var store = await _silos.Open();
        var tenant = await Silos.Create(store, "a");
        await store.Suppressions.Put("a", new SuppressionEntry("r@example.net", SuppressionReason.Bounce, DateTimeOffset.UnixEpoch), default);
        await store.Suppressions.Put(null, new SuppressionEntry("r@example.net", SuppressionReason.Bounce, DateTimeOffset.UnixEpoch), default);
        Assert.True(await store.Tenants.Delete(tenant, default));
        await store.Upkeep.Sweep(default);
        Assert.Equal(1L, await _silos.Scalar<long>("SELECT count(*) FROM suppressed"));
        Assert.Equal(0L, await _silos.Scalar<long>("SELECT count(*) FROM suppressed_gone"));
    }

    [PostgresFact]
    public async Task A_lease_that_lapsed_is_renewed_unless_it_was_taken_and_a_taken_one_is_the_end()
    {
        var store = await _silos.Open();
        var tenant = await Silos.Create(store, "a");
        await _silos.Scalar<long>("UPDATE leases SET expires_at = clock_timestamp() - interval '1 hour' RETURNING incarnation");
        await Silos.Until(() => _silos.Scalar<bool>("SELECT expires_at > clock_timestamp() FROM leases"), "the lease is renewed");
        Assert.True(store.Ownership.IsHeld);
        Assert.False(store.Ownership.Lost.IsCompleted);

        await _silos.Scalar<long>($"SELECT end_incarnation({store.Ownership.Incarnation})");

        Assert.Contains("took", await store.Ownership.Lost, StringComparison.Ordinal);
        Assert.False(store.Ownership.IsHeld || store.Ownership.Owns(tenant) || store.AcceptsWrites);
        await Assert.ThrowsAsync<StorageException>(() => Silos.Commit(store, Silos.Event(tenant, 1)));
        Assert.Equal(0L, await _silos.Scalar<long>("SELECT count(*) FROM events"));
    }

    [PostgresFact]
    public async Task Who_was_out_of_reach_itself_takes_nobody_over()
    {
        // After an outage of the database all leases have lapsed, and whoever comes back first must not end the others.
        var store = await _silos.Open(o => o with { LeaseTime = TimeSpan.FromMinutes(1) });
        var other = await _silos.Scalar<long>("INSERT INTO incarnations (address, alone) VALUES ('', false) RETURNING incarnation");
        await _silos.Scalar<long>(
            $"INSERT INTO leases (incarnation, expires_at, steady_since) VALUES ({other}, now() - interval '1 hour', now()) RETURNING incarnation");
        var takeOver = $"SELECT take_over({store.Ownership.Incarnation}, {other}, interval '1 minute')";
        Assert.Equal(0L, await _silos.Scalar<long>(takeOver));
        Assert.False(await _silos.Scalar<bool>($"SELECT dead FROM incarnations WHERE incarnation = {other}"));

        await _silos.Scalar<long>(
            $"UPDATE leases SET steady_since = now() - interval '2 minutes' WHERE incarnation <> {other} RETURNING incarnation");

        await Silos.Until(() => _silos.Scalar<bool>($"SELECT dead FROM incarnations WHERE incarnation = {other}"),
            "the lapsed one is taken over");
    }

    [PostgresFact]
    public async Task A_tenant_that_is_asked_for_is_handed_over_and_its_ids_rise_with_each_move()
    {
        var (first, second) = (await _silos.Open(Patient), await _silos.Open(Patient));
        Give(first);
        Give(second);
        var tenant = await Silos.Create(first, "a");
        var (here, there) = (first, second);
        long highest = 0, sequence = 0;
        for (var move = 0; move < 4; move++)
        {
            var ids = here.Spool.NextIds(10);
            Assert.True(ids > highest, $"move {move}: {ids} after {highest}");
            highest = ids + 9;
            await Silos.Commit(here, new() { TenantKey = tenant, Append = Silos.Message(here), Events = [new(++sequence, default, 20, new byte[1])] });
            Assert.Equal(here == first ? "silo-0" : "silo-1", await there.Ownership.FindOwner("a", default));

            var claim = await there.Tenants.Claim("a", default);

            Assert.Equal((ClaimResult.Claimed, move + 1L), (claim.Result, claim.Backlog!.Units));
            Assert.Equal(sequence, claim.Tenant!.Tail.Count);
            Assert.False(here.Ownership.Owns(tenant));
            await Assert.ThrowsAsync<StorageException>(() => Silos.Commit(here, Silos.Event(tenant, sequence + 1)));
            (here, there) = (there, here);
        }

        static void Give(PostgresSiloStore store) => store.Ownership.OnRequested(requests =>
        {
            foreach (var request in requests) _ = store.Ownership.HandTo(request, default);
        });
    }

    [PostgresFact]
    public async Task A_claim_of_what_is_not_given_ends_with_its_time_and_changes_nothing()
    {
        var first = await _silos.Open(Patient);
        var second = await _silos.Open(o => Patient(o) with { ClaimTimeout = TimeSpan.FromMilliseconds(300) });
        var tenant = await Silos.Create(first, "a");

        Assert.Equal(ClaimResult.OwnedElsewhere, (await second.Tenants.Claim("a", default)).Result);

        Assert.True(first.Ownership.Owns(tenant));
        await Silos.Commit(first, Silos.Event(tenant, 1));
    }

    [PostgresFact]
    public async Task A_tenant_without_mail_is_released_and_one_with_mail_is_kept()
    {
        var (first, second) = (await _silos.Open(Patient), await _silos.Open(Patient));
        var (idle, busy) = (await Silos.Create(first, "idle"), await Silos.Create(first, "busy"));
        await Silos.Commit(first, new() { TenantKey = busy, Append = Silos.Message(first) });
        await Silos.Commit(first, Silos.Event(idle, 1));

        Assert.True(await first.Ownership.Release(idle, default));
        Assert.False(await first.Ownership.Release(busy, default));

        Assert.True(first.Ownership.Owns(busy) && !first.Ownership.Owns(idle));
        Assert.Null(await second.Ownership.FindOwner("idle", default));
        var claim = await second.Tenants.Claim("idle", default);
        Assert.Equal((ClaimResult.Claimed, null, 1), (claim.Result, claim.Backlog, claim.Tenant!.Tail.Count));
        Assert.False(await first.Ownership.HandTo(new TenantRequest(busy, "busy", 987_654), default));
        Assert.True(first.Ownership.Owns(busy));
        await Silos.Commit(first, Silos.Event(busy, 1));
    }

    [PostgresFact]
    public async Task Claims_of_the_same_tenants_at_the_same_time_give_each_to_one()
    {
        var first = await _silos.Open(Patient);
        string[] names = [.. Enumerable.Range(0, 300).Select(i => $"t{i}")];
        await Task.WhenAll(names.Select(n => Silos.Create(first, n)));
        await first.DisposeAsync();
        PostgresSiloStore[] others = [.. await Task.WhenAll(
            Enumerable.Range(0, 2).Select(_ => _silos.Open(o => Patient(o) with { ClaimTimeout = TimeSpan.Zero })))];

        var claims = await Task.WhenAll(others.SelectMany(s => names.Select(n => s.Tenants.Claim(n, default).AsTask())));

        foreach (var i in Enumerable.Range(0, names.Length))
            Assert.Equal([ClaimResult.Claimed, ClaimResult.OwnedElsewhere], new[] { claims[i].Result, claims[i + names.Length].Result }.Order());
    }

    [PostgresFact]
    public async Task A_batch_of_a_silo_that_was_taken_over_meanwhile_never_commits()
    {
        var (first, second) = (await _silos.Open(Patient), await _silos.Open(Patient));
        var tenant = await Silos.Create(first, "a");
        await using var holder = await _silos.Connect();
        await using var transaction = await holder.BeginTransactionAsync();
        await Run(holder, "LOCK TABLE messages IN EXCLUSIVE MODE");
        var late = first.Spool.Enqueue(new() { TenantKey = tenant, Append = Silos.Message(first), Events = [new(1, default, 20, new byte[1])] });
        await Silos.Until(() => _silos.Scalar<bool>(
            $"""
            SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
                AND application_name = 'Silo writer {first.Ownership.Incarnation}' AND wait_event_type = 'Lock')
            """),
            "the batch waits");
        await _silos.Scalar<long>($"SELECT end_incarnation({first.Ownership.Incarnation})");
        var claim = await second.Tenants.Claim("a", default);
        await transaction.RollbackAsync();

        await Assert.ThrowsAsync<StorageException>(() => first.Spool.WhenCommitted(late, default).AsTask());
        Assert.NotNull(await first.Ownership.Lost);
        Assert.Equal((ClaimResult.Claimed, 0), (claim.Result, claim.Tenant!.Tail.Count));
        await Silos.Commit(second, Silos.Event(tenant, 1));
        Assert.Equal(0L, await _silos.Scalar<long>("SELECT count(*) FROM messages"));
    }

    [PostgresFact]
    public async Task Who_has_the_database_alone_is_refused_beside_another_and_waits_out_one_that_ended_without_a_word()
    {
        var alone = await _silos.Open(o => o with { Exclusive = true, LeaseTime = TimeSpan.FromSeconds(3) });
        Assert.Equal(StoreRefusal.InUse, Assert.IsType<StoreOpening.Refused>(await _silos.TryOpen(o => o with { Exclusive = true })).Reason);
        Assert.Equal(StoreRefusal.InUse, Assert.IsType<StoreOpening.Refused>(await _silos.TryOpen()).Reason);
        Assert.Single(await alone.Ownership.ReadLiving(default));
        var tenant = await Silos.Create(alone, "a");
        await alone.Abandon();

        var next = await _silos.Open(o => o with { Exclusive = true });

        Assert.Equal(tenant, (await next.Tenants.Claim("a", default)).Tenant!.TenantKey);
    }

    /// <summary>Where nobody is to be taken over, however slow the machine.</summary>
    private static PostgresStoreOptions Patient(PostgresStoreOptions options) => options with { LeaseTime = TimeSpan.FromSeconds(30) };

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
