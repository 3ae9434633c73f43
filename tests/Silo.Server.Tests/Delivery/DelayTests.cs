using Silo.Core.Delivery;
using Silo.Core.Pacing;
using Silo.Core.QueueControl;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Egress;
using Silo.Server.Tests.Tenants;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Delivery;

/// <summary>What a sender is told of delays, and how often.</summary>
public sealed class DelayTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_delivery_that_waits_for_a_budget_for_an_hour_is_told_of_once_wherever_it_waits_and_over_restarts()
    {
        await using var engine = await EngineUnderTest.Start(e =>
        {
            (e.Account, e.Delivery.WindowPerLane) = (new BudgetLimits(PerDay: 5), 16);
        });
        await engine.Create("a");
        await engine.SendMany("a", 60, i => i % 2 == 0 ? "r@example.org" : "r@gmail.com");
        await engine.Until(() => engine.Transport.DeliveredIds.Count == 5, "the quota is used", TimeSpan.FromSeconds(1));
        await Past(engine, TimeSpan.FromMinutes(50));
        Assert.Empty(await Delays(engine));
        await UntilDelays(engine, 55);

        // What was used of the quota is forgotten, so a few more leave; what waits was told.
        await engine.Crash();
        await engine.Until(() => engine.Transport.DeliveredIds.Count == 10, "a few more have left", Minute);
        await Past(engine, TimeSpan.FromHours(3));
        await engine.UntilNothingIsOpen(TimeSpan.FromMinutes(20), "a");
        var delays = await Delays(engine);
        Assert.Equal(55, delays.Select(d => d.MessageId).Distinct().Count());
        Assert.Equal(55, delays.Count);
        Assert.All(delays, d => Assert.Equal(
            (TenantEventKind.Waited, DelayType.SendingDeferral, "account", null), (d.Kind, d.Delay, d.WaitsFor, d.ExpiresAt)));
        Assert.Equal(60, engine.Transport.Starts.Count);
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
    }

    [Fact]
    public async Task The_time_of_a_pause_and_of_an_order_that_holds_is_no_delay_and_does_not_count()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.TenantOptions.SendRate, e.TenantOptions.SendBurst) = (0.0001, 1));
        await engine.Create("a");
        await engine.SendMany("a", 5, _ => "r@stop.example");
        await DispatcherTests.Pause(engine, "a", SendingStatus.Disabled);
        await Past(engine, TimeSpan.FromHours(2));
        await DispatcherTests.Pause(engine, "a", SendingStatus.Enabled);
        await Past(engine, TimeSpan.FromMinutes(50));
        Assert.Empty(await Delays(engine));

        await engine.Tenants.Get("a").OrderQueue(QueueOrderTests.Order("o", QueueAction.Hold, engine), default);
        await engine.Until(
            async () => (await engine.Store.Spool.CountQueued(default)).Sum(c => c.SetAside) == 5, "it is held", TimeSpan.FromSeconds(1));
        await Past(engine, TimeSpan.FromHours(2));
        await engine.Tenants.Get("a").EndQueueOrder("o", default);
        await Past(engine, TimeSpan.FromMinutes(50));
        Assert.Empty(await Delays(engine));
        await UntilDelays(engine, 4);
        Assert.All(await Delays(engine), d => Assert.Equal("a", d.WaitsFor));
    }

    [Fact]
    public async Task Attempts_that_are_put_off_are_told_of_once_for_each_kind_of_delay()
    {
        await using var engine = await EngineUnderTest.Start();
        SmtpReply[] replies =
        [
            new(452, "4.2.2", "Mailbox full"), new(452, "4.2.2", "Mailbox full"), new(451, null, "Local error"),
            new(452, "4.2.2", "Mailbox full"),
        ];
        var attempts = 0;
        engine.Transport.Answer = _ => new(attempts < replies.Length
            ? ReplyRules.Shipped.Judge(DeliveryStage.Recipient, replies[attempts++])
            : ScriptedTransport.Delivered);
        await engine.Create("a");
        await engine.Send("a");
        await engine.UntilNothingIsOpen(Minute, "a");
        var events = await Events(engine);
        Assert.Equal(4, events.Count(e => e.Kind == TenantEventKind.Deferred));
        var delays = events.Where(e => e.Delay != DelayType.None).ToArray();
        Assert.Equal([DelayType.MailboxFull, DelayType.RecipientServerError], delays.Select(d => d.Delay));
        Assert.Equal(delays[0].SentAt + RetrySchedule.DefaultLifetime, delays[0].ExpiresAt);
        Assert.Equal("452 4.2.2 Mailbox full", delays[0].Diagnostic);
    }

    [Fact]
    public async Task A_way_out_that_fails_for_a_moment_is_nothing_to_tell_and_for_an_hour_is_told_of_once()
    {
        await using var engine = await EngineUnderTest.Start();
        var works = engine.Time.GetUtcNow() + Minute;
        engine.Transport.Before = _ => new(engine.Time.GetUtcNow() < works ? ScriptedTransport.NoConnection : null);
        await engine.Create("a");
        await engine.SendMany("a", 5);
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(5), "a");
        Assert.Contains(await Events(engine), e => e.Kind == TenantEventKind.Deferred);
        Assert.Empty(await Delays(engine));

        works = engine.Time.GetUtcNow() + TimeSpan.FromMinutes(90);
        await engine.SendMany("a", 5);
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(20), "a");
        var delays = await Delays(engine);
        Assert.Equal(5, delays.Count);
        Assert.Equal(5, delays.Select(d => d.MessageId).Distinct().Count());
        Assert.All(delays, d => Assert.Equal(DelayType.InternalFailure, d.Delay));
    }

    [Fact]
    public async Task Mail_that_the_way_out_has_no_room_for_again_and_again_is_told_of_after_an_hour()
    {
        await using var engine = await EngineUnderTest.Start();
        var opens = engine.Time.GetUtcNow() + TimeSpan.FromHours(2);
        engine.Transport.Before = _ => new(engine.Time.GetUtcNow() < opens
            ? DeliveryResult.NotStarted with { RestsUntil = engine.Time.GetUtcNow() + Minute, Diagnostic = "All connections are taken." }
            : null);
        await engine.Create("a");
        await engine.Send("a");
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(30), "a");
        var delay = Assert.Single(await Delays(engine));
        Assert.Equal((DelayType.SendingDeferral, "All connections are taken."), (delay.Delay, delay.WaitsFor));
        Assert.InRange(delay.At, opens - TimeSpan.FromMinutes(61), opens - TimeSpan.FromMinutes(50));
    }

    [Fact]
    public async Task Mail_keeps_its_order_while_it_is_stored_that_senders_were_told()
    {
        HeldTenants held = null!;
        await using var engine = await EngineUnderTest.Start(e =>
        {
            e.BeforeTenants = inner => held = new HeldTenants(inner);
            (e.Delivery.InFlight, e.Delivery.InFlightPerTenant) = (4, 1);
        });
        await engine.Create("a");
        await engine.Create("b");
        engine.Dispatcher.Follow(Plan(1, isPaused: true));
        await engine.SendMany("a", 10, pool: "news");
        await Past(engine, TimeSpan.FromMinutes(50));
        await engine.SendMany("a", 5, pool: "news");
        var (walks, told) = (0, new TaskCompletionSource());
        held.AroundSift = async sift =>
        {
            Interlocked.Increment(ref walks);
            await told.Task;
            return await sift();
        };
        await engine.Until(() => Volatile.Read(ref walks) > 0, "what is late is to be told", TimeSpan.FromSeconds(10));
        engine.Dispatcher.Follow(Plan(2, isPaused: false));
        for (var i = 0; i < 3; i++)
        {
            await engine.SendMany("b", 1, pool: "news");
            await engine.UntilNothingIsOpen(TimeSpan.FromMilliseconds(10), "b");
        }

        told.SetResult();
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(1), "a");
        Assert.Equal(10, (await Delays(engine)).Count);
        var starts = engine.Transport.Starts.Select(s => s.MessageId).Where(id => id.StartsWith("a-", StringComparison.Ordinal)).ToArray();
        Assert.Equal(15, starts.Length);
        Assert.True(starts.Take(10).All(id => string.CompareOrdinal(id, "a-000010") <= 0), string.Join(' ', starts));
    }

    [Fact]
    public async Task A_tenant_that_goes_while_its_queue_is_walked_through_leaves_the_others_their_walks()
    {
        await using var engine = await EngineUnderTest.Start(e =>
            (e.Account, e.Delivery.WindowPerLane) = (new BudgetLimits(PerDay: 13), 16));
        await engine.Create("gone");
        var gone = await engine.KeyOf("gone");
        var refills = 0;
        var walked = false;
        engine.Spool.BeforeQueueReadOf = async (tenant, limit) =>
        {
            if (tenant != gone) return;
            walked |= limit == QueueSift.PageSize;
            // What the first refill brought was not enough, and the next one is never answered.
            if (limit == 16 && engine.Transport.Starts.Count >= 12 && Interlocked.Increment(ref refills) > 0)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
        };
        await engine.SendMany("gone", 60);
        await engine.Until(() => refills > 0, "its window is read", Minute);
        await engine.Until(() => walked, "its queue is walked through", Minute);
        await Past(engine, TimeSpan.FromMinutes(15));
        engine.Dispatcher.Forget(gone);
        await engine.Create("a");
        await engine.SendMany("a", 20);
        await UntilDelays(engine, 5);
    }

    private static EgressPlan Plan(long version, bool isPaused)
    {
        PoolPause[]? pauses = isPaused ? [new PoolPause(null, "test", DateTimeOffset.UnixEpoch)] : null;
        return new EgressPlan(version, [new SendingPool { Name = "news", CreatedAt = DateTimeOffset.UnixEpoch, Pauses = pauses }], []);
    }

    /// <summary>Lets so much time pass, with the loop at work all along.</summary>
    private static Task Past(EngineUnderTest engine, TimeSpan span)
    {
        var until = engine.Time.GetUtcNow() + span;
        return engine.Until(() => engine.Time.GetUtcNow() >= until, "the time has passed", Minute);
    }

    private static Task UntilDelays(EngineUnderTest engine, int count) =>
        engine.Until(async () => (await Delays(engine)).Count >= count, $"{count} delays are told", Minute);

    private static async Task<List<TenantEvent>> Delays(EngineUnderTest engine) =>
        [.. (await Events(engine)).Where(e => e.Delay != DelayType.None)];

    private static async Task<List<TenantEvent>> Events(EngineUnderTest engine)
    {
        var tenant = (await engine.Tenants.Get("a").Describe(default))!;
        return (await engine.Replay(await engine.KeyOf("a"), tenant.CreatedAt)).Events;
    }
}
