using System.Collections.Concurrent;
using Silo.Core.Delivery;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Core.WarmUp;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Tenants;

/// <summary>A tenant's warm-up through the whole engine: no hour sees more start than its slice, whatever happens in it.</summary>
public sealed class TenantWarmUpTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly ConcurrentQueue<(string Recipient, DateTimeOffset At, int Attempt)> _starts = new();

    [Fact]
    public async Task Each_hour_sees_exactly_its_slice_however_many_hand_overs_are_wanted_at_once()
    {
        await using var engine = await Start();
        var random = new Random(5);
        engine.Transport.Before = async _ =>
        {
            int yields;
            lock (random) yields = random.Next(5);
            for (var i = 0; i < yields; i++) await Task.Yield();
            return null;
        };
        await SetWarmUp(engine, [250]);
        await engine.SendMany("a", 80, i => i % 2 == 0 ? "r@example.org" : "r@gmail.com");
        await engine.SendMany("a", 40, stream: Core.Pacing.MailStream.Urgent);
        var expected = 0L;
        for (var hour = 0; hour < 5; hour++)
        {
            expected += WarmUpSchedule.Slice(250, hour);
            await UntilStarted(engine, expected);
            engine.Time.Advance(Hour);
        }

        Assert.All(_starts, s => Assert.Equal(1, s.Attempt));
    }

    [Fact]
    public async Task A_cap_towards_one_provider_holds_mail_for_that_one_only_and_explains_it()
    {
        await using var engine = await Start();
        await SetWarmUp(engine, [2_400], gmail: [24]);
        await engine.SendMany("a", 10, _ => "r@gmail.com");
        await engine.SendMany("a", 60, i => i % 2 == 0 ? "r@example.org" : "r@yahoo.com");
        await UntilStarted(engine, 61);
        Assert.Single(_starts, s => s.Recipient == "r@gmail.com");

        var explained = (await engine.Tenants.Get("a").Explain("a-000002", engine.Time.GetUtcNow().AddMinutes(-1), default))!;
        var delivery = Assert.Single(explained.Deliveries);
        Assert.Equal((DeliveryPlace.InLine, "warm-up × Gmail", 1), (delivery.Place, delivery.WaitsFor, delivery.Position));
        Assert.Equal((await WarmUp(engine)).StartedAt + Hour, delivery.EarliestAt);
        Assert.Equal([(null, 61L, 100L), ("Gmail", 1L, 1L)], explained.Tenant.WarmUp.Select(w => (w.Provider, w.SentThisHour, w.HourlyCap!.Value)));
        engine.Time.Advance(Hour);
        await UntilStarted(engine, 62);
    }

    [Fact]
    public async Task Mail_above_the_hours_slice_waits_for_the_warm_up()
    {
        await using var engine = await Start();
        await SetWarmUp(engine, [24]);
        await engine.SendMany("a", 5);
        await UntilStarted(engine, 1);
        var delivery = Assert.Single((await engine.Tenants.Get("a").Explain("a-000005", engine.Time.GetUtcNow().AddMinutes(-1), default))!.Deliveries);
        Assert.Equal(("warm-up", (await WarmUp(engine)).StartedAt + Hour), (delivery.WaitsFor, delivery.EarliestAt));
    }

    [Fact]
    public async Task A_permit_of_one_hour_does_not_start_in_the_next_and_burns_no_attempt()
    {
        await using var engine = await Start();
        var connected = new TaskCompletionSource();
        engine.Transport.Before = async _ =>
        {
            await connected.Task;
            return null;
        };
        await SetWarmUp(engine, [96]);
        await engine.SendMany("a", 20);
        await engine.Until(() => engine.Transport.UnderWay == 4, "the slice is on its way");
        engine.Time.Advance(Hour);
        connected.SetResult();
        await UntilStarted(engine, 4);

        Assert.True(engine.Transport.NotStarted >= 4);
        var second = (await WarmUp(engine)).StartedAt + Hour;
        Assert.All(_starts, s => Assert.True(s.At >= second && s.Attempt == 1));
    }

    [Fact]
    public async Task A_permit_with_which_nothing_started_serves_other_mail_in_the_same_hour()
    {
        await using var engine = await Start();
        var failed = 0;
        engine.Transport.Before = _ => new(Interlocked.Increment(ref failed) <= 3 ? DeliveryResult.NotStarted : null);
        await SetWarmUp(engine, [96], gmail: [48]);
        await engine.SendMany("a", 20, _ => "r@gmail.com");
        await UntilStarted(engine, 2);
        await engine.SendMany("a", 20);
        await UntilStarted(engine, 4);
    }

    [Fact]
    public async Task After_a_restart_in_the_middle_of_an_hour_only_the_rest_of_its_slice_leaves()
    {
        await using var engine = await Start();
        await SetWarmUp(engine, [240], gmail: [120]);
        await engine.SendMany("a", 3, _ => "r@gmail.com");
        await UntilStarted(engine, 3);
        await engine.Restart();
        engine.Time.Advance(TimeSpan.FromSeconds(5));
        await engine.SendMany("a", 20, _ => "r@gmail.com");
        await UntilStarted(engine, 5);
        await engine.SendMany("a", 20);
        await UntilStarted(engine, 10);
    }

    [Fact]
    public async Task After_a_crash_what_was_in_hand_counts_as_sent()
    {
        await using var engine = await Start();
        var hang = new TaskCompletionSource<DeliveryResult>();
        var answered = 0;
        Answer(engine, () => Interlocked.Increment(ref answered) <= 6 ? new(ScriptedTransport.Delivered) : new(hang.Task));
        await SetWarmUp(engine, [240]);
        await engine.SendMany("a", 40);
        await engine.Until(() => _starts.Count == 10 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight - 4, "four are in hand");
        Answer(engine, () => new(ScriptedTransport.Delivered));
        await engine.Crash();
        hang.SetResult(ScriptedTransport.Delivered);
        engine.Time.Advance(TimeSpan.FromSeconds(5));
        await engine.Send("a");
        await UntilStarted(engine, 10);
        Assert.Equal(4, (await engine.Books("a")).PossibleDuplicates);
        engine.Time.Advance(Hour);
        await UntilStarted(engine, 20);
    }

    [Fact]
    public async Task When_an_outcome_cannot_be_stored_the_hour_still_sees_its_slice_and_no_more()
    {
        await using var engine = await Start();
        var hang = new TaskCompletionSource<DeliveryResult>();
        var answered = 0;
        Answer(engine, () => Interlocked.Increment(ref answered) <= 3 ? new(ScriptedTransport.Delivered) : new(hang.Task));
        await SetWarmUp(engine, [240]);
        var failures = 0;
        engine.Spool.FailsWrite = w => w.Settlements.Count > 0 && Interlocked.Increment(ref failures) == 1;
        await engine.SendMany("a", 5);
        await engine.Until(() => failures > 0, "an outcome was not stored");
        for (var i = 0; i < 30; i++)
        {
            await engine.Until(async () =>
            {
                try
                {
                    await engine.Send("a");
                    return true;
                }
                catch (Silo.Storage.StorageException)
                {
                    return false;
                }
            }, "the tenant is loaded anew");
            engine.Time.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.InRange(_starts.Count, 5, 10);
        hang.SetResult(ScriptedTransport.Delivered);
        Answer(engine, () => new(ScriptedTransport.Delivered));
        await UntilStarted(engine, 10, TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Other_caps_with_the_same_start_hold_at_once_and_what_left_in_the_hour_stays_counted()
    {
        await using var engine = await Start();
        await SetWarmUp(engine, [24]);
        await engine.SendMany("a", 30);
        await UntilStarted(engine, 1);
        await SetWarmUp(engine, [240], startedAt: (await WarmUp(engine)).StartedAt);
        await UntilStarted(engine, 10);
        await SetWarmUp(engine, [120], startedAt: (await WarmUp(engine)).StartedAt);
        await UntilStarted(engine, 10);
        Assert.Equal((10L, 5L), ((await Total(engine)).SentThisHour, (await Total(engine)).HourlyCap!.Value));
        Assert.True(await engine.Tenants.Get("a").SetWarmUp(null, default));
        await UntilStarted(engine, 30);
        Assert.Empty((await engine.Tenants.Get("a").Describe(default))!.WarmUpUse);
        Assert.False(await engine.Tenants.Get("a").SetWarmUp(null, default));
    }

    [Fact]
    public async Task Permits_from_before_the_warm_up_was_set_are_void()
    {
        await using var engine = await Start();
        var connected = new TaskCompletionSource();
        engine.Transport.Before = async _ =>
        {
            await connected.Task;
            return null;
        };
        await engine.SendMany("a", 20);
        await engine.Until(() => engine.Transport.UnderWay == 20, "all are on their way");
        await SetWarmUp(engine, [48]);
        connected.SetResult();
        await UntilStarted(engine, 2);
        Assert.True(engine.Transport.NotStarted >= 20);
        Assert.All(_starts, s => Assert.Equal(1, s.Attempt));
    }

    [Fact]
    public async Task A_resume_drains_what_waited_at_the_warm_ups_pace()
    {
        await using var engine = await Start();
        await SetWarmUp(engine, [48]);
        await DispatcherTests.Pause(engine, "a", SendingStatus.Disabled);
        var id = await engine.KeyOf("a");
        Assert.False(engine.Gates.Of(id).IsOpen);
        await DispatcherTests.Pause(engine, "a", SendingStatus.Enabled);
        await engine.SendMany("a", 1);
        await UntilStarted(engine, 1);
        await engine.SendMany("a", 20);
        await UntilStarted(engine, 2);
        await DispatcherTests.Pause(engine, "a", SendingStatus.Disabled);
        engine.Time.Advance(3 * Hour);
        await DispatcherTests.Pause(engine, "a", SendingStatus.Enabled);
        await UntilStarted(engine, 4);
        engine.Time.Advance(Hour);
        await UntilStarted(engine, 6);
    }

    [Theory]
    [InlineData(DeliveryResultKind.Delivered, DeferralScope.None, 96L)]
    [InlineData(DeliveryResultKind.Blocked, DeferralScope.None, 24L)]
    [InlineData(DeliveryResultKind.Deferred, DeferralScope.SlowDown, 24L)]
    [InlineData(DeliveryResultKind.Deferred, DeferralScope.Recipient, 48L)]
    public async Task An_adaptive_day_counts_when_it_was_used_and_went_well(DeliveryResultKind kind, DeferralScope scope, long thirdDay)
    {
        await using var engine = await Start();
        await SetWarmUp(engine, [24, 48, 96, 192], mode: WarmUpMode.Adaptive);
        await engine.SendMany("a", 60);
        for (var hour = 1; hour <= 24; hour++)
        {
            await UntilStarted(engine, hour);
            engine.Time.Advance(Hour);
        }

        Assert.Equal(48, (await Total(engine)).DailyCap);
        Answer(engine, () => new(new DeliveryResult { Kind = kind, Stage = DeliveryStage.Recipient, DeferralScope = scope }));
        for (var hour = 1; hour <= 15; hour++)
        {
            // The route goes slower when it is asked to.
            await UntilStarted(engine, 24 + (2 * hour), TimeSpan.FromSeconds(1));
            engine.Time.Advance(Hour);
        }

        engine.Time.Advance(9 * Hour);
        Assert.Equal(thirdDay, (await Total(engine)).DailyCap);
    }

    [Fact]
    public async Task A_replay_of_the_events_gives_the_warm_up_that_was_stored()
    {
        await using var engine = await Start(out var created);
        await SetWarmUp(engine, [240, 480], gmail: [48], mode: WarmUpMode.Adaptive);
        await engine.SendMany("a", 30, i => i % 3 == 0 ? "r@gmail.com" : "r@example.org");
        await engine.Until(() => _starts.Count == 10, "the slice has left");
        await engine.Crash();
        engine.Time.Advance(Hour);
        await engine.Until(() => _starts.Count == 20, "the next one has left");
        engine.Time.Advance(25 * Hour);
        await engine.Until(() => _starts.Count >= 28, "the next day began", TimeSpan.FromMinutes(1));
        await engine.Restart();

        var (ledger, _) = await engine.Replay(await engine.KeyOf("a"), (await created).CreatedAt);
        var stored = (await engine.Store.Tenants.Load("a", default))!;
        var live = TenantLedger.Read(stored.Snapshot.AppliedSequence, stored.Snapshot.State.Span, stored.Snapshot.Counters.Span);
        foreach (var e in stored.Tail) live.Apply(TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span));
        Assert.Equal(live.Sequence, ledger.Sequence);
        Assert.Equal(Convert.ToHexString(live.WriteState()), Convert.ToHexString(ledger.WriteState()));
        Assert.NotEqual(default, ledger.WarmUp.MeterFor("Gmail", default)!.State);
    }

    [Fact]
    public async Task A_tenant_that_does_not_exist_gets_no_warm_up()
    {
        await using var engine = await EngineUnderTest.Start();
        Assert.False(await engine.Tenants.Get("nobody").SetWarmUp(new TenantWarmUp { StartedAt = engine.Time.GetUtcNow() }, default));
    }

    private async Task<EngineUnderTest> Start()
    {
        var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        Answer(engine, () => new(ScriptedTransport.Delivered));
        return engine;
    }

    private Task<EngineUnderTest> Start(out Task<TenantDescription> created)
    {
        var creation = new TaskCompletionSource<TenantDescription>();
        created = creation.Task;
        return Begin();

        async Task<EngineUnderTest> Begin()
        {
            var engine = await Start();
            creation.SetResult((await engine.Tenants.Get("a").Describe(default))!);
            return engine;
        }
    }

    private void Answer(EngineUnderTest engine, Func<ValueTask<DeliveryResult>> answer) => engine.Transport.Answer = h =>
    {
        // As the gate saw it: the test's clock may be further by now.
        _starts.Enqueue((h.Recipient, h.StartedAt!.Value, h.Attempt));
        return answer();
    };

    private static async Task SetWarmUp(
        EngineUnderTest engine, long[] caps, long[]? gmail = null, WarmUpMode mode = WarmUpMode.Time, DateTimeOffset? startedAt = null)
    {
        var warmUp = new TenantWarmUp
        {
            StartedAt = startedAt ?? engine.Time.GetUtcNow(), Mode = mode, DailyCaps = caps,
            ProviderCaps = gmail is null ? null : [new ProviderCaps("Gmail", gmail)],
        };
        Assert.True(await engine.Tenants.Get("a").SetWarmUp(warmUp, default));
    }

    private static async Task<TenantWarmUp> WarmUp(EngineUnderTest engine) => (await engine.Tenants.Get("a").Describe(default))!.WarmUp!;

    private static async Task<WarmUpReport> Total(EngineUnderTest engine) => (await engine.Tenants.Get("a").Describe(default))!.WarmUpUse[0];

    /// <summary>Waits until so many have started and are settled, and then for whatever would start too much.</summary>
    private async Task UntilStarted(EngineUnderTest engine, long count, TimeSpan step = default)
    {
        await engine.Until(
            () => _starts.Count >= count && engine.Transport.UnderWay == 0 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight,
            $"{count} have left (of {_starts.Count})", step);
        // A call that goes through dispatcher and tenant: what was on its way before it has arrived.
        for (var i = 0; i < 3; i++) await engine.Tenants.Get("a").Budgets(default);
        Assert.Equal(count, _starts.Count);
    }
}
