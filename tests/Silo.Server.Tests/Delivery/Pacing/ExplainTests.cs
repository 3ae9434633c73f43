using Silo.Core.Delivery;
using Silo.Core.Pacing;
using Silo.Core.Suspension;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Egress;
using Silo.Server.Tenants;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Delivery.Pacing;

public sealed class ExplainTests
{
    [Fact]
    public async Task A_message_that_waits_for_a_budget_names_it_and_its_place_and_about_when_it_leaves()
    {
        await using var engine = await EngineUnderTest.Start();
        Follow(engine, new PoolLimits { Providers = [new ProviderLimits("Gmail", 0.5, 1, null)] });
        await engine.Create("a");
        await engine.SendMany("a", 21, _ => "r@gmail.com", pool: "news");
        await engine.Until(() => engine.Transport.Starts.Count == 1 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "one has left", TimeSpan.FromMilliseconds(100));
        var asked = engine.Time.GetUtcNow();

        var delivery = Assert.Single((await Explain(engine, "a", "a-000021")).Deliveries);
        Assert.Equal((DeliveryPlace.InLine, 20, "news × Gmail"), (delivery.Place, delivery.Position, delivery.WaitsFor));
        Assert.InRange(delivery.EarliestAt!.Value - asked, TimeSpan.FromSeconds(37), TimeSpan.FromSeconds(40));
        Assert.InRange(delivery.EstimatedAt!.Value - asked, TimeSpan.FromSeconds(37), TimeSpan.FromSeconds(42));
        await engine.Until(() => engine.Transport.Starts.Count == 21, "all have left", TimeSpan.FromMilliseconds(500));
        Assert.True(engine.Transport.Starts.Last().At >= delivery.EarliestAt);
    }

    [Fact]
    public async Task What_is_in_hand_deferred_paused_or_gone_is_explained_as_that()
    {
        await using var engine = await EngineUnderTest.Start();
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = h => h.Recipient switch
        {
            "hangs@example.org" => new(hang.Task),
            "later@example.org" => new(new DeliveryResult { Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Recipient }),
            _ => new(ScriptedTransport.Delivered),
        };
        await engine.Create("a");
        var inHand = await engine.Send("a", "hangs@example.org");
        var deferred = await engine.Send("a", "later@example.org");
        var gone = await engine.Send("a");
        await engine.Until(async () => engine.Transport.Starts.Count == 3 && (await engine.Books("a")).Open == 2
            && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight - 1, "each is where it is");
        await engine.Tenants.Get("a").SetStatus(new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Disabled, "A bad list."), default);

        Assert.Equal(DeliveryPlace.InHand, Assert.Single((await Explain(engine, "a", inHand)).Deliveries).Place);
        var waits = await Explain(engine, "a", deferred);
        var retry = Assert.Single(waits.Deliveries);
        Assert.Equal((DeliveryPlace.Later, 1), (retry.Place, retry.Attempts));
        Assert.True(retry.EarliestAt > engine.Time.GetUtcNow());
        Assert.Equal((false, "A bad list."), (waits.Tenant.MaySend, waits.Tenant.Cause));
        Assert.Empty((await Explain(engine, "a", gone)).Deliveries);
        hang.SetResult(ScriptedTransport.Delivered);
    }

    [Fact]
    public async Task A_message_far_behind_in_a_long_queue_is_found_with_all_its_deliveries()
    {
        await using var engine = await EngineUnderTest.Start(e =>
            (e.Delivery.WindowPerLane, e.TenantOptions.SendRate, e.TenantOptions.SendBurst) = (16, 0.01, 1));
        await engine.Create("a");
        await engine.SendMany("a", 700);
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        var id = await engine.Send("a", "one@example.org", null, "two@gmail.com");
        var deliveries = (await Explain(engine, "a", id, engine.Time.GetUtcNow().AddSeconds(-2))).Deliveries;
        Assert.Equal([("one@example.org", DeliveryPlace.BehindWindow), ("two@gmail.com", DeliveryPlace.InLine)], deliveries.Select(d => (d.Recipient, d.Place)));
    }

    [Fact]
    public async Task Budgets_of_a_tenant_show_each_level_once_with_its_use()
    {
        await using var engine = await EngineUnderTest.Start(e => e.Account = new BudgetLimits(RatePerSecond: 100, Burst: 10, PerDay: 1_000));
        Follow(engine, new PoolLimits { RatePerSecond = 1, Burst = 1 });
        await engine.Create("a");
        await engine.SendMany("a", 5, i => i % 2 == 0 ? "r@gmail.com" : "r@example.org", pool: "news");
        await engine.Until(() => engine.Transport.Starts.Count == 1 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "one has left", TimeSpan.FromMilliseconds(100));

        var budgets = (await engine.Tenants.Get("a").Budgets(default))!;
        Assert.Equal(["account", "news × Gmail", "news × Other", "pool news"], budgets.Queue.Budgets.Select(b => b.Name).Order(StringComparer.Ordinal));
        Assert.Equal((long?)1, budgets.Queue.Budgets.Single(b => b.Name == "account").UsedToday);
        Assert.NotNull(budgets.Queue.Budgets.Single(b => b.Name == "pool news").BlockedSince);
        Assert.Equal(4, budgets.Queue.Lanes.Sum(l => l.Due));
        Assert.All(budgets.Queue.Lanes, l => Assert.Equal("pool news", l.WaitsFor));
        Assert.Equal((true, 200, 1_000.0), (budgets.Own.MaySend, budgets.Own.UnresolvedCap, budgets.Own.SendRate));
    }

    private static async Task<MessageExplanation> Explain(EngineUnderTest engine, string tenant, string messageId, DateTimeOffset? acceptedAt = null) =>
        (await engine.Tenants.Get(tenant).Explain(messageId, acceptedAt ?? DateTimeOffset.UnixEpoch, default))!;

    private static void Follow(EngineUnderTest engine, PoolLimits limits) => engine.Dispatcher.Follow(
        new EgressPlan(1, [new SendingPool { Name = "news", CreatedAt = DateTimeOffset.UnixEpoch, Limits = limits }], []));
}
