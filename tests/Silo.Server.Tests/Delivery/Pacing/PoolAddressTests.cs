using Silo.Core.Delivery;
using Silo.Core.Pacing;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Egress;
using Silo.Testing.Engine;
using Xunit;
using static Silo.Server.Tests.Delivery.Pacing.Addresses;

namespace Silo.Server.Tests.Delivery.Pacing;

/// <summary>By which addresses of a pool mail leaves, and when, through the whole engine.</summary>
public sealed class PoolAddressTests
{
    private const string One = "192.0.2.1", Two = "192.0.2.2", Three = "192.0.2.3";
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private static readonly DeliveryResult SlowDown = new()
    {
        Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Recipient, DeferralScope = DeferralScope.SlowDown, Diagnostic = "421 4.7.28 Slow down",
    };

    [Fact]
    public async Task A_limit_towards_a_provider_is_that_of_each_address()
    {
        await using var engine = await Start();
        engine.Dispatcher.Follow(Plan(new PoolLimits { Providers = [new ProviderLimits("Gmail", 2, 1, null)] }, Ip(One), Ip(Two), Ip(Three)));
        await engine.Create("a");
        await engine.SendMany("a", 60, _ => "r@gmail.com", pool: "news");
        var from = engine.Time.GetUtcNow();
        await engine.UntilNothingIsOpen(Step, "a");

        // 60 at 3 × 2 a second; the buckets begin empty, and the last ones take their time to be stored.
        Assert.InRange((engine.Time.GetUtcNow() - from).TotalSeconds, 9, 20);
        foreach (var each in (string[])[One, Two, Three])
        {
            var starts = engine.Transport.Starts.Where(s => s.Source == each).Select(s => s.At).ToArray();
            Assert.InRange(starts.Length, 15, 25);
            for (var first = 0; first < starts.Length; first++)
            {
                for (var last = first; last < starts.Length; last++)
                    Assert.True(last - first + 1 <= 1 + (2 * (starts[last] - starts[first]).TotalSeconds) + 1e-6, $"{each}: {first} to {last}");
            }
        }
    }

    [Fact]
    public async Task A_throttled_address_leaves_the_others_as_they_are()
    {
        await using var engine = await Start();
        engine.Transport.Answer = h => new(h.Source!.Document.Ip == One ? SlowDown : ScriptedTransport.Delivered);
        engine.Dispatcher.Follow(Plan(Ip(One), Ip(Two)));
        await engine.Create("a");
        await engine.SendMany("a", 40, _ => "first@gmail.com", pool: "news");
        await engine.Until(() => engine.Transport.Starts.Count >= 40 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "it was asked to slow down");
        engine.Transport.Answer = _ => new(ScriptedTransport.Delivered);
        await engine.SendMany("a", 300, _ => "r@gmail.com", pool: "news");
        await engine.Until(() => engine.Transport.Starts.Count(s => s.Recipient == "r@gmail.com") == 300, "all of it leaves");

        Assert.InRange(engine.Transport.Starts.Count(s => s is { Recipient: "r@gmail.com", Source: One }), 0, 40);
        var budgets = (await engine.Dispatcher.ReportPool("news", default)).ToDictionary(b => b.Name);
        Assert.Equal("421 4.7.28 Slow down", budgets[$"{One} × Gmail"].ThrottleReason);
        Assert.NotNull(budgets[$"{One} × Gmail"].RatePerSecond);
        Assert.Null(budgets[$"{Two} × Gmail"].RatePerSecond);
        Assert.Null(budgets["news × Gmail"].RatePerSecond);
        engine.Dispatcher.Follow(Nothing());
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(500), "a");
    }

    [Fact]
    public async Task A_tenants_mail_to_a_domain_that_greylists_keeps_its_address_at_first_attempts_and_at_retries()
    {
        await using var engine = await Start();
        engine.Transport.Answer = h => new(h.Attempt > 2 ? ScriptedTransport.Delivered : new DeliveryResult
        {
            Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Recipient, DeferralScope = DeferralScope.Recipient, Diagnostic = "451 4.7.1 Greylisted",
        });
        engine.Dispatcher.Follow(Plan(Ip(One), Ip(Two), Ip(Three)));
        foreach (var tenant in (string[])["a", "b"])
        {
            await engine.Create(tenant);
            await engine.SendMany(tenant, 120, i => $"r{i}@D{i % 24}.example", pool: "news");
        }

        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(20), "a", "b");
        Assert.Equal(2 * 120 * 3, engine.Transport.Starts.Count);
        foreach (var each in engine.Transport.Starts.GroupBy(s => (s.Tenant, Domain: s.Recipient[s.Recipient.IndexOf('@')..])))
            Assert.True(each.Select(s => s.Source).Distinct().Count() == 1, $"{each.Key}: {string.Join(' ', each.Select(s => $"{s.Attempt} by {s.Source}"))}");
        Assert.Equal(3, engine.Transport.Starts.Select(s => s.Source).Distinct().Count());
    }

    [Fact]
    public async Task Mail_whose_address_has_no_room_takes_another_and_mail_to_known_providers_takes_them_in_turn()
    {
        await using var engine = await Start();
        engine.Dispatcher.Follow(Plan(new PoolLimits { Providers = [new ProviderLimits("Other", 1, 4, null)] }, Ip(One), Ip(Two)));
        await engine.Create("a");
        await engine.SendMany("a", 40, _ => "r@d.example", pool: "news");
        await engine.SendMany("a", 60, _ => "r@gmail.com", pool: "news");
        await engine.UntilNothingIsOpen(Step, "a");

        foreach (var recipient in (string[])["r@d.example", "r@gmail.com"])
            Assert.All((string[])[One, Two], ip => Assert.InRange(engine.Transport.Starts.Count(s => s.Recipient == recipient && s.Source == ip), 10, 50));
    }

    [Fact]
    public async Task Mail_of_addresses_of_another_host_waits_and_says_so_until_one_of_this_host_is_there()
    {
        await using var engine = await Start();
        engine.Dispatcher.Follow(Plan(Ip(One, i => i with { SiloHost = "box-2" })));
        await engine.Create("a");
        await engine.SendMany("a", 5, _ => "r@gmail.com", pool: "news");
        await engine.SendMany("a", 5, _ => "else@gmail.com");
        await engine.Until(() => engine.Transport.Starts.Count == 5 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "other mail leaves");
        var lane = (await engine.Tenants.Get("a").Budgets(default))!.Queue.Lanes.Single(l => l.Due > 0);
        Assert.Equal(("pool news (no address of it can be used here)", 5), (lane.WaitsFor, lane.Due));
        var message = (await engine.Tenants.Get("a").Explain("a-000001", DateTimeOffset.UnixEpoch, default))!;
        Assert.Equal("pool news (no address of it can be used here)", Assert.Single(message.Deliveries).WaitsFor);

        engine.Dispatcher.Follow(Plan(Ip(One, i => i with { SiloHost = "box-2" }), Ip(Two, i => i with { SiloHost = "BOX-1" })));
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.All(engine.Transport.Starts, s => Assert.Equal(s.Recipient == "r@gmail.com" ? Two : null, s.Source));
    }

    [Fact]
    public async Task What_waits_for_a_connection_from_an_address_that_is_paused_leaves_from_another()
    {
        await using var engine = await Start();
        var connected = new TaskCompletionSource();
        engine.Transport.Before = async _ =>
        {
            await connected.Task;
            return null;
        };
        engine.Dispatcher.Follow(Plan(Ip(One), Ip(Two)));
        await engine.Create("a");
        await engine.SendMany("a", 32, i => i % 2 == 0 ? "r@gmail.com" : "r@yahoo.com", pool: "news");
        await engine.Until(() => engine.Transport.UnderWay == 32, "they wait for connections");
        Assert.InRange(InHandOf(await engine.Dispatcher.ReportAddress(One, default)), 8, 24);
        engine.Dispatcher.Follow(Plan(Ip(One).Paused(), Ip(Two)));
        await engine.Dispatcher.ReportPool("news", default);
        connected.SetResult();
        await engine.UntilNothingIsOpen(Step, "a");

        Assert.All(engine.Transport.Starts, s => Assert.Equal((Two, 1), (s.Source, s.Attempt)));
        Assert.Equal(32, engine.Transport.Starts.Count);
        var drained = await engine.Dispatcher.ReportAddress(One, default);
        Assert.Equal((0, true, "paused: Listed."), (InHandOf(drained), drained[0].IsClosed, drained[0].ClosedFor));
    }

    [Fact]
    public async Task An_address_that_is_paused_towards_a_provider_goes_on_towards_others()
    {
        await using var engine = await Start();
        engine.Dispatcher.Follow(Plan(Ip(One).Paused("Gmail")));
        await engine.Create("a");
        await engine.SendMany("a", 10, i => i % 2 == 0 ? "r@gmail.com" : "r@yahoo.com", pool: "news");
        await engine.Until(() => engine.Transport.Starts.Count == 5 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "mail to the other leaves");
        Assert.All(engine.Transport.Starts, s => Assert.Equal("r@yahoo.com", s.Recipient));
        Assert.Equal($"{One} × Gmail (paused: Listed.)", (await engine.Tenants.Get("a").Budgets(default))!.Queue.Lanes.Single(l => l.Due > 0).WaitsFor);

        engine.Dispatcher.Follow(Plan(Ip(One)));
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(10, engine.Transport.Starts.Count);
    }

    [Fact]
    public async Task The_only_address_that_mail_can_leave_from_is_named_when_mail_waits_for_it()
    {
        await using var engine = await Start();
        engine.Dispatcher.Follow(Plan(new PoolLimits { Providers = [new ProviderLimits("Gmail", 0.1, 1, null)] }, Ip(One), Ip(Two).Paused()));
        await engine.Create("a");
        await engine.SendMany("a", 3, _ => "r@gmail.com", pool: "news");
        await engine.Until(() => engine.Transport.Starts.Count == 1 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "one has left", Step);
        var lane = Assert.Single((await engine.Tenants.Get("a").Budgets(default))!.Queue.Lanes);
        Assert.Equal(($"{One} × Gmail", true), (lane.WaitsFor, lane.EstimatedAt > engine.Time.GetUtcNow()));
    }

    [Fact]
    public async Task An_address_that_is_removed_or_moved_begins_nothing_for_its_pool_and_what_had_begun_ends_well()
    {
        await using var engine = await Start();
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = h => h.Recipient.StartsWith("begun", StringComparison.Ordinal) ? new(hang.Task) : new(ScriptedTransport.Delivered);
        engine.Dispatcher.Follow(Plan(Ip(One), Ip(Two), Ip(Three)));
        await engine.Create("a");
        await engine.SendMany("a", 48, _ => "begun@gmail.com", pool: "news");
        await engine.Until(() => engine.Transport.Starts.Count == 48, "they have begun");
        Assert.Equal(3, engine.Transport.Starts.Select(s => s.Source).Distinct().Count());

        // One is gone, two is another pool's now.
        engine.Dispatcher.Follow(Plan(Ip(Two, i => i with { PoolName = "other" }), Ip(Three)));
        await engine.SendMany("a", 40, _ => "r@gmail.com", pool: "news");
        await engine.SendMany("a", 40, _ => "o@gmail.com", pool: "other");
        await engine.Until(() => engine.Transport.Starts.Count == 128, "the rest leaves");
        Assert.All(engine.Transport.Starts.Skip(48), s => Assert.Equal(s.Recipient == "r@gmail.com" ? Three : Two, s.Source));
        Assert.InRange(InHandOf(await engine.Dispatcher.ReportAddress(One, default)), 1, 48);

        hang.SetResult(ScriptedTransport.Delivered);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(128, engine.Transport.DeliveredIds.Count);
        engine.Dispatcher.Follow(Plan(Ip(Three)));
        Assert.Empty(await engine.Dispatcher.ReportAddress(One, default));
    }

    [Fact]
    public async Task A_pool_that_gets_its_first_address_or_loses_its_last_goes_on_with_what_it_has()
    {
        await using var engine = await Start();
        var connected = new TaskCompletionSource();
        engine.Transport.Before = async _ =>
        {
            await connected.Task;
            return null;
        };
        engine.Dispatcher.Follow(Plan());
        await engine.Create("a");
        await engine.SendMany("a", 10, _ => "r@gmail.com", pool: "news");
        await engine.Until(() => engine.Transport.UnderWay == 10, "they wait for connections");
        engine.Dispatcher.Follow(Plan(Ip(One)));
        await engine.Dispatcher.ReportPool("news", default);
        connected.SetResult();
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(10, engine.Transport.Starts.Count(s => s is { Source: One, Attempt: 1 }));

        engine.Dispatcher.Follow(Plan());
        await engine.SendMany("a", 10, _ => "r@gmail.com", pool: "news");
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(10, engine.Transport.Starts.Count(s => s.Source is null));
    }

    [Fact]
    public async Task A_pool_that_is_gone_is_forgotten_when_nothing_of_it_is_in_hand_and_its_mail_follows_the_default()
    {
        await using var engine = await Start();
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = h => h.Attempt == 1 && h.Recipient == "begun@gmail.com" ? new(hang.Task) : new(ScriptedTransport.Delivered);
        engine.Dispatcher.Follow(Plan(new PoolLimits { Providers = [new ProviderLimits("Gmail", null, null, 1)] }, Ip(One)));
        await engine.Create("a");
        await engine.SendMany("a", 1, _ => "begun@gmail.com", pool: "news");
        await engine.SendMany("a", 10, _ => "r@gmail.com", pool: "news");
        await engine.Until(() => engine.Transport.UnderWay == 1, "one has begun");
        engine.Dispatcher.Follow(Nothing());
        await engine.Until(() => engine.Transport.Starts.Count(s => s is { Recipient: "r@gmail.com", Source: null }) == 10, "the rest leaves");
        Assert.NotEmpty(await engine.Dispatcher.ReportPool("news", default));
        hang.SetResult(ScriptedTransport.Delivered);
        await engine.UntilNothingIsOpen(Step, "a");
        engine.Dispatcher.Follow(Nothing());
        Assert.Empty(await engine.Dispatcher.ReportPool("news", default));
    }

    [Fact]
    public async Task Over_a_relay_a_limit_towards_a_provider_is_the_pools_whatever_addresses_it_has()
    {
        await using var engine = await EngineUnderTest.Start();
        engine.Dispatcher.Follow(Plan(new PoolLimits { Providers = [new ProviderLimits("Gmail", 1, 1, null)] }, Ip(One), Ip(Two)));
        await engine.Create("a");
        await engine.SendMany("a", 10, _ => "r@gmail.com", pool: "news");
        var from = engine.Time.GetUtcNow();
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.InRange((engine.Time.GetUtcNow() - from).TotalSeconds, 9, 20);
        Assert.All(engine.Transport.Starts, s => Assert.Null(s.Source));
    }

    private static int InHandOf(IReadOnlyList<BudgetReport> address) => address[0].InHand;

    private static Task<EngineUnderTest> Start() => EngineUnderTest.Start(e => (e.Transport.LeavesFromAddresses, e.Delivery.Quantum) = (true, 8));
}
