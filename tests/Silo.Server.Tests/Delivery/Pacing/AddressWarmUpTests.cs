using Silo.Core.Delivery;
using Silo.Core.WarmUp;
using Silo.Server.Egress;
using Silo.Server.Egress.Sharing;
using Silo.Testing;
using Silo.Testing.Engine;
using Xunit;
using static Silo.Server.Tests.Delivery.Pacing.Addresses;

namespace Silo.Server.Tests.Delivery.Pacing;

/// <summary>Warm-ups of a pool's addresses, through the whole engine.</summary>
public sealed class AddressWarmUpTests
{
    private const string One = "192.0.2.1", Two = "192.0.2.2";
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task Not_one_message_more_than_its_slice_leaves_an_address_in_an_hour_and_the_rest_leaves_by_the_others()
    {
        var time = new HostileTimeProvider();
        var pools = new PoolsOfTest();
        await using var one = await Start(time, pools);
        await using var two = await Start(time, pools);
        var begun = time.GetUtcNow();
        // 240 a day are ten an hour. The other one is slow enough that both are needed.
        var plan = Plan(new PoolLimits { Providers = [new ProviderLimits("Gmail", 20, 1, null)] }, Warming(One, begun, 240), Ip(Two));
        foreach (var engine in (EngineUnderTest[])[one, two])
        {
            engine.Dispatcher.Follow(plan);
            foreach (var tenant in (string[])["a", "b"])
            {
                await engine.Create(tenant);
                await engine.SendMany(tenant, 40, _ => "r@gmail.com", pool: "news");
            }
        }

        foreach (var engine in (EngineUnderTest[])[one, two]) await engine.UntilNothingIsOpen(Step, "a", "b");
        var starts = one.Transport.Starts.Concat(two.Transport.Starts).ToArray();
        Assert.Equal(160, starts.Length);
        Assert.InRange(starts.Count(s => s.Source == One), 5, 10);
    }

    [Fact]
    public async Task Mail_waits_for_the_next_hour_when_all_addresses_are_at_their_caps_and_says_so()
    {
        await using var engine = await Start();
        var begun = engine.Time.GetUtcNow();
        engine.Dispatcher.Follow(Plan(Warming(One, begun, 48)));
        await engine.Create("a");
        await engine.SendMany("a", 5, _ => "r@gmail.com", pool: "news");
        await engine.Until(async () => await Waits(engine) == $"warm-up of {One}", "the slice is used", Step);
        await engine.Until(() => engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "nothing is in hand");
        Assert.Equal(2, engine.Transport.Starts.Count);

        // A process that comes next knows what has left in this hour.
        await engine.Restart();
        engine.Dispatcher.Follow(Plan(Warming(One, begun, 48)));
        await engine.Until(async () => await Waits(engine) == $"warm-up of {One}", "the slice is used all the same", Step);
        Assert.Equal(2, engine.Transport.Starts.Count);
        engine.Time.Advance(begun.AddMinutes(59.9) - engine.Time.GetUtcNow());
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(1), "a");
        foreach (var hour in engine.Transport.Starts.GroupBy(s => (int)(s.At - begun).TotalHours)) Assert.InRange(hour.Count(), 1, 2);
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
    }

    [Fact]
    public async Task What_was_reserved_in_one_hour_does_not_start_in_the_next()
    {
        await using var engine = await Start();
        var begun = engine.Time.GetUtcNow();
        var connected = new TaskCompletionSource();
        engine.Transport.Before = async _ =>
        {
            await connected.Task;
            return null;
        };
        engine.Dispatcher.Follow(Plan(Warming(One, begun.AddMinutes(-59), 48)));
        await engine.Create("a");
        await engine.SendMany("a", 6, _ => "r@gmail.com", pool: "news");
        await engine.Until(() => engine.Transport.UnderWay == 2, "two wait for connections", Step);
        engine.Time.Advance(begun.AddMinutes(1) - engine.Time.GetUtcNow());
        connected.SetResult();
        await engine.Until(() => engine.Transport.Starts.Count == 2 && engine.Transport.NotStarted == 2, "those of the next hour leave", Step);
        await engine.Until(async () => await Waits(engine) == $"warm-up of {One}", "that is all", Step);
        Assert.Equal(2, engine.Transport.Starts.Count);
    }

    [Fact]
    public async Task A_cap_towards_a_provider_holds_beside_the_days_and_leaves_mail_to_others_alone()
    {
        await using var engine = await Start();
        var warming = Warming(One, engine.Time.GetUtcNow(), 2_400);
        engine.Dispatcher.Follow(Plan(warming with
        {
            WarmUp = warming.WarmUp with { ProviderCaps = new Dictionary<string, IReadOnlyList<long>> { ["Gmail"] = [24, 24] } },
        }));
        await engine.Create("a");
        await engine.SendMany("a", 20, i => i % 2 == 0 ? "r@gmail.com" : "r@example.org", pool: "news");
        await engine.Until(async () => await Waits(engine) == $"warm-up of {One} × Gmail", "Gmail waits", Step);
        await engine.Until(() => engine.Transport.Starts.Count == 11 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "the rest has left", Step);
        Assert.Single(engine.Transport.Starts, s => s.Recipient == "r@gmail.com");
    }

    [Fact]
    public async Task An_adaptive_plan_moves_on_after_a_day_that_went_well_and_operations_see_it()
    {
        await using var engine = await Start();
        var begun = engine.Time.GetUtcNow();
        var warming = Warming(One, begun, 24, 48, 96);
        warming = warming with { WarmUp = warming.WarmUp with { Mode = WarmUpMode.Adaptive, Position = TimeSpan.Zero } };
        var ips = new StoredDocuments<DedicatedIp>(engine.Store.Resources, Silo.Storage.ResourceKind.DedicatedIp, EgressJson.Default.DedicatedIp);
        await ips.Create(One, "arn", warming, begun, [], 10, default);
        engine.Dispatcher.Follow(Plan(warming));
        await engine.Create("a");
        // What became of one is told with the request for the next.
        for (var hour = 0; hour < 25; hour++)
        {
            await engine.SendMany("a", 1, _ => "r@gmail.com", pool: "news");
            await engine.UntilNothingIsOpen(Step, "a");
            await engine.Until(() => Task.FromResult(engine.Transport.Starts.Count == hour + 1), "it has left");
            engine.Time.Advance(begun.AddHours(hour + 1).AddMinutes(1) - engine.Time.GetUtcNow());
        }

        await engine.Until(async () => (await ips.Get(One, default))!.Value.WarmUp.Position == TimeSpan.FromDays(1), "its position is stored", Step);
    }

    [Fact]
    public async Task An_address_that_moves_while_it_warms_up_goes_on_in_its_next_pool()
    {
        await using var engine = await Start();
        var warming = Warming(One, engine.Time.GetUtcNow(), 2_400);
        engine.Dispatcher.Follow(Plan(warming));
        await engine.Create("a");
        await engine.SendMany("a", 5, _ => "r@gmail.com", pool: "news");
        await engine.SendMany("a", 5, _ => "r@gmail.com", pool: "other");
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(5, engine.Transport.Starts.Count(s => s.Source == One));

        engine.Dispatcher.Follow(Plan(warming with { PoolName = "other" }));
        await engine.SendMany("a", 40, _ => "r@gmail.com", pool: "other");
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(45, engine.Transport.Starts.Count(s => s.Source == One));
    }

    private static DedicatedIp Warming(string ip, DateTimeOffset startedAt, params long[] caps) =>
        Ip(ip) with { WarmUp = new IpWarmUp { StartedAt = startedAt, DailyCaps = caps.Length == 1 ? [caps[0], caps[0]] : caps } };

    private static async Task<string?> Waits(EngineUnderTest engine) =>
        (await engine.Tenants.Get("a").Budgets(default))!.Queue.Lanes.FirstOrDefault(l => l.WaitsFor is not null)?.WaitsFor;

    private static Task<EngineUnderTest> Start(HostileTimeProvider? time = null, PoolsOfTest? pools = null) => EngineUnderTest.Start(
        e =>
        {
            e.Transport.LeavesFromAddresses = true;
            e.OtherPools = pools is null ? null : pools.Open;
        }, time);
}
