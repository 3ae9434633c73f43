using Silo.Storage.Postgres;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Postgres;

/// <summary>Notices that several silos could publish.</summary>
public sealed class NoticeClaimTests : IAsyncLifetime
{
    private Silos _silos = null!;

    public async Task InitializeAsync() => _silos = await Silos.Start();

    public async Task DisposeAsync() => await _silos.DisposeAsync();

    [PostgresFact]
    public async Task A_tenants_notices_are_published_by_one_silo_whoever_owns_the_tenant()
    {
        var (owner, other) = (await _silos.Open(), await _silos.Open());
        var tenant = await Noticed(owner, "a", 3);
        Assert.Equal([tenant], (await other.Notices.Claim(null, 10, default)).Select(c => c.TenantKey));

        Assert.Empty(await owner.Notices.Claim(null, 10, default));
        Assert.Empty(await owner.Notices.Claim([tenant], 10, default));
        Assert.False(await owner.Notices.Advance(tenant, "x", 1, default));
        Assert.False(await owner.Notices.Trim(tenant, 3, [], default));
        Assert.False(await owner.Notices.Release(tenant, default));
        Assert.True(await other.Notices.Advance(tenant, "x", 1, default));
        Assert.True(await other.Notices.Release(tenant, default));
        Assert.Equal(1, Assert.Single(await owner.Notices.Claim(null, 10, default)).Cursors["x"]);
    }

    [PostgresFact]
    public async Task A_claim_of_a_silo_that_ended_is_taken_and_goes_on_at_its_cursors()
    {
        var (first, second) = (await _silos.Open(), await _silos.Open());
        var tenant = await Noticed(first, "a", 9);
        Assert.Single(await first.Notices.Claim(null, 10, default));
        Assert.True(await first.Notices.Advance(tenant, "x", 4, default));
        Assert.Empty(await second.Notices.Claim(null, 10, default));
        await first.Abandon();

        IReadOnlyList<NoticeClaim> taken = [];
        await Silos.Until(async () => (taken = await second.Notices.Claim(null, 10, default)).Count > 0, "the claim is taken");

        Assert.Equal(4, Assert.Single(taken).Cursors["x"]);
        Assert.Equal(9, (await second.Notices.Read(tenant, 0, 100, default)).Count);
    }

    [PostgresFact]
    public async Task A_silo_that_is_held_for_ended_can_neither_advance_nor_trim_nor_claim()
    {
        var (stalled, other) = (await _silos.Open(), await _silos.Open());
        var (tenant, second) = (await Noticed(stalled, "a", 9), await Noticed(other, "b", 1));
        Assert.Single(await stalled.Notices.Claim([tenant], 10, default));
        await using (var connection = await _silos.Connect())
        {
            await using var end = new Npgsql.NpgsqlCommand($"UPDATE incarnations SET dead = true WHERE incarnation = {stalled.Ownership.Incarnation}", connection);
            await end.ExecuteNonQueryAsync();
        }

        Assert.False(await stalled.Notices.Advance(tenant, "x", 4, default));
        Assert.False(await stalled.Notices.Trim(tenant, 9, [], default));
        Assert.Empty(await stalled.Notices.Claim([second], 10, default));
        Assert.Equal(9, (await other.Notices.Count(tenant, 0, default)).Rows);
        Assert.Empty(await other.Notices.FindCursors("x", default));
    }

    [PostgresFact]
    public async Task A_claim_whose_answer_was_lost_is_named_by_the_next_one_and_only_once()
    {
        var (mine, other) = (await _silos.Open(), await _silos.Open());
        var tenant = await Noticed(mine, "a", 1);
        await using (var connection = await _silos.Connect())
        {
            await using var claim = new Npgsql.NpgsqlCommand(
                $"INSERT INTO notice_claims (tenant_key, claimed_by) VALUES ({tenant}, {mine.Ownership.Incarnation})", connection);
            await claim.ExecuteNonQueryAsync();
        }

        Assert.Empty(await other.Notices.Claim(null, 10, default));
        Assert.Equal([tenant], (await mine.Notices.Claim(null, 10, default)).Select(c => c.TenantKey));
        Assert.Empty(await mine.Notices.Claim(null, 10, default));
        Assert.True(await mine.Notices.Release(tenant, default));
        Assert.Equal([tenant], (await mine.Notices.Claim(null, 10, default)).Select(c => c.TenantKey));
        Assert.Empty(await mine.Notices.Claim(null, 10, default));
    }

    [PostgresFact]
    public async Task Silos_that_claim_at_the_same_time_part_the_tenants_among_them()
    {
        PostgresSiloStore[] stores = [await _silos.Open(), await _silos.Open(), await _silos.Open()];
        var tenants = new List<long>();
        for (var i = 0; i < 40; i++) tenants.Add(await Noticed(stores[i % 3], $"t{i}", 1));

        var claimed = await Task.WhenAll(stores.Select(store => Task.Run(async () =>
        {
            var mine = new List<long>();
            for (var i = 0; i < 50; i++) mine.AddRange((await store.Notices.Claim(null, 3, default)).Select(c => c.TenantKey));
            return mine;
        })));

        Assert.Equal(tenants.Order(), claimed.SelectMany(c => c).Order());
    }

    private static async Task<long> Noticed(ISiloStore store, string name, int notices)
    {
        var tenant = await Silos.Create(store, name);
        await Silos.Commit(store, new()
        {
            TenantKey = tenant,
            Events = [.. Enumerable.Range(1, notices).Select(i =>
                new EventAppend(i, DateTimeOffset.UnixEpoch, 20, new byte[8]) { Notice = new("m", null) })],
        });
        return tenant;
    }
}
