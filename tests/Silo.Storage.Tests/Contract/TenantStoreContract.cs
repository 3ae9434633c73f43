using Silo.Core.Tenants;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Contract;

public abstract class TenantStoreContract : StoreContract
{
    [ContractFact]
    public async Task A_tenant_is_loaded_with_its_snapshot_and_the_events_after_it()
    {
        var key = await CreateTenant("a");
        var other = await CreateTenant("b");
        await Commit(EventsOf(key, 1, 2));
        await Commit(EventsOf(other, 1));
        await Commit(new SpoolWrite { TenantKey = key, Events = [Event(3), Event(4)], Snapshot = Snapshot(3, "DISABLED", "HIGH") });
        await Commit(EventsOf(key, 5));

        for (var life = 0; life < 3; life++)
        {
            var tenant = (await Store.Tenants.Load("a", default))!;
            Assert.Equal((key, "a", "tn-a", Noon), (tenant.TenantKey, tenant.Name, tenant.TenantId, tenant.CreatedAt));
            Assert.Equal((3, "DISABLED", "HIGH"), (tenant.Snapshot.AppliedSequence, tenant.Snapshot.SendingStatus, tenant.Snapshot.ReputationImpact));
            Assert.Equal(Bytes("state at 3"), tenant.Snapshot.State.ToArray());
            Assert.Equal(Bytes("counters at 3"), tenant.Snapshot.Counters.ToArray());
            Assert.Equal([4, 5], tenant.Tail.Select(e => e.Sequence));
            Assert.All(tenant.Tail, e => Assert.Equal(Bytes($"event {e.Sequence}"), e.Payload.ToArray()));
            await (life == 0 ? Crash() : Restart());
        }

        Assert.Null(await Store.Tenants.Load("A", default));
    }

    [ContractFact]
    public async Task A_tenant_loaded_amid_its_own_writes_is_whole()
    {
        var key = await CreateTenant("a");
        var last = 0L;
        for (var i = 0; i < 400; i++)
        {
            var sequence = i * 2L;
            var write = new SpoolWrite
            {
                TenantKey = key, Events = [Event(sequence + 1), Event(sequence + 2)], Snapshot = i % 3 == 0 ? Snapshot(sequence + 1) : null,
            };
            var ticket = Spool.Enqueue(write);
            var tenant = (await Store.Tenants.Load("a", default))!;
            var applied = tenant.Snapshot.AppliedSequence;
            Assert.Equal(Enumerable.Range(1, tenant.Tail.Count).Select(n => applied + n), tenant.Tail.Select(e => e.Sequence));
            var end = applied + tenant.Tail.Count;
            Assert.True(end >= last && end % 2 == 0, $"after write {i} the tenant ends at {end}");
            await Spool.WhenCommitted(ticket, default);
            last = sequence + 2;
        }
    }

    [ContractFact]
    public async Task Names_are_taken_once_and_the_limit_leaves_the_account_out()
    {
        Assert.Equal(TenantCreationResult.Created, (await Store.Tenants.Create(Tenant(TenantName.Account) with { MaxTenants = 2 }, default)).Result);
        Assert.Equal(TenantCreationResult.Created, (await Store.Tenants.Create(Tenant("a") with { MaxTenants = 2 }, default)).Result);
        Assert.Equal(new(TenantCreationResult.NameTaken, 0), await Store.Tenants.Create(Tenant("a") with { MaxTenants = 2 }, default));
        var b = await Store.Tenants.Create(Tenant("b") with { MaxTenants = 2 }, default);
        Assert.Equal(new(TenantCreationResult.LimitReached, 0), await Store.Tenants.Create(Tenant("c") with { MaxTenants = 2 }, default));

        Assert.True(await Store.Tenants.Delete(b.TenantKey, default));
        await Restart();

        var c = await Store.Tenants.Create(Tenant("c") with { MaxTenants = 2 }, default);
        Assert.Equal(TenantCreationResult.Created, c.Result);
        Assert.True(c.TenantKey > b.TenantKey, "A key was used again");
        Assert.Equal(["a", "c"], (await Store.Tenants.List(new(), 10, default)).Items.Select(t => t.Name));
        Assert.NotNull(await Store.Tenants.Load(TenantName.Account, default));
    }

    [ContractFact]
    public async Task A_deleted_tenant_takes_tags_and_associations_along_and_leaves_its_events()
    {
        var key = await CreateTenant("a", new ResourceTag("team", "x"));
        var identity = new NewResource(ResourceKind.EmailIdentity, "example.org", "arn:identity/example.org", Bytes("{}"), Noon, [], 10);
        await Store.Resources.Create(identity, default);
        await Store.Resources.Associate(new("a", "tn-a", identity.Arn, identity.Kind, identity.Name, Noon), 10, default);
        await Commit(EventsOf(key, 1));

        Assert.True(await Store.Tenants.Delete(key, default));
        Assert.False(await Store.Tenants.Delete(key, default));

        Assert.Null(await Store.Tenants.Load("a", default));
        Assert.Empty(await Store.Resources.GetTags("arn:tenant/a", default));
        Assert.Empty((await Store.Resources.ListByResource(identity.Arn, null, 10, default)).Items);
        Assert.Equal(key, Assert.Single(await Store.Events.ReadFrom(0, 10, default)).TenantKey);
        await Assert.ThrowsAsync<StorageException>(() => Commit(EventsOf(key, 2)));
        Assert.Empty(await Store.Tenants.TenantsToSnapshot(0, 10, default));
    }

    [ContractFact]
    public async Task A_tenant_with_mail_in_its_queue_is_not_deleted()
    {
        var key = await CreateTenant("a");
        await Append(key);

        await Assert.ThrowsAsync<StorageException>(() => Store.Tenants.Delete(key, default).AsTask());

        Assert.NotNull(await Store.Tenants.Load("a", default));
    }

    [ContractFact]
    public async Task Lists_page_in_ordinal_order_and_hold_to_every_filter()
    {
        var random = new Random(3);
        var all = new List<TenantListing>();
        for (var i = 0; i < 60; i++)
        {
            var name = $"{"aBc_-Z"[random.Next(6)]}{i}";
            var status = new[] { "ENABLED", "DISABLED", "REINSTATED" }[random.Next(3)];
            var impact = new[] { null, "LOW", "HIGH" }[random.Next(3)];
            var key = await CreateTenant(name);
            await Commit(new SpoolWrite { TenantKey = key, Snapshot = Snapshot(0, status, impact) });
            all.Add(new(name, $"tn-{name}", $"arn:tenant/{name}", Noon, status, impact, Bytes("state at 0")));
        }

        var names = all.Select(t => t.Name).Order(StringComparer.Ordinal).ToList();
        TenantFilter[] filters =
        [
            new(), new() { NameContains = "1" }, new() { NameContains = "%" }, new() { ArnPrefix = "arn:tenant/a" }, new() { SendingStatus = "DISABLED" },
            new() { ReputationImpact = "HIGH" }, new() { WithFinding = true }, new() { WithFinding = true, SendingStatus = "ENABLED", NameContains = "B" },
        ];
        foreach (var filter in filters)
        {
            var expected = all.Where(t => (filter.NameContains is null || t.Name.Contains(filter.NameContains, StringComparison.Ordinal))
                && (filter.ArnPrefix is null || t.Arn.StartsWith(filter.ArnPrefix, StringComparison.Ordinal))
                && (filter.SendingStatus is null || t.SendingStatus == filter.SendingStatus)
                && (filter.ReputationImpact is null || t.ReputationImpact == filter.ReputationImpact)
                && (!filter.WithFinding || t.ReputationImpact is not null)).OrderBy(t => t.Name, StringComparer.Ordinal).ToList();
            var listed = new List<TenantListing>();
            var page = await Store.Tenants.List(filter, 7, default);
            while (true)
            {
                listed.AddRange(page.Items);
                if (page.Next is null) break;
                Assert.Equal(7, page.Items.Count);
                page = await Store.Tenants.List(filter with { AfterName = page.Next }, 7, default);
            }

            Assert.Equal(expected.Select(t => t with { State = default }), listed.Select(t => t with { State = default }));
        }

        Assert.Equal(names[30], (await Store.Tenants.FindById($"tn-{names[30]}", default))!.Name);
        Assert.Null(await Store.Tenants.FindById("tn-none", default));
    }

    [ContractFact]
    public async Task Tenants_that_fall_behind_are_named_until_they_get_a_snapshot()
    {
        var (a, b, c) = (await CreateTenant("a"), await CreateTenant("b"), await CreateTenant("c"));
        await Commit(EventsOf(b, 1));
        await Commit(EventsOf(a, 1));
        for (var i = 1; i <= 10; i++) await Commit(EventsOf(c, i));

        for (var life = 0; life < 2; life++)
        {
            Assert.Equal(["b", "a", "c"], await Store.Tenants.TenantsToSnapshot(0, 10, default));
            Assert.Equal(["b", "a"], await Store.Tenants.TenantsToSnapshot(10, 10, default));
            Assert.Equal(["b"], await Store.Tenants.TenantsToSnapshot(0, 1, default));
            await Crash();
        }

        await Commit(new SpoolWrite { TenantKey = b, Snapshot = Snapshot(1) });
        await Commit(new SpoolWrite { TenantKey = c, Snapshot = Snapshot(9) });
        Assert.Equal(["a", "c"], await Store.Tenants.TenantsToSnapshot(0, 10, default));
        await Assert.ThrowsAsync<StorageException>(() => Commit(new SpoolWrite { TenantKey = c, Snapshot = Snapshot(8) }));
    }
}
