using Dapper;
using Silo.Storage.Postgres;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Postgres;

/// <summary>What the model of the protocol found out (docs/decisions/0008), as the store does it.</summary>
public sealed class OwnershipRepairsTests : IAsyncLifetime
{
    private Silos _silos = null!;

    public async Task InitializeAsync() => _silos = await Silos.Start();

    public async Task DisposeAsync() => await _silos.DisposeAsync();

    // Judged in the database by its clock, with a lease of ten seconds: what is left of one's own, for how long it was steady.
    [PostgresTheory]
    [InlineData(10, 10, 1, 1)]
    [InlineData(4, 60, 1, 0)]
    [InlineData(10, 9, 1, 0)]
    [InlineData(-1, 60, 1, 0)]
    [InlineData(10, 60, -1, 0)]
    public async Task Only_who_holds_a_steady_lease_with_half_of_it_left_takes_over_one_that_lapsed(
        int ownLeftSeconds, int ownSteadySeconds, int otherLapsedSeconds, long taken)
    {
        await (await _silos.Open()).Abandon();
        var me = await _silos.Scalar<long>("INSERT INTO incarnations (address, alone) VALUES ('', false) RETURNING incarnation");
        var other = await _silos.Scalar<long>("INSERT INTO incarnations (address, alone) VALUES ('', false) RETURNING incarnation");
        await _silos.Scalar<long>(
            $"""
            INSERT INTO leases (incarnation, expires_at, steady_since)
            VALUES ({me}, clock_timestamp() + interval '{ownLeftSeconds}.2 s', clock_timestamp() - interval '{ownSteadySeconds}.1 s'),
                ({other}, clock_timestamp() - interval '{otherLapsedSeconds} s', clock_timestamp() - interval '1 min') RETURNING incarnation
            """);
        Assert.Equal(taken, await _silos.Scalar<long>($"SELECT take_over({me}, {other}, interval '10 s')"));
        Assert.Equal(taken == 1, await _silos.Scalar<bool>($"SELECT dead FROM incarnations WHERE incarnation = {other}"));
    }

    [PostgresFact]
    public async Task A_tenant_that_is_given_to_one_who_no_longer_waits_for_it_is_named_to_be_woken()
    {
        var owner = await _silos.Open();
        var asker = await _silos.Open(o => o with { ClaimTimeout = TimeSpan.FromMilliseconds(100) });
        var tenant = await Silos.Create(owner, "a");
        await Silos.Commit(owner, new SpoolWrite { TenantKey = tenant, Append = Silos.Message(owner) });
        Assert.Equal(ClaimResult.OwnedElsewhere, (await asker.Tenants.Claim("a", default)).Result);
        Assert.Empty(await asker.Ownership.ReadOrphans(0, 1, 10, default));

        Assert.True(await owner.Ownership.HandTo(new TenantRequest(tenant, "a", asker.Ownership.Incarnation), default));
        Assert.Equal(["a"], await asker.Ownership.ReadOrphans(0, 1, 10, default));
        Assert.Equal(1, (await asker.Tenants.Claim("a", default)).Backlog?.Units);
        Assert.Empty(await asker.Ownership.ReadOrphans(0, 1, 10, default));
    }

    [PostgresFact]
    public async Task A_tenant_that_somebody_waits_for_here_does_not_go_on_before_that_one_had_it()
    {
        var owner = await _silos.Open(o => o with { ClaimTimeout = TimeSpan.Zero });
        var asker = await _silos.Open();
        var tenant = await Silos.Create(owner, "a");
        await using var connection = await _silos.Connect();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("LOCK TABLE snapshots IN ACCESS EXCLUSIVE MODE");
        var claim = asker.Tenants.Claim("a", default).AsTask();
        await Silos.Until(
            () => _silos.Scalar<bool>("SELECT count(*) > 0 FROM pg_locks WHERE relation = 'snapshots'::regclass AND NOT granted"),
            "the claim has come to the tenant's snapshot");
        await connection.ExecuteAsync($"UPDATE tenants SET owner = {asker.Ownership.Incarnation}");
        Assert.False(await asker.Ownership.HandTo(new TenantRequest(tenant, "a", owner.Ownership.Incarnation), default));
        await transaction.CommitAsync();
        Assert.Equal(ClaimResult.Claimed, (await claim).Result);
        Assert.True(await asker.Ownership.HandTo(new TenantRequest(tenant, "a", owner.Ownership.Incarnation), default));
    }

    [PostgresFact]
    public async Task A_claim_that_is_called_off_while_it_waits_leaves_the_tenant_in_doubt()
    {
        var owner = await _silos.Open();
        var asker = await _silos.Open();
        var tenant = await Silos.Create(owner, "a");
        await Silos.Commit(owner, new SpoolWrite { TenantKey = tenant, Append = Silos.Message(owner) });
        using var calledOff = new CancellationTokenSource();
        owner.Ownership.OnRequested(_ => calledOff.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asker.Tenants.Claim("a", calledOff.Token).AsTask());

        Assert.True(await owner.Ownership.HandTo(new TenantRequest(tenant, "a", asker.Ownership.Incarnation), default));
        Assert.Equal(["a"], await asker.Ownership.ReadOrphans(0, 1, 10, default));
    }

    [PostgresFact]
    public async Task A_tenant_without_mail_that_was_given_to_one_who_no_longer_waits_for_it_is_given_on()
    {
        var owner = await _silos.Open();
        var asker = await _silos.Open(o => o with { ClaimTimeout = TimeSpan.FromMilliseconds(500) });
        var tenant = await Silos.Create(owner, "a");
        Assert.Equal(ClaimResult.OwnedElsewhere, (await asker.Tenants.Claim("a", default)).Result);
        Assert.True(await owner.Ownership.HandTo(new TenantRequest(tenant, "a", asker.Ownership.Incarnation), default));
        Assert.False(asker.Ownership.Owns(tenant));

        asker.Ownership.OnRequested(requests =>
        {
            foreach (var request in requests) _ = asker.Ownership.HandTo(request, default);
        });
        Assert.Equal(ClaimResult.Claimed, (await owner.Tenants.Claim("a", default)).Result);
        Assert.False(asker.Ownership.Owns(tenant));
    }

    // A claim is several statements, and each sees what was stored before it: here the owner's own claim, while it gives the tenant away.
    [PostgresFact]
    public async Task A_tenant_that_leaves_while_it_is_claimed_is_never_taken_for_one_that_does_not_exist()
    {
        var owner = await _silos.Open(o => o with { ClaimTimeout = TimeSpan.Zero });
        var other = await _silos.Open();
        await Silos.Create(owner, "a");
        await using var connection = await _silos.Connect();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("LOCK TABLE snapshots IN ACCESS EXCLUSIVE MODE");
        var claim = owner.Tenants.Claim("a", default).AsTask();
        await Silos.Until(
            () => _silos.Scalar<bool>("SELECT count(*) > 0 FROM pg_locks WHERE relation = 'snapshots'::regclass AND NOT granted"),
            "the claim has come to the tenant's snapshot");
        await connection.ExecuteAsync($"UPDATE tenants SET owner = {other.Ownership.Incarnation}");
        await transaction.CommitAsync();

        Assert.Equal(ClaimResult.OwnedElsewhere, (await claim).Result);
    }
}
