using Silo.Core.Delivery;
using Silo.Core.Pacing;
using Silo.Core.Tenants;
using Silo.Core.WarmUp;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Tests.Delivery;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Tenants;

/// <summary>A warm-up by sending domain: no hour of a domain sees more start than its slice, and no domain waits for another.</summary>
public sealed class DomainWarmUpTests : TenantsInWarmUp
{
    [Fact]
    public async Task Each_hour_sees_exactly_the_slice_of_each_domain_from_the_first_mail_of_that_domain_on()
    {
        await using var engine = await Start();
        var random = new Random(6);
        engine.Transport.Before = async _ =>
        {
            int yields;
            lock (random) yields = random.Next(5);
            for (var i = 0; i < yields; i++) await Task.Yield();
            return null;
        };
        await SetWarmUp(engine, [250], byDomain: true);
        var expected = new Dictionary<string, long>();
        for (var hour = 0; hour < 5; hour++)
        {
            // Each of them begins half an hour after the one before, so that no two have the same hours.
            var domain = $"d{hour}.example";
            await SendFrom(engine, domain, 40, i => i % 2 == 0 ? "r@example.org" : "r@gmail.com");
            await SendFrom(engine, domain, 20, _ => "r@gmail.com", MailStream.Urgent);
            expected[domain] = 0;
            for (var half = 0; half < 2; half++)
            {
                foreach (var each in expected.Keys)
                    expected[each] = Enumerable.Range(0, hour - (each[1] - '0') + 1).Sum(h => WarmUpSchedule.Slice(250, h));
                await UntilStarted(engine, expected.Values.Sum());
                Assert.Equal(expected, Ways.GroupBy(w => w.Domain).ToDictionary(g => g.Key, g => (long)g.Count()));
                engine.Time.Advance(Hour / 2);
            }
        }

        Assert.All(Starts, s => Assert.Equal(1, s.Attempt));
    }

    [Fact]
    public async Task A_domain_at_its_cap_holds_up_no_other_and_a_cap_towards_a_provider_only_that_provider_and_both_are_explained()
    {
        await using var engine = await Start();
        await SetWarmUp(engine, [240], gmail: [24], byDomain: true);
        await SendFrom(engine, "a.example", 30);
        await UntilStarted(engine, 10);
        await SendFrom(engine, "b.example", 3, _ => "r@gmail.com");
        await SendFrom(engine, "b.example", 4);
        await UntilStarted(engine, 15);
        Assert.Equal(
            [("a.example", "r@example.org", 10), ("b.example", "r@example.org", 4), ("b.example", "r@gmail.com", 1)],
            Ways.GroupBy(w => (w.Domain, w.Recipient)).Select(g => (g.Key.Domain, g.Key.Recipient, g.Count())).Order());

        var now = engine.Time.GetUtcNow();
        var ofA = (await engine.Tenants.Get("a").Explain("a-000030", now.AddMinutes(-1), default))!;
        Assert.Equal(
            (DeliveryPlace.InLine, "warm-up of a.example"),
            (Assert.Single(ofA.Deliveries).Place, Assert.Single(ofA.Deliveries).WaitsFor));
        var begunAt = (await LedgerOf(engine)).WarmUp.Of("a.example")!.BegunAt;
        Assert.Equal(begunAt + Hour, ofA.Deliveries[0].EarliestAt);
        var ofB = (await engine.Tenants.Get("a").Explain("a-000033", now.AddMinutes(-1), default))!;
        Assert.Equal("warm-up of b.example × Gmail", Assert.Single(ofB.Deliveries).WaitsFor);
        Assert.Equal(
            [("a.example", null, 10L), ("a.example", "Gmail", 0L), ("b.example", null, 5L), ("b.example", "Gmail", 1L)],
            ofB.Tenant.WarmUp.Select(w => (w.Domain, w.Provider, w.SentThisHour)));
        var lanes = (await engine.Tenants.Get("a").Budgets(default))!.Queue.Lanes;
        Assert.Equal([("a.example", 20), ("b.example", 2)], lanes.Where(l => l.Due > 0).Select(l => (l.SendingDomain, l.Due)).Order());
    }

    [Fact]
    public async Task After_a_restart_and_a_crash_only_the_rest_of_each_domains_slice_leaves_and_what_was_in_hand_counts()
    {
        await using var engine = await Start();
        var hang = new TaskCompletionSource<DeliveryResult>();
        await SetWarmUp(engine, [240], byDomain: true);
        await SendFrom(engine, "a.example", 3);
        await SendFrom(engine, "b.example", 5);
        await UntilStarted(engine, 8);
        await engine.Restart();
        engine.Time.Advance(TimeSpan.FromSeconds(5));
        var answered = 0;
        Answer(engine, () => Interlocked.Increment(ref answered) <= 8 ? new(ScriptedTransport.Delivered) : new(hang.Task));
        await SendFrom(engine, "a.example", 20);
        await SendFrom(engine, "b.example", 20);
        await engine.Until(() => Starts.Count == 20 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight - 4, "four are in hand");
        Answer(engine, () => new(ScriptedTransport.Delivered));
        await engine.Crash();
        hang.SetResult(ScriptedTransport.Delivered);
        engine.Time.Advance(TimeSpan.FromSeconds(5));
        await SendFrom(engine, "a.example", 5);
        await engine.Until(
            async () => (await engine.Tenants.Get("a").Budgets(default))!.Queue.Lanes.Count(l => l.WaitsFor == $"warm-up of {l.SendingDomain}") == 2,
            "both domains wait for their warm-up");
        await UntilStarted(engine, 20);
        Assert.Equal(4, (await engine.Books("a")).PossibleDuplicates);
        engine.Time.Advance(Hour);
        await UntilStarted(engine, 40);
        Assert.All(Ways.GroupBy(w => w.Domain), g => Assert.Equal(20, g.Count()));
        Assert.DoesNotContain(Ways.GroupBy(w => w.MessageId), g => g.Count() > 2);
    }

    [Fact]
    public async Task A_permit_with_which_nothing_started_serves_other_mail_of_the_same_domain_in_the_same_hour()
    {
        await using var engine = await Start();
        var failed = 0;
        engine.Transport.Before = h => new(
            h.Envelope.FromAddress == "s@a.example" && Interlocked.Increment(ref failed) <= 3 ? DeliveryResult.NotStarted : null);
        await SetWarmUp(engine, [96], byDomain: true);
        await SendFrom(engine, "b.example", 10);
        await SendFrom(engine, "a.example", 10);
        await UntilStarted(engine, 8);
        Assert.All(Ways.GroupBy(w => w.Domain), g => Assert.Equal(4, g.Count()));
    }

    [Fact]
    public async Task Domains_beyond_the_hundredth_share_one_slice()
    {
        await using var engine = await Start();
        await SetWarmUp(engine, [24], byDomain: true);
        for (var i = 0; i < WarmUpLedger.MaxDomains; i++) await SendFrom(engine, $"d{i}.example", 1);
        await UntilStarted(engine, WarmUpLedger.MaxDomains);
        for (var i = 0; i < 5; i++) await SendFrom(engine, $"late{i}.example", 2);
        await SendFrom(engine, "d7.example", 2);
        await UntilStarted(engine, WarmUpLedger.MaxDomains + 1);
        Assert.Equal(("*", 1L), (await engine.Tenants.Get("a").Describe(default))!.WarmUpUse.Select(w => (w.Domain, w.SentThisHour)).Last());
        var lanes = (await engine.Tenants.Get("a").Budgets(default))!.Queue.Lanes.Where(l => l.Due > 0);
        Assert.Equal(
            [(null, "warm-up", 9), ("d7.example", "warm-up of d7.example", 2)],
            lanes.Select(l => (l.SendingDomain, l.WaitsFor, l.Due)).Order());
    }

    [Fact]
    public async Task While_the_scope_changes_to_and_fro_nothing_is_lost_or_sent_twice()
    {
        await using var engine = await Start(e => e.Delivery.WindowPerLane = 16);
        var random = new Random(7);
        engine.Transport.Before = async _ =>
        {
            int yields;
            lock (random) yields = random.Next(20);
            for (var i = 0; i < yields; i++) await Task.Yield();
            return null;
        };
        await SetWarmUp(engine, [240]);
        for (var i = 0; i < 6; i++) await SendFrom(engine, $"d{i % 3}.example", 40, j => j % 2 == 0 ? "r@example.org" : "r@gmail.com");
        for (var round = 0; round < 12; round++)
        {
            switch (round % 4)
            {
                case 0:
                    await SetWarmUp(engine, [480], gmail: [120], byDomain: true);
                    break;
                case 1:
                    await SetWarmUp(engine, [240], byDomain: true);
                    break;
                case 2:
                    await SetWarmUp(engine, [240]);
                    break;
                default:
                    await engine.Tenants.Get("a").SetWarmUp(null, default);
                    await engine.Until(() => Starts.Count > 20 * round, "some have left");
                    break;
            }

            await SendFrom(engine, $"d{round % 5}.example", 10);
            engine.Time.Advance(TimeSpan.FromMinutes(random.Next(90)));
        }

        await engine.Tenants.Get("a").SetWarmUp(null, default);
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(100), "a");
        Assert.Equal(360, Ways.Select(w => w.MessageId).Distinct().Count());
        Assert.Equal(360, Ways.Count);
        Assert.All(Starts, s => Assert.Equal(1, s.Attempt));
    }

    [Fact]
    public async Task A_replay_of_the_events_gives_the_warm_ups_of_the_domains_that_were_stored()
    {
        await using var engine = await Start();
        var createdAt = (await engine.Tenants.Get("a").Describe(default))!.CreatedAt;
        await SetWarmUp(engine, [240, 480], gmail: [48], mode: WarmUpMode.Adaptive, byDomain: true);
        await SendFrom(engine, "a.example", 30, i => i % 3 == 0 ? "r@gmail.com" : "r@example.org");
        await engine.Until(() => Starts.Count == 10, "the slice has left");
        await engine.Crash();
        await SendFrom(engine, "b.example", 30);
        engine.Time.Advance(Hour);
        await engine.Until(() => Starts.Count >= 30, "the next ones have left", TimeSpan.FromSeconds(1));
        await engine.Restart();

        var (ledger, events) = await engine.Replay(await engine.KeyOf("a"), createdAt);
        var live = await LedgerOf(engine);
        Assert.Equal(live.Sequence, ledger.Sequence);
        Assert.Equal(Convert.ToHexString(live.WriteState()), Convert.ToHexString(ledger.WriteState()));
        Assert.Equal(["a.example", "b.example"], ledger.WarmUp.All.Select(m => m.Domain));
        Assert.Equal(2, events.Count(e => e.Kind == TenantEventKind.DomainWarmUpBegan));
    }

    private static Task SendFrom(
        EngineUnderTest engine, string domain, int messages, Func<int, string>? recipient = null, MailStream stream = MailStream.Normal) =>
        engine.SendMany("a", messages, recipient, stream, from: "s@" + domain);

    private static async Task<TenantLedger> LedgerOf(EngineUnderTest engine)
    {
        var stored = (await engine.Store.Tenants.Load("a", default))!;
        var ledger = TenantLedger.Read(stored.Snapshot.AppliedSequence, stored.Snapshot.State.Span, stored.Snapshot.Counters.Span);
        foreach (var e in stored.Tail) ledger.Apply(TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span));
        return ledger;
    }
}
