using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Pacing;
using Silo.Core.WarmUp;
using Silo.Server.Egress;
using Silo.Server.Egress.Sharing;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Silo.Server.Tests.Delivery.Pacing;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Egress.Sharing;

public sealed class SendingPoolActorTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-pools-").FullName;
    private readonly HostileTimeProvider _time = new();
    private ISiloStore _store = null!;
    private HookedResources _resources = null!;
    private BudgetLimits _account = new(100, 10, 1_000);
    private EgressPlan _plan = new(0, [], []);

    public async Task InitializeAsync()
    {
        var opening = await SqliteStore.Open(
            new SqliteStoreOptions { Directory = _directory, MinFreeDiskBytes = 0 }, TimeProvider.System, default);
        _store = Assert.IsType<StoreOpening.Opened>(opening).Store;
        _resources = new HookedResources(_store.Resources);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_was_taken_of_a_quota_is_known_to_the_next_activation_and_the_one_before_gives_out_nothing_any_more()
    {
        var first = await Activate();
        Assert.Equal(600, (await Ask(first, 1, block: 600)).Block!.Value.Count);
        var second = await Activate();
        await Assert.ThrowsAsync<StorageException>(() => Ask(first, 1, block: 10).AsTask());
        Assert.Equal(400, (await Ask(second, 1, block: 600)).Block!.Value.Count);

        var reply = await Ask(second, 1, block: 600);
        Assert.Equal((null, (long?)1_000), (reply.Block, reply.Used));
        Assert.InRange(reply.FreeIn!.Value, TimeSpan.FromHours(24), TimeSpan.FromHours(24.2));
        _account = _account with { PerDay = 1_500 };
        Assert.Null((await Ask(await Activate(), 1, block: 0)).FreeIn);
    }

    [Fact]
    public async Task An_activation_that_was_replaced_leases_nothing_when_its_successor_begins_to()
    {
        var first = await Activate();
        Assert.Equal(100, (await Ask(first, 1)).Share!.Value.RatePerSecond);
        var second = await Activate();
        var early = (await Ask(second, 2)).Share!.Value;
        Assert.Equal((0, SendingPoolActor.Term + SendingPoolActor.SureFor), (early.Number, early.Term));
        // It cannot know yet.
        Assert.Equal(100, (await Ask(first, 1)).Share!.Value.RatePerSecond);

        _time.Advance(SendingPoolActor.SureFor);
        await Assert.ThrowsAsync<StorageException>(() => Ask(first, 1).AsTask());
        _time.Advance(SendingPoolActor.Term);
        Assert.Equal(100, (await Ask(second, 2)).Share!.Value.RatePerSecond);
    }

    [Fact]
    public async Task An_owner_that_goes_when_nobody_has_a_share_lets_the_next_one_begin_at_once()
    {
        var first = await Activate();
        await Ask(first, 1);
        Assert.False(await first.Deactivate(force: false));
        _time.Advance(SendingPoolActor.Term);
        Assert.True(await first.Deactivate(force: false));

        var second = await Activate();
        Assert.Equal(100, (await Ask(second, 1)).Share!.Value.RatePerSecond);
        // Nobody can say of this one that nothing of it is out.
        Assert.Equal(0, (await Ask(await Activate(), 1)).Share!.Value.Number);
    }

    [Fact]
    public async Task A_process_that_is_alone_begins_at_once_and_what_it_leases_lasts()
    {
        await Ask(await Activate(isAlone: true), 1);
        var next = await Activate(isAlone: true);
        var share = (await Ask(next, 1)).Share!.Value;
        Assert.Equal((100, 10), (share.RatePerSecond, share.Burst));
        Assert.True(share.Term > TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task A_pools_budgets_have_the_limits_that_the_plan_has_for_it_now()
    {
        var pool = await Activate("pool:news");
        Assert.Empty((await pool.Ask(new PoolRequest(1, [Request("")]), default)).Budgets);
        Plan(new PoolLimits { RatePerSecond = 50, Burst = 5, Providers = [new ProviderLimits("Gmail", 7, 2, null)] });
        var reply = await pool.Ask(new PoolRequest(1, [Request(""), Request("Gmail"), Request("192.0.2.1|Gmail"), Request("Yahoo")]), default);
        Assert.Equal(
            [("", 50.0), ("Gmail", 7), ("192.0.2.1|Gmail", 7)], reply.Budgets.Select(b => (b.Budget, b.Share!.Value.RatePerSecond)));
        Plan(new PoolLimits { RatePerSecond = 20, DailyQuota = 5 });
        var changed = await pool.Ask(new PoolRequest(1, [Request("", reply.Budgets[0].Share!.Value, block: 9)]), default);
        Assert.Equal((20, 5), (changed.Budgets[0].Share!.Value.RatePerSecond, changed.Budgets[0].Block!.Value.Count));
    }

    [Fact]
    public async Task An_activation_that_cannot_look_whether_it_is_the_latest_leases_nothing_and_goes_on_when_it_can()
    {
        var actor = await Activate();
        Assert.Equal(100, (await Ask(actor, 1)).Share!.Value.RatePerSecond);
        _time.Advance(SendingPoolActor.SureFor);
        _resources.FailsToGet = ResourceKind.PoolBooks;
        Assert.Empty((await actor.Ask(new PoolRequest(1, [Request("")]), default)).Budgets);
        _resources.FailsToGet = null;
        Assert.Equal(100, (await Ask(actor, 1)).Share!.Value.RatePerSecond);

        _resources.FailsToGet = ResourceKind.PoolBooks;
        _time.Advance(SendingPoolActor.SureFor);
        Assert.Empty((await actor.Ask(new PoolRequest(1, [Request("")]), default)).Budgets);
        _resources.FailsToGet = null;
        await Activate();
        await Assert.ThrowsAsync<StorageException>(() => Ask(actor, 1).AsTask());
    }

    [Fact]
    public async Task An_address_that_warmed_up_by_time_goes_on_from_there_in_a_managed_pool_and_its_position_is_stored_once()
    {
        var ip = Addresses.Ip("192.0.2.1") with { WarmUp = IpWarmUp.Begin(_time.GetUtcNow().AddDays(-30.5)) };
        var ips = new StoredDocuments<DedicatedIp>(_store.Resources, ResourceKind.DedicatedIp, EgressJson.Default.DedicatedIp);
        await ips.Create(ip.Ip, "arn", ip, ip.CreatedAt, [], 10, default);
        _plan = new EgressPlan(1, [Addresses.Pool("news") with { IsManaged = true }], [ip]);
        var pool = await Activate("pool:news");
        var request = new PoolRequest(1, [Request(PoolKey.OfAddress(ip.Ip), block: 1_000)]);
        // The document cannot be reached; the answer does not need it.
        _resources.FailsToGet = ResourceKind.DedicatedIp;
        var answer = Assert.Single((await pool.Ask(request, default)).Budgets);
        Assert.InRange(answer.Block!.Value.Count, WarmUpPlan.Automatic.CapFor(30)!.Value / 24, (WarmUpPlan.Automatic.CapFor(30)!.Value / 24) + 1);
        _resources.FailsToGet = null;
        for (var i = 0; i < 3; i++) await pool.Ask(request, default);
        var stored = (await ips.Get(ip.Ip, default))!;
        Assert.Equal((TimeSpan.FromDays(30), 2), (stored.Value.WarmUp.Position!.Value, stored.Version));
    }

    private void Plan(PoolLimits limits) =>
        _plan = new EgressPlan(_plan.Version + 1, [new SendingPool { Name = "news", CreatedAt = DateTimeOffset.UnixEpoch, Limits = limits }], []);

    private async Task<SendingPoolActor> Activate(string key = PoolKey.Account, bool isAlone = false)
    {
        var services = new SharingServices(
            _resources, _ => new(_plan), _account, _time, isAlone, NullLogger<SendingPoolActor>.Instance);
        var actor = new SendingPoolActor(key, services);
        await actor.Activate(clean: true, default);
        return actor;
    }

    private static async ValueTask<BudgetReply> Ask(SendingPoolActor actor, long silo, int block = 0) =>
        Assert.Single((await actor.Ask(new PoolRequest(silo, [Request("", block: block)]), default)).Budgets);

    private static BudgetRequest Request(string budget, RateShare held = default, int block = 0) =>
        new(budget, 1, held.Number, held.Burst, double.PositiveInfinity, block, []);
}
