using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Egress;

public sealed class SendingPoolResourcesTests : EgressStore
{
    [Fact]
    public async Task A_pool_is_deleted_only_when_no_address_is_in_it_and_no_set_names_it()
    {
        await Here.CreatePool("a");
        await Here.Put(Ip("192.0.2.1", "a"));
        await CreateSet("set", "a");
        Assert.Equal(PoolDeletion.UsedBy("the dedicated IP 192.0.2.1"), await Delete(Here));
        Assert.Equal(IpWrite.Done, await Here.Ips.Move("192.0.2.1", SendingPool.Default, CancellationToken.None));
        Assert.Equal(PoolDeletion.UsedBy("the configuration set set"), await Delete(Here));
        Assert.Null((await Here.Pools.Get("a", CancellationToken.None))!.DeletionBegunAt);
        await Here.Account.DeleteConfigurationSet("set", CancellationToken.None);
        Assert.Equal(PoolDeletion.Deleted, await Delete(Here));
        Assert.Equal(PoolDeletion.NotFound, await Delete(Here));
    }

    [Fact]
    public async Task What_names_a_pool_that_is_deleted_meanwhile_is_taken_back()
    {
        await Here.CreatePool("a");
        var undone = false;
        var isThere = await Here.Pools.Refer("a", DeletedFirst, Undo, CancellationToken.None);
        Assert.True(undone);
        Assert.False(isThere);

        async ValueTask<bool> DeletedFirst()
        {
            Assert.Equal(PoolDeletion.Deleted, await Delete(Elsewhere));
            return true;
        }

        ValueTask Undo()
        {
            undone = true;
            return default;
        }
    }

    [Fact]
    public async Task What_names_a_pool_while_it_is_looked_at_does_not_stay_with_a_pool_that_is_gone()
    {
        await Here.CreatePool("a");
        await Elsewhere.Put(Ip("192.0.2.1"));
        var moved = IpWrite.Done;

        // Sets are looked at after addresses, so the deletion has passed the address already when it moves.
        Resources.BeforeList = (ResourceKind.ConfigurationSet, async () => moved = await Elsewhere.Ips.Move("192.0.2.1", "a", CancellationToken.None));
        Assert.Equal(PoolDeletion.Deleted, await Delete(Here));
        Assert.Equal(IpWrite.NoSuchPool, moved);
        Assert.Equal(SendingPool.Default, (await Here.Ips.Get("192.0.2.1", CancellationToken.None))!.Pool);
    }

    [Fact]
    public async Task Of_two_that_delete_a_pool_at_the_same_time_one_is_told_to_try_again()
    {
        await Here.CreatePool("a");
        var other = PoolDeletion.Deleted;
        Resources.BeforeList = (ResourceKind.DedicatedIp, async () => other = await Delete(Elsewhere));
        Assert.Equal(PoolDeletion.Deleted, await Delete(Here));
        Assert.Equal(PoolDeletion.Contended, other);
    }

    [Fact]
    public async Task A_deletion_that_broke_off_is_forgotten_after_half_a_minute()
    {
        await Here.CreatePool("a");
        Resources.FailsToList = ResourceKind.ConfigurationSet;
        await Assert.ThrowsAsync<StorageException>(async () => await Delete(Here));
        Resources.FailsToList = null;
        Assert.Equal(PoolDeletion.Contended, await Delete(Here));
        Assert.Equal(IpWrite.NoSuchPool, await Here.Ips.Put(Ip("192.0.2.1", "a"), CancellationToken.None));
        Assert.Null(await Here.Ips.Get("192.0.2.1", CancellationToken.None));
        Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(IpWrite.Done, await Here.Ips.Put(Ip("192.0.2.1", "a"), CancellationToken.None));
        Assert.Equal(PoolDeletionOutcome.Used, (await Delete(Here)).Outcome);
    }

    [Fact]
    public async Task A_deletion_that_took_too_long_to_look_gives_up()
    {
        await Here.CreatePool("a");
        Resources.BeforeList = (ResourceKind.ConfigurationSet, () =>
        {
            Time.Advance(TimeSpan.FromSeconds(15));
            return Task.CompletedTask;
        });
        Assert.Equal(PoolDeletion.Contended, await Delete(Here));
        Assert.Null((await Here.Pools.Get("a", CancellationToken.None))!.DeletionBegunAt);
    }

    [Fact]
    public async Task Fifty_pools_can_be_created_beside_the_implicit_ones()
    {
        await Here.Pools.Change(SendingPool.Default, p => p with { Limits = new PoolLimits { DailyQuota = 5 } }, CancellationToken.None);
        for (var i = 0; i < SendingPool.MaxPools; i++) await Here.CreatePool($"pool-{i}");
        Assert.Equal(ResourceCreation.LimitReached, await Here.Pools.Create("one-more", false, [], CancellationToken.None));
        Assert.Equal(SendingPool.MaxPools, (await Here.Pools.List(CancellationToken.None)).Count);
        Assert.Equal(ResourceCreation.AlreadyExists, await Here.Pools.Create(SendingPool.Shared, false, [], CancellationToken.None));
        Assert.Equal(5, (await Here.Read()).Find(SendingPool.Default)!.Limits!.DailyQuota);
    }

    private static ValueTask<PoolDeletion> Delete(View view) => view.Pools.Delete("a", CancellationToken.None);

    private async Task CreateSet(string name, string pool) => await Here.Account.Create(
        new ConfigurationSet { Name = name, CreatedAt = Time.GetUtcNow(), DeliveryOptions = new DeliveryOptions(null, pool, null) }, [],
        CancellationToken.None);
}
