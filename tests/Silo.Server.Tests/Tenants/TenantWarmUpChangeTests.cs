using Silo.Core.Delivery;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Core.WarmUp;
using Silo.Server.Tests.Delivery;
using Xunit;

namespace Silo.Server.Tests.Tenants;

/// <summary>How a tenant's warm-up changes: by hand, by its days, and over restarts.</summary>
public sealed class TenantWarmUpChangeTests : TenantsInWarmUp
{
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
        Assert.All(Starts, s => Assert.Equal(1, s.Attempt));
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
        await using var engine = await Start();
        var createdAt = (await engine.Tenants.Get("a").Describe(default))!.CreatedAt;
        await SetWarmUp(engine, [240, 480], gmail: [48], mode: WarmUpMode.Adaptive);
        await engine.SendMany("a", 30, i => i % 3 == 0 ? "r@gmail.com" : "r@example.org");
        await engine.Until(() => Starts.Count == 10, "the slice has left");
        await engine.Crash();
        engine.Time.Advance(Hour);
        await engine.Until(() => Starts.Count == 20, "the next one has left");
        engine.Time.Advance(25 * Hour);
        await engine.Until(() => Starts.Count >= 28, "the next day began", TimeSpan.FromMinutes(1));
        await engine.Restart();

        var (ledger, _) = await engine.Replay(await engine.KeyOf("a"), createdAt);
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
}
