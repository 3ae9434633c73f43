using System.Collections.Concurrent;
using Silo.Core.Delivery;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Tenants;
using Silo.Server.Tenants.Embedded;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Delivery;

public sealed class DispatcherTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Everything_sent_is_delivered_once_and_each_tenants_mail_starts_in_its_order()
    {
        await using var engine = await EngineUnderTest.Start();
        var random = new Random(1);
        engine.Transport.Answer = async _ =>
        {
            int yields;
            lock (random) yields = random.Next(5);
            for (var i = 0; i < yields; i++) await Task.Yield();
            return ScriptedTransport.Delivered;
        };
        string[] tenants = [.. Enumerable.Range(0, 10).Select(i => "t" + i)];
        foreach (var tenant in tenants) await engine.Create(tenant);
        await Task.WhenAll(tenants.Select(t => engine.SendMany(t, 100)));
        await engine.UntilNothingIsOpen(Step, tenants);

        Assert.Equal(1_000, engine.Transport.DeliveredIds.Distinct().Count());
        Assert.Equal(1_000, engine.Transport.DeliveredIds.Count);
        foreach (var tenant in tenants)
        {
            var started = engine.Transport.Starts.Where(s => s.Tenant == tenant).Select(s => s.MessageId).ToArray();
            Assert.Equal(started.Order(StringComparer.Ordinal), started);
        }
    }

    [Fact]
    public async Task A_backlog_that_is_read_from_disk_starts_in_its_order_too()
    {
        await using var engine = await EngineUnderTest.Start(e => e.MessageCacheBytes = 0);
        await engine.Create("a");
        await engine.SendMany("a", 300);
        await engine.UntilNothingIsOpen(Step, "a");
        var started = engine.Transport.Starts.Select(s => s.MessageId).ToArray();
        Assert.Equal(started.Order(StringComparer.Ordinal), started);
    }

    [Fact]
    public async Task A_tenant_whose_hand_overs_hang_takes_no_more_than_its_share_of_the_slots()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.Delivery.InFlight, e.Delivery.InFlightPerTenant) = (20, 8));
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = h => h.Envelope.TenantName == "slow" ? new(hang.Task) : new(ScriptedTransport.Delivered);
        await engine.Create("slow");
        await engine.Create("quick");
        await engine.SendMany("slow", 50);
        await engine.Until(() => engine.Transport.UnderWay == 8, "the slow tenant holds its share", Step);
        await engine.SendMany("quick", 200);
        await engine.Until(async () => (await engine.Books("quick")).Open == 0, "the quick tenant is through", Step);
        Assert.Equal(8, engine.Transport.UnderWay);

        hang.SetResult(ScriptedTransport.Delivered);
        await engine.UntilNothingIsOpen(Step, "slow", "quick");
    }

    [Theory]
    [InlineData(50, 10)]
    [InlineData(10, 1)]
    public async Task No_stretch_of_time_sees_more_starts_than_the_burst_and_the_rate_allow(int rate, int burst)
    {
        await using var engine = await EngineUnderTest.Start(e => (e.TenantOptions.SendRate, e.TenantOptions.SendBurst) = (rate, burst));
        await engine.Create("a");
        await engine.SendMany("a", 100);
        var began = engine.Time.GetUtcNow();
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(7), "a");

        var starts = engine.Transport.Starts.Select(s => s.At).ToArray();
        Assert.Equal(100, starts.Length);
        for (var first = 0; first < starts.Length; first++)
        {
            for (var last = first; last < starts.Length; last++)
            {
                var allowed = burst + (rate * (starts[last] - starts[first]).TotalSeconds);
                Assert.True(last - first + 1 <= allowed + 1e-6, $"{last - first + 1} starts from {starts[first] - began} to {starts[last] - began}");
            }
        }
    }

    [Fact]
    public async Task A_tenant_that_sends_one_message_at_a_time_never_runs_out_of_permits()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.TenantOptions.SendRate, e.TenantOptions.SendBurst) = (100, 3));
        await engine.Create("a");
        for (var i = 0; i < 12; i++)
        {
            await engine.Send("a");
            await engine.UntilNothingIsOpen(Step, "a");
        }
    }

    [Fact]
    public async Task A_deferred_unit_is_tried_again_by_the_schedule_and_expires_at_the_end_of_its_lifetime()
    {
        await using var engine = await EngineUnderTest.Start();
        engine.Transport.Answer = _ => new(new DeliveryResult { Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Recipient });
        await engine.Create("a");
        await engine.Send("a");
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(30), "a");

        var starts = engine.Transport.Starts.ToArray();
        Assert.Equal(Enumerable.Range(1, starts.Length), starts.Select(s => s.Attempt));
        for (var i = 1; i < starts.Length - 1; i++)
        {
            var nominal = TimeSpan.FromTicks(Math.Min(RetrySchedule.FirstDelay.Ticks << Math.Min(i - 1, 16), RetrySchedule.LongestDelay.Ticks));
            // The clock of this test goes in steps, several of which may pass until the dispatcher looks.
            Assert.True(starts[i].At - starts[i - 1].At >= nominal, $"attempt {i + 1} came after {starts[i].At - starts[i - 1].At}");
        }

        var books = await engine.Books("a");
        Assert.Equal(1, books.Expired);
        Assert.True(starts[^1].At - starts[0].At <= RetrySchedule.DefaultLifetime + TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_message_with_a_delivery_time_expires_that_long_after_its_acceptance_although_nothing_was_tried()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        engine.Transport.Before = _ => new((DeliveryResult?)ScriptedTransport.NoConnection);
        var id = await engine.Send("a", maxDeliverySeconds: 300);
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(2), "a");

        var (_, events) = await engine.Replay(await engine.KeyOf("a"), default);
        var expired = Assert.Single(events, e => e.Kind == TenantEventKind.Expired);
        Assert.Equal((id, BounceSubType.CustomTimeoutExceeded), (expired.MessageId, expired.Bounce));
        Assert.Empty(engine.Transport.Starts);
    }

    [Fact]
    public async Task Of_many_routes_the_one_that_fails_rests_alone_and_burns_no_attempt()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var (until, tried) = (engine.Time.GetUtcNow().AddMinutes(10), 0);
        engine.Transport.Before = handOver =>
        {
            if (handOver.Recipient != "r@dead.example" || engine.Time.GetUtcNow() >= until) return new((DeliveryResult?)null);
            Interlocked.Increment(ref tried);
            return new(ScriptedTransport.NoConnection with { RestsUntil = until });
        };
        await engine.Send("a", "r@dead.example");
        await engine.Until(() => Volatile.Read(ref tried) == 1, "the dead route was tried");
        await engine.SendMany("a", 20);
        await engine.Until(() => engine.Transport.Starts.Count == 20, "what goes other ways has left while the clock stood still");
        engine.Time.Advance(until - engine.Time.GetUtcNow());
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(20), "a");

        var last = engine.Transport.Starts.Last();
        Assert.Equal((1, "r@dead.example", 1), (Volatile.Read(ref tried), last.Recipient, last.Attempt));
        Assert.InRange(last.At, until, until.AddMinutes(1));
    }

    [Fact]
    public async Task A_route_that_fails_rests_lets_one_probe_go_at_a_time_and_burns_no_attempt()
    {
        await using var engine = await EngineUnderTest.Start(e => e.Delivery.RouteRetryMax = TimeSpan.FromSeconds(8));
        var (working, probes, together, most) = (false, 0, 0, 0);
        var failedAt = new ConcurrentQueue<DateTimeOffset>();
        engine.Transport.Before = async _ =>
        {
            if (Volatile.Read(ref working)) return null;
            var count = Interlocked.Increment(ref together);
            // The first failures are of hand-overs that were under way together.
            if (!failedAt.IsEmpty)
            {
                Interlocked.Increment(ref probes);
                InterlockedMax(ref most, count);
            }

            await Task.Yield();
            Interlocked.Decrement(ref together);
            failedAt.Enqueue(engine.Time.GetUtcNow());
            return ScriptedTransport.NoConnection;
        };
        await engine.Create("a");
        await engine.Create("b");
        await engine.Send("a");
        await engine.Until(() => !failedAt.IsEmpty && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "the route has failed", Step);
        await engine.SendMany("a", 40);
        await engine.SendMany("b", 40);
        await engine.Until(() => Volatile.Read(ref probes) >= 6, "it was probed", TimeSpan.FromMilliseconds(250));
        Assert.Equal(1, most);
        var waits = failedAt.Zip(failedAt.Skip(1), (a, b) => (b - a).TotalSeconds).ToArray();
        foreach (var (wait, least) in waits.Zip([1.0, 2, 4, 8, 8])) Assert.True(wait >= least, string.Join(", ", waits));

        Volatile.Write(ref working, true);
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(250), "a", "b");
        Assert.Equal(81, engine.Transport.DeliveredIds.Distinct().Count());
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
    }

    [Fact]
    public async Task What_did_not_start_keeps_its_place_and_its_attempts()
    {
        await using var engine = await EngineUnderTest.Start(e => e.Delivery.InFlight = e.Delivery.InFlightPerTenant = 1);
        var refusals = 5;
        engine.Transport.Before = h => new(
            h.Envelope.MessageId == "a-000001" && Interlocked.Decrement(ref refusals) >= 0 ? DeliveryResult.NotStarted : null);
        await engine.Create("a");
        await engine.SendMany("a", 30);
        await engine.UntilNothingIsOpen(Step, "a");
        var started = engine.Transport.Starts.ToArray();
        Assert.Equal(started.Select(s => s.MessageId).Order(StringComparer.Ordinal), started.Select(s => s.MessageId));
        Assert.All(started, s => Assert.Equal(1, s.Attempt));
    }

    [Fact]
    public async Task A_queue_far_longer_than_the_window_in_memory_leaves_whole_and_in_order()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.Delivery.WindowPerLane, e.MessageCacheBytes) = (32, 64 << 20));
        await engine.Create("a");
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = _ => new(hang.Task);
        await engine.SendMany("a", 10_000);
        engine.Transport.Answer = _ => new(ScriptedTransport.Delivered);
        hang.SetResult(ScriptedTransport.Delivered);
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(1), "a");
        Assert.Equal(10_000, engine.Transport.DeliveredIds.Count);
        Assert.Equal(10_000, engine.Transport.DeliveredIds.Distinct().Count());
        var started = engine.Transport.Starts.Select(s => s.MessageId).ToArray();
        Assert.Equal(started.Order(StringComparer.Ordinal), started);
    }

    [Fact]
    public async Task A_read_of_the_queue_that_is_ahead_of_the_news_sends_nothing_twice()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.Delivery.WindowPerLane, e.Delivery.InFlight, e.Delivery.InFlightPerTenant) = (16, 4, 4));
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = _ => new(hang.Task);
        await engine.Create("a");
        var key = await engine.KeyOf("a");
        using var telling = new ManualResetEventSlim();
        engine.Transport.Before = handOver =>
        {
            if (handOver.Recipient == "late@example.org") telling.Set();
            return new((DeliveryResult?)null);
        };
        engine.Spool.BeforeTelling = writes =>
        {
            if (writes.Any(w => w.Append?.Recipients[0] == "late@example.org")) telling.Wait(TimeSpan.FromSeconds(30));
        };
        engine.Spool.BeforeQueueRead = async () =>
        {
            engine.Spool.BeforeQueueRead = null;
            // A message that is on disk while the dispatcher has not heard of it: the read sees it first.
            await engine.Admit("a", null, ["late@example.org"]);
            while ((await engine.Spool.ReadQueue(key, default, 100, false, default)).All(u => u.Recipient != "late@example.org")) await Task.Yield();
            // The news goes out when the refill stands in line behind it, or when the message leaves without.
            engine.Spool.Sees = write =>
            {
                if (write is { Append: null, Snapshot: null, Release: null, Events: [], Settlements: [] } && write.TenantKey == key) telling.Set();
            };
        };
        await engine.SendMany("a", 30);
        engine.Transport.Answer = _ => new(ScriptedTransport.Delivered);
        hang.SetResult(ScriptedTransport.Delivered);
        await engine.Until(() => engine.Transport.Starts.Any(s => s.Recipient == "late@example.org"), "the late one leaves", Step);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(31, engine.Transport.DeliveredIds.Distinct().Count());
        Assert.Equal(31, engine.Transport.Starts.Count);
    }

    [Fact]
    public async Task A_process_takes_up_the_backlog_of_the_one_before()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.Delivery.InFlight, e.Delivery.InFlightPerTenant) = (10, 10));
        await engine.Create("a");
        await engine.Create("b");
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = _ => new(hang.Task);
        await engine.SendMany("a", 200);
        await engine.SendMany("b", 100);
        await engine.Until(() => engine.Transport.Starts.Count == 10, "the slots are taken", Step);
        var inHand = engine.Transport.Starts.Select(s => s.MessageId).ToHashSet();
        await engine.Crash();

        engine.Transport.Answer = _ => new(ScriptedTransport.Delivered);
        await engine.UntilNothingIsOpen(Step, "a", "b");
        Assert.Equal(300, engine.Transport.DeliveredIds.Distinct().Count());
        var twice = engine.Transport.Starts.GroupBy(s => s.MessageId).Where(g => g.Count() > 1).Select(g => g.Key).ToArray();
        // What was in hand at the crash, and nothing else, leaves again, as a marked duplicate and a second attempt.
        Assert.Equal(inHand.Order(), twice.Order());
        Assert.All(engine.Transport.Starts.TakeLast(300), s => Assert.Equal(inHand.Contains(s.MessageId) ? 2 : 1, s.Attempt));
        Assert.Equal(10, (await engine.Books("a")).PossibleDuplicates + (await engine.Books("b")).PossibleDuplicates);
        Assert.Equal((200, 100), ((await engine.Books("a")).Delivered, (await engine.Books("b")).Delivered));
    }

    [Fact]
    public async Task A_unit_in_hand_at_three_crashes_is_set_aside_and_the_others_go_on()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = h => h.Recipient == "poison@example.org" ? new(hang.Task) : new(ScriptedTransport.Delivered);
        await engine.Send("a", "poison@example.org");
        for (var crash = 1; crash <= 3; crash++)
        {
            await engine.Until(() => engine.Transport.Starts.Count(s => s.Recipient == "poison@example.org") == crash, "it is in hand", Step);
            await engine.Crash();
        }

        await engine.SendMany("a", 5);
        await engine.Until(
            async () => (await engine.Books("a")).Delivered == 5 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "the others are through", Step);
        var books = await engine.Books("a");
        Assert.Equal((1, 1, 2), (books.Open, books.SetAside, books.PossibleDuplicates));
        Assert.Equal(3, engine.Transport.Starts.Count(s => s.Recipient == "poison@example.org"));
        Assert.Equal(1, await engine.Queued("a"));
    }

    [Fact]
    public async Task A_resume_that_overtakes_the_answer_of_the_pause_is_not_lost()
    {
        HeldTenants held = null!;
        await using var engine = await EngineUnderTest.Start(e => e.BeforeTenants = t => held = new HeldTenants(t));
        await engine.Create("a");
        await engine.Create("b");
        var connection = new TaskCompletionSource();
        engine.Transport.Before = async _ =>
        {
            await connection.Task;
            return null;
        };
        await engine.Send("a");
        await engine.Until(() => engine.Transport.UnderWay == 1, "the hand-over waits for a connection", Step);
        var answered = new TaskCompletionSource();
        var arrives = new TaskCompletionSource();
        held.OnItsWay = async permits =>
        {
            if (permits.Granted > 0) return;
            answered.TrySetResult();
            await arrives.Task;
        };
        await Pause(engine, "a", SendingStatus.Disabled);
        connection.SetResult();
        await answered.Task;

        await Pause(engine, "a", SendingStatus.Enabled);
        // Signals are handled in their order: when this mail is through, the wake-up of the other tenant was seen.
        await engine.Send("b");
        await engine.Until(async () => (await engine.Books("b")).Open == 0, "b is through", Step);
        arrives.SetResult();
        await engine.UntilNothingIsOpen(Step, "a");
    }

    [Fact]
    public async Task A_drain_waits_for_what_began_and_lets_nothing_start_after_it()
    {
        HeldTenants held = null!;
        await using var engine = await EngineUnderTest.Start(e => e.BeforeTenants = t => held = new HeldTenants(t));
        await engine.Create("a");
        var asked = new TaskCompletionSource();
        var arrives = new TaskCompletionSource();
        held.OnItsWay = async _ =>
        {
            asked.TrySetResult();
            await arrives.Task;
        };
        await engine.SendMany("a", 10);
        await asked.Task;

        // The answer to a request for permits is under way when the drain ends.
        var drain = engine.Dispatcher.Drain();
        engine.Time.Advance(TimeSpan.FromMilliseconds(1));
        await drain;
        arrives.SetResult();
        held.OnItsWay = null;
        await engine.Until(() => engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "the slots are back");
        Assert.Empty(engine.Transport.Starts);
        Assert.Empty(await engine.Spool.ReadUnsettled(default));

        await engine.Restart();
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(10, engine.Transport.Starts.Count);
        Assert.Equal(0, (await engine.Books("a")).PossibleDuplicates);
    }

    [Fact]
    public async Task A_mailbox_that_refuses_a_request_for_permits_stops_nobody()
    {
        HeldTenants held = null!;
        await using var engine = await EngineUnderTest.Start(e => e.BeforeTenants = t => held = new HeldTenants(t));
        await engine.Create("a");
        held.ThrownAtOnce = new ActorBusyException("a");
        await engine.SendMany("a", 3);
        await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(200), "a");
    }

    [Fact]
    public async Task What_is_aborted_at_the_end_of_a_drain_is_back_in_the_queue()
    {
        await using var engine = await EngineUnderTest.Start(e => e.MessageCacheBytes = 0);
        await engine.Create("a");
        engine.Spool.HoldsMessageRead = token => Task.Delay(Timeout.InfiniteTimeSpan, engine.Time, token);
        await engine.SendMany("a", 40);
        await engine.Until(() => engine.Spool.MessageReads == 40, "all messages are being read", Step);
        var drain = engine.Dispatcher.Drain();
        await engine.Until(() => drain.IsCompleted, "the drain has its end", TimeSpan.FromSeconds(1));
        await engine.Restart();
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(40, (await engine.Books("a")).Delivered);
        Assert.Equal(40, engine.Transport.DeliveredIds.Distinct().Count());
    }

    internal static async Task Pause(EngineUnderTest engine, string tenant, SendingStatus status) =>
        Assert.True((await engine.Tenants.Get(tenant).SetStatus(new SetStatus(StatusOrigin.CustomerManaged, status, "A test."), default)).Exists);

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
            if (Interlocked.CompareExchange(ref target, value, seen) == seen) return;
    }
}
