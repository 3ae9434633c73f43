using System.Collections.Concurrent;
using Silo.Core.Delivery;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Tenants;

/// <summary>G2: after an acknowledged pause no message of the tenant begins to leave.</summary>
public sealed class PauseTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Once_a_pause_is_acknowledged_nothing_begins_and_a_resume_sends_what_was_parked()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            await using var engine = await EngineUnderTest.Start(e => (e.Delivery.InFlight, e.Delivery.InFlightPerTenant, e.Delivery.Quantum) = (64, 64, 8));
            await engine.Create("a");
            await engine.Create("other");
            var transport = new StagedTransport(seed, engine.Time);
            engine.Transport.Before = transport.Deliver;
            await engine.SendMany("a", 150);
            await engine.SendMany("other", 30);
            var pauseAfter = new Random(seed).Next(0, 120);
            await engine.Until(() => transport.Begun >= pauseAfter, "the mailing is on its way", Step);

            var pausing = DispatcherTests.Pause(engine, "a", SendingStatus.Disabled);
            // The grace of hand-overs that do not come to their MAIL goes by on this clock.
            await engine.Until(() => pausing.IsCompleted, "the pause is acknowledged", Step);
            await pausing;
            transport.Acknowledged = true;
            Assert.True(transport.BetweenGateAndMail.IsEmpty, $"seed {seed}: {transport.BetweenGateAndMail.Count} stood between gate and MAIL");
            var atPause = transport.Begun;
            await engine.Until(async () => (await engine.Books("other")).Open == 0 && engine.Dispatcher.FreeSlots == 64, "the rest has settled", Step);
            Assert.True(transport.Violations == 0, $"seed {seed}: {transport.Violations} began after the pause");
            Assert.Equal(atPause, transport.Begun);
            var books = await engine.Books("a");
            Assert.True(books.Bounced + books.Expired + books.Cancelled == 0, $"seed {seed}: {books}");
            Assert.True(books.Open == await engine.Queued("a"), $"seed {seed}: {books.Open} open, {await engine.Queued("a")} queued");

            transport.Acknowledged = false;
            await DispatcherTests.Pause(engine, "a", SendingStatus.Enabled);
            await engine.UntilNothingIsOpen(Step, "a");
            Assert.True((await engine.Books("a")).Delivered == 150, $"seed {seed}: {await engine.Books("a")}");
        }
    }

    [Fact]
    public async Task A_pause_waits_for_no_dialogue_that_has_begun_and_says_how_many_there_are()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = _ => new(hang.Task);
        await engine.SendMany("a", 7);
        await engine.Until(() => engine.Transport.Starts.Count == 7, "seven dialogues are under way", Step);
        var reply = await engine.Tenants.Get("a").SetStatus(new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Disabled, "x"), default);
        Assert.Equal(new StandingReply(true, SendingStatus.Disabled, 7), reply);
        hang.SetResult(ScriptedTransport.Delivered);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(7, (await engine.Books("a")).Delivered);
    }

    [Fact]
    public async Task A_look_that_pauses_closes_the_gate_before_the_decision_is_on_its_way_to_disk()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var report = new ExternalReport { Source = "s", Kind = ExternalReportKind.Abuse, Count = 2 };
        await engine.Tenants.Get("a").TakeReport(report, default);
        engine.Time.Advance(TimeSpan.FromDays(3));
        await engine.Tenants.Get("a").TakeReport(report with { Count = 4 }, default);
        // Less is a violation from now on, and nobody looks before the first reports are a week old.
        engine.Thresholds = new ReputationThresholds { HighReports = 4 };
        await engine.Restart();
        Assert.True((await engine.Tenants.Get("a").Describe(default))!.Standing.MaySend);
        var gate = engine.Gates.Of(await engine.KeyOf("a"));
        Assert.True(gate.IsOpen);
        var openAtDecision = new ConcurrentQueue<bool>();
        engine.Spool.Sees = w =>
        {
            if (w.Snapshot?.SendingStatus == "DISABLED") openAtDecision.Enqueue(gate.IsOpen);
        };
        engine.Time.Advance(TimeSpan.FromDays(4) + TimeSpan.FromMinutes(1));
        await engine.Tenants.Get("a").Review(default);
        Assert.Equal([false], openAtDecision.Distinct());
        Assert.False(gate.IsOpen);
    }

    [Fact]
    public async Task Bounces_pause_the_tenant_with_its_gate_closed_before_the_decision_is_on_its_way_to_disk()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("bad");
        await engine.Create("good");
        var gate = engine.Gates.Of(await engine.KeyOf("bad"));
        var openAtDecision = new ConcurrentQueue<bool>();
        engine.Spool.Sees = w =>
        {
            if (w.Snapshot?.SendingStatus == "DISABLED") openAtDecision.Enqueue(gate.IsOpen);
        };
        // No outcome comes before the whole list was accepted: a pause in the middle would refuse the rest of it.
        var listed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Transport.Answer = async h =>
        {
            await listed.Task;
            return h.Envelope.TenantName == "bad" ? ScriptedTransport.HardBounce : ScriptedTransport.Delivered;
        };
        await engine.SendMany("bad", 1_000);
        await engine.SendMany("good", 300);
        listed.SetResult();
        await engine.UntilNothingIsOpen(Step, "good");
        await engine.Until(
            async () => (await engine.Tenants.Get("bad").Describe(default))!.Standing.Aggregate == SendingStatus.Disabled
                && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "the tenant is paused", Step);

        Assert.Equal([false], openAtDecision.Distinct());
        Assert.Equal(300, (await engine.Books("good")).Delivered);
        var described = (await engine.Tenants.Get("bad").Describe(default))!;
        Assert.Equal(FindingType.Bounce, Assert.Single(described.Standing.OpenFindings).Type);
        // The blast radius: what was out when the finding came, not the whole list. The rest waits.
        Assert.InRange(described.Books.Bounced, 200, 400);
        Assert.Equal(1_000 - described.Books.Bounced, described.Books.Open);
        Assert.Equal(described.Books.Open, await engine.Queued("bad"));
        var starts = engine.Transport.Starts.Count(s => s.Tenant == "bad");
        engine.Time.Advance(TimeSpan.FromMinutes(1));
        await engine.Send("good");
        await engine.UntilNothingIsOpen(Step, "good");
        Assert.Equal(starts, engine.Transport.Starts.Count(s => s.Tenant == "bad"));

        // G5: the log gives the same state, and its facts alone the same decisions.
        var live = await engine.Store.Tenants.Load("bad", default);
        var (replayed, events) = await engine.Replay(live!.TenantKey, described.CreatedAt);
        Assert.Equal(SendingStatus.Disabled, replayed.Standing.Aggregate);
        var again = TenantLedger.New(described.CreatedAt, null);
        foreach (var e in events)
        {
            if (e.Kind is TenantEventKind.HardBounced) TenantJudge.Follow(again, [e], new ReputationThresholds());
            else if (e.Kind is TenantEventKind.Created or TenantEventKind.Accepted) again.Append(e);
        }

        Assert.Equal(replayed.WriteState(), again.WriteState());
        Assert.Equal(replayed.WriteCounters(), again.WriteCounters());
    }

    [Fact]
    public async Task A_pause_holds_over_a_restart_and_over_a_crash()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        engine.Transport.Before = _ => new((DeliveryResult?)DeliveryResult.NotStarted);
        await engine.SendMany("a", 20);
        await DispatcherTests.Pause(engine, "a", SendingStatus.Disabled);
        await engine.Until(() => engine.Transport.UnderWay == 0 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "it stands still", Step);
        engine.Transport.Before = null;
        await engine.Restart();
        await engine.Create("other1");
        await engine.Send("other1");
        await engine.UntilNothingIsOpen(Step, "other1");
        await engine.Crash();
        await engine.Create("other2");
        await engine.Send("other2");
        await engine.UntilNothingIsOpen(Step, "other2");
        Assert.DoesNotContain(engine.Transport.Starts, s => s.Tenant == "a");
        Assert.Equal(20, (await engine.Books("a")).Open);

        await DispatcherTests.Pause(engine, "a", SendingStatus.Enabled);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(20, (await engine.Books("a")).Delivered);
    }

    [Fact]
    public async Task A_pause_reaches_hand_overs_of_an_actor_that_left_memory_in_between()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var connection = new TaskCompletionSource();
        var stands = new TaskCompletionSource();
        var begun = 0;
        engine.Transport.Before = async h =>
        {
            if (!h.TryBegin()) return DeliveryResult.NotStarted;
            using var aborted = h.Aborted.Register(() => connection.TrySetResult());
            stands.TrySetResult();
            await connection.Task;
            if (h.Aborted.IsCancellationRequested) return DeliveryResult.NotStarted;
            Interlocked.Increment(ref begun);
            h.Begun();
            return ScriptedTransport.Delivered;
        };
        await engine.Send("a");
        await engine.Until(() => stands.Task.IsCompleted, "it stands between gate and MAIL", Step);
        // The activation is dropped, and the next one knows nothing of what is in hand and is collected when idle.
        engine.Actors.Discard("a");
        await engine.Tenants.Get("a").Describe(default);
        engine.Time.Advance(TimeSpan.FromMinutes(3));
        await engine.Actors.CollectIdle(default);

        var pausing = DispatcherTests.Pause(engine, "a", SendingStatus.Disabled);
        await engine.Until(() => pausing.IsCompleted, "the pause is acknowledged", Step);
        Assert.True(connection.Task.IsCompleted, "A hand-over stood between gate and MAIL after the pause.");
        Assert.Equal(0, begun);
    }

    /// <summary>Dialogues in all stages: some wait for a connection, some hang between gate and MAIL until they are aborted.</summary>
    private sealed class StagedTransport(int seed, TimeProvider time)
    {
        private readonly Random _random = new(seed);
        private int _begun;
        private int _violations;

        public ConcurrentDictionary<HandOver, bool> BetweenGateAndMail { get; } = new();

        public volatile bool Acknowledged;

        public int Begun => Volatile.Read(ref _begun);

        public int Violations => Volatile.Read(ref _violations);

        public async ValueTask<DeliveryResult?> Deliver(HandOver handOver)
        {
            if (handOver.Envelope.TenantName != "a") return null;
            var (connecting, mail, dialogue, hangs) = Draw();
            for (var i = 0; i < connecting; i++) await Task.Yield();
            var acknowledged = Acknowledged;
            if (!handOver.TryBegin()) return DeliveryResult.NotStarted;
            BetweenGateAndMail[handOver] = true;
            if (acknowledged) Interlocked.Increment(ref _violations);
            for (var i = 0; i < mail; i++) await Task.Yield();
            if (hangs && !Acknowledged)
            {
                var aborted = new TaskCompletionSource();
                using var registration = handOver.Aborted.Register(() => aborted.TrySetResult());
                // Now and then a slow peer answers after all.
                await Task.WhenAny(aborted.Task, Task.Delay(TimeSpan.FromMilliseconds(300), time));
            }

            BetweenGateAndMail.TryRemove(handOver, out _);
            if (handOver.Aborted.IsCancellationRequested) return DeliveryResult.NotStarted;
            Interlocked.Increment(ref _begun);
            handOver.Begun();
            for (var i = 0; i < dialogue; i++) await Task.Yield();
            return ScriptedTransport.Delivered;
        }

        private (int Connecting, int Mail, int Dialogue, bool Hangs) Draw()
        {
            lock (_random) return (_random.Next(20), _random.Next(20), _random.Next(20), _random.Next(25) == 0);
        }
    }
}
