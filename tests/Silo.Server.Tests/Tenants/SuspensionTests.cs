using Silo.Core.Delivery;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Tenants;

/// <summary>What the way out says about a tenant, or about its own budget.</summary>
public sealed class SuspensionTests
{
    private const string Cause = "SES: Sending disabled for arn:aws:ses:us-east-1:1:tenant/a/tn-1.";
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private static readonly DeliveryResult Suspended =
        DeliveryResult.NotStarted with { Stage = DeliveryStage.Mail, SendingSuspended = Cause };

    [Fact]
    public async Task A_tenant_that_may_not_send_there_is_paused_by_the_platform_and_its_mail_keeps_its_place()
    {
        await using var engine = await EngineUnderTest.Start();
        var created = await engine.Create("a");
        await engine.Create("b");
        engine.Transport.Answer = h => ValueTask.FromResult(h.Envelope.TenantName == "a" ? Suspended : ScriptedTransport.Delivered);
        await engine.SendMany("a", 5);
        await engine.Until(async () => (await Standing(engine, "a")).Aggregate == SendingStatus.Disabled, "the tenant is paused", Step);
        await engine.SendMany("b", 5);
        await engine.UntilNothingIsOpen(Step, "b");
        await engine.Until(() => engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "nothing is in hand", Step);

        var standing = await Standing(engine, "a");
        Assert.Equal((SendingStatus.Enabled, SendingStatus.Disabled, Cause), (standing.Customer.Status, standing.Platform.Status, standing.Platform.Cause));
        Assert.Equal((5, 5), ((await engine.Books("a")).Open, await engine.Queued("a")));
        var (ledger, events) = await engine.Replay(await engine.KeyOf("a"), created.CreatedAt);
        Assert.Equal(standing.Platform, ledger.Standing.Platform);
        var change = Assert.Single(events, e => e.Kind == TenantEventKind.StatusChanged);
        Assert.Equal((StatusOrigin.PlatformManaged, Cause), (change.Origin!.Value, change.Cause));
        Assert.DoesNotContain(events, e => e.Kind is TenantEventKind.Deferred or TenantEventKind.HardBounced or TenantEventKind.SoftBounced);

        // The owner cannot lift it, the operator can.
        engine.Transport.Answer = _ => ValueTask.FromResult(ScriptedTransport.Delivered);
        var owner = await engine.Tenants.Get("a").SetStatus(new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Reinstated, "please"), default);
        Assert.Equal(SendingStatus.Disabled, owner.Aggregate);
        await engine.Tenants.Get("a").SetStatus(new SetStatus(StatusOrigin.PlatformManaged, SendingStatus.Enabled, "settled"), default);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
        Assert.Equal(5, (await engine.Books("a")).Delivered);
    }

    [Fact]
    public async Task A_hand_over_that_began_before_the_operator_decided_tells_of_the_time_before()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var late = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = h => h.Recipient == "late@example.org" ? new ValueTask<DeliveryResult>(late.Task) : ValueTask.FromResult(Suspended);
        await engine.Send("a", "late@example.org");
        await engine.Until(() => engine.Transport.Starts.Count == 1, "it has begun", Step);
        await engine.Send("a", "first@example.org");
        await engine.Until(async () => (await Standing(engine, "a")).Aggregate == SendingStatus.Disabled, "the tenant is paused", Step);
        engine.Time.Advance(Step);
        engine.Transport.Answer = _ => ValueTask.FromResult(ScriptedTransport.Delivered);
        await engine.Tenants.Get("a").SetStatus(new SetStatus(StatusOrigin.PlatformManaged, SendingStatus.Enabled, "settled"), default);
        late.SetResult(Suspended);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(SendingStatus.Enabled, (await Standing(engine, "a")).Aggregate);
        Assert.Equal(2, (await engine.Books("a")).Delivered);
    }

    [Fact]
    public async Task While_the_way_out_rests_as_a_whole_nobody_is_handed_over_and_neither_attempt_nor_lifetime_is_burned()
    {
        await using var engine = await EngineUnderTest.Start(e => e.TenantOptions.MessageLifetime = TimeSpan.FromHours(1));
        var asked = 0;
        var ends = engine.Time.GetUtcNow().AddHours(3);
        engine.Transport.Before = _ =>
        {
            Interlocked.Increment(ref asked);
            var now = engine.Time.GetUtcNow();
            if (now >= ends) return ValueTask.FromResult<DeliveryResult?>(null);
            var until = now.AddMinutes(10) < ends ? now.AddMinutes(10) : ends;
            return ValueTask.FromResult<DeliveryResult?>(new DeliveryResult
            {
                Kind = DeliveryResultKind.RouteFailed, DeferralScope = DeferralScope.SlowDown, RestsUntil = until, RestsAll = true,
            });
        };
        var created = await engine.Create("a");
        await engine.Create("b");
        await engine.Send("a");
        await engine.Until(() => Volatile.Read(ref asked) == 1, "the first was asked", Step);
        await engine.Until(() => engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "it is told", Step);
        await engine.SendMany("b", 50);
        await engine.SendMany("a", 50);
        engine.Time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(1, Volatile.Read(ref asked));
        await engine.UntilNothingIsOpen(TimeSpan.FromMinutes(1), "a", "b");
        Assert.All(engine.Transport.Starts, s => Assert.Equal((1, true), (s.Attempt, s.At >= ends)));
        Assert.Equal((51, 50), ((await engine.Books("a")).Delivered, (await engine.Books("b")).Delivered));
        var (_, events) = await engine.Replay(await engine.KeyOf("a"), created.CreatedAt);
        Assert.DoesNotContain(events, e => e.Kind == TenantEventKind.Deferred);
    }

    [Fact]
    public async Task One_that_was_throttled_rests_alone_and_its_lifetime_has_not_begun()
    {
        await using var engine = await EngineUnderTest.Start(e => e.TenantOptions.MessageLifetime = TimeSpan.FromHours(1));
        var ends = engine.Time.GetUtcNow().AddHours(3);
        engine.Transport.Answer = h => ValueTask.FromResult(
            h.Recipient != "slow@example.org" || engine.Time.GetUtcNow() >= ends ? ScriptedTransport.Delivered : new DeliveryResult
            {
                Kind = DeliveryResultKind.RouteFailed, Stage = DeliveryStage.Mail, DeferralScope = DeferralScope.SlowDown,
                RestsUntil = engine.Time.GetUtcNow().AddMinutes(10), Diagnostic = "Maximum sending rate exceeded",
            });
        await engine.Create("a");
        await engine.Send("a", "slow@example.org");
        await engine.Send("a", "fast@example.org");
        await engine.Until(async () => (await engine.Books("a")).Delivered == 1, "the other leaves", Step);
        await engine.UntilNothingIsOpen(TimeSpan.FromMinutes(1), "a");
        Assert.Equal(2, (await engine.Books("a")).Delivered);
        Assert.All(engine.Transport.Starts, s => Assert.Equal(1, s.Attempt));
    }

    private static async Task<TenantStanding> Standing(EngineUnderTest engine, string tenant) =>
        (await engine.Tenants.Get(tenant).Describe(default))!.Standing;
}
