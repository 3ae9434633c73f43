using Silo.Core.WarmUp;
using Silo.Server.Accounts;
using Silo.Server.Egress;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Egress;

public sealed class SendingPoolsTests : EgressStore
{
    [Fact]
    public async Task Mail_without_a_pool_leaves_from_the_addresses_that_are_in_none_or_if_there_are_none_from_the_hosts()
    {
        var plan = await Here.Read();
        Assert.Equal(SendingPool.Shared, plan.PoolFor(null)!.Name);
        Assert.Empty(plan.IpsOf(SendingPool.Shared));
        await Here.CreatePool("news");
        await Here.Put(Ip("192.0.2.1", "news"));
        Assert.Equal(SendingPool.Shared, (await Here.Read()).PoolFor(null)!.Name);
        await Here.Put(Ip("192.0.2.2"));
        plan = await Here.Read();
        Assert.Equal(SendingPool.Default, plan.PoolFor(null)!.Name);
        Assert.Equal("192.0.2.2", Assert.Single(plan.IpsOf(SendingPool.Default)).Address.ToString());
        Assert.Equal("192.0.2.1", Assert.Single(plan.IpsOf("news")).Address.ToString());
        Assert.Equal("news", plan.PoolFor("news")!.Name);
        Assert.Null(plan.PoolFor("gone"));
        Assert.Empty(plan.IpsOf("gone"));
        Assert.Equal("news", plan.FindIp("192.0.2.1")!.Pool.Name);
    }

    [Fact]
    public async Task Ones_own_change_is_seen_at_once_and_one_made_elsewhere_after_a_second()
    {
        await Here.CreatePool("a");
        Assert.NotNull(await Here.Plan.Find("a", CancellationToken.None));
        await Elsewhere.CreatePool("b");
        Assert.Null(await Here.Plan.Find("b", CancellationToken.None));
        Time.Advance(SendingPools.MaxAge);
        Assert.NotNull(await Here.Plan.Find("b", CancellationToken.None));
    }

    [Fact]
    public async Task The_version_grows_with_every_change_and_with_nothing_else_and_observers_hear_of_it()
    {
        var heard = new List<long>();
        Here.Plan.Observe(plan => heard.Add(plan.Version));
        await Here.CreatePool("a");
        await Here.Put(Ip("192.0.2.1", "a"));
        var first = await Here.Read();
        Time.Advance(SendingPools.MaxAge);
        Assert.Same(first, await Here.Read());
        await Elsewhere.Pools.Change("a", p => p with { Limits = new PoolLimits { RatePerSecond = 3 } }, CancellationToken.None);
        Time.Advance(SendingPools.MaxAge);
        var second = await Here.Read();
        Assert.True(second.Version > first.Version);
        Assert.Equal(3, second.Find("a")!.Limits!.RatePerSecond);
        await Elsewhere.Ips.Delete("192.0.2.1", CancellationToken.None);
        Time.Advance(SendingPools.MaxAge);
        Assert.Empty((await Here.Read()).IpsOf("a"));
        Assert.Equal([first.Version, second.Version, (await Here.Read()).Version], heard);
    }

    [Fact]
    public async Task An_address_that_was_removed_and_added_anew_is_not_taken_for_the_one_before()
    {
        await Here.Put(Ip("192.0.2.1") with { HelloName = "old.example.com" });
        var before = await Here.Read();
        Time.Advance(SendingPools.MaxAge);
        await Elsewhere.Ips.Delete("192.0.2.1", CancellationToken.None);
        await Elsewhere.Put(Ip("192.0.2.1") with { HelloName = "new.example.com" });
        var after = await Here.Read();
        Assert.NotEqual(before.Version, after.Version);
        Assert.Equal("new.example.com", after.FindIp("192.0.2.1")!.Document.HelloName);
    }

    [Fact]
    public async Task While_the_store_does_not_answer_the_last_plan_holds_and_the_store_is_asked_once_a_second()
    {
        await Here.CreatePool("a");
        var plan = await Here.Read();
        Resources.Fails = true;
        Time.Advance(SendingPools.MaxAge);
        Assert.Same(plan, await Here.Read());
        var lists = Resources.Lists;
        Assert.Same(plan, await Here.Read());
        Assert.Equal(lists, Resources.Lists);
    }

    [Fact]
    public async Task Without_any_plan_a_store_that_does_not_answer_is_an_error()
    {
        Resources.Fails = true;
        await Assert.ThrowsAsync<StorageException>(async () => await Here.Read());
        Resources.Fails = false;
        Assert.NotNull(await Here.Read());
    }

    [Fact]
    public async Task A_change_that_was_found_before_the_rest_could_not_be_read_is_not_forgotten()
    {
        var plan = await Here.Read();
        await Elsewhere.CreatePool("a");
        Time.Advance(SendingPools.MaxAge);
        Resources.FailsToList = ResourceKind.DedicatedIp;
        Assert.Same(plan, await Here.Read());
        Resources.FailsToList = null;
        Time.Advance(SendingPools.MaxAge);
        Assert.NotNull((await Here.Read()).Find("a"));
    }

    [Fact]
    public async Task While_one_looks_the_others_go_on_with_the_last_plan()
    {
        var plan = await Here.Read();
        Time.Advance(SendingPools.MaxAge);
        var looked = new TaskCompletionSource();
        Resources.BeforeList = (ResourceKind.SendingPool, () => looked.Task);
        var first = Here.Read().AsTask();
        Assert.False(first.IsCompleted);
        var second = Here.Read();
        Assert.True(second.IsCompletedSuccessfully);
        Assert.Same(plan, await second);
        looked.SetResult();
        await first;
    }

    [Fact]
    public async Task An_address_has_the_plans_that_its_pool_and_its_warm_up_give_it()
    {
        await Here.CreatePool("managed", isManaged: true);
        await Here.Put(Ip("192.0.2.1", "managed"));
        await Here.Put(Ip("192.0.2.2"));
        await Here.Put(Ip("192.0.2.3"));
        await Here.Ips.ChangeWarmUp("192.0.2.2", w => w.At(100, Time.GetUtcNow()), CancellationToken.None);
        var custom = new IpWarmUp
        {
            StartedAt = Time.GetUtcNow(), DailyCaps = [10, 20],
            ProviderCaps = new Dictionary<string, IReadOnlyList<long>> { ["Gmail"] = [5] },
        };
        await Here.Ips.ChangeWarmUp("192.0.2.3", _ => custom, CancellationToken.None);
        var plan = await Here.Read();
        Assert.Equal((WarmUpMode.Adaptive, 45), (plan.FindIp("192.0.2.1")!.WarmUp!.Mode, plan.FindIp("192.0.2.1")!.WarmUp!.Days));
        Assert.Null(plan.FindIp("192.0.2.2")!.WarmUp);
        Assert.Equal([10L, 20], plan.FindIp("192.0.2.3")!.WarmUp!.DailyCaps.AsEnumerable());
        Assert.Equal([5L], plan.FindIp("192.0.2.3")!.WarmUpTowards("Gmail")!.DailyCaps.AsEnumerable());
        Assert.Null(plan.FindIp("192.0.2.3")!.WarmUpTowards("Yahoo"));
    }

    [Fact]
    public async Task Addresses_added_with_automatic_warm_up_switched_off_are_warm_and_those_before_stay_as_they_are()
    {
        await Here.Put(Ip("192.0.2.1"));
        await Here.Account.ChangeSettings(s => s with { DedicatedIpAutoWarmup = false }, CancellationToken.None);
        await Here.Put(Ip("192.0.2.2"));
        await Here.Put(Ip("192.0.2.1") with { HelloName = "other.example.com" });
        var plan = await Here.Read();
        Assert.False(plan.FindIp("192.0.2.1")!.Document.WarmUp.IsDone);
        Assert.Equal("other.example.com", plan.FindIp("192.0.2.1")!.Document.HelloName);
        Assert.True(plan.FindIp("192.0.2.2")!.Document.WarmUp.IsDone);
    }
}
