using Silo.Core.Delivery;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Tests.Delivery;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Tenants;

public sealed class DeletionTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Deletion_cancels_what_is_queued_in_hand_and_set_aside_and_late_outcomes_change_nothing()
    {
        await using var engine = await EngineUnderTest.Start(e =>
        {
            e.TenantOptions.CrashesBeforeSetAside = 1;
            e.Delivery.InFlightPerTenant = 8;
            e.Delivery.WindowPerLane = 16;
        });
        var first = await engine.Create("a");
        var hang = new TaskCompletionSource<DeliveryResult>();
        engine.Transport.Answer = _ => new(hang.Task);
        await engine.SendMany("a", 3);
        await engine.Until(() => engine.Transport.Starts.Count == 3, "three are in hand", Step);
        await engine.Crash();
        Assert.Equal(3, (await engine.Books("a")).SetAside);
        engine.Time.Advance(TimeSpan.FromSeconds(5));
        await engine.SendMany("a", 2_500);
        await engine.Until(() => engine.Transport.Starts.Count == 3 + 8, "eight are in hand", Step);
        var key = await engine.KeyOf("a");

        Assert.True(await engine.Tenants.Get("a").Delete(default));

        Assert.Null(await engine.Tenants.Get("a").Describe(default));
        Assert.Null(await engine.Store.Tenants.Load("a", default));
        var (ledger, events) = await engine.Replay(key, first.CreatedAt);
        Assert.Equal((2_503, 2_503, 0), (ledger.Books.Accepted, ledger.Books.Cancelled, ledger.Books.Open));
        Assert.Equal(TenantEventKind.Deleted, events[^1].Kind);
        Assert.Empty(await engine.Store.Spool.ReadQueue(key, default, 10, true, default));

        // The name is free, and whoever takes it is another tenant: late outcomes and late feedback of the old one are not its own.
        var second = await engine.Create("a");
        Assert.NotEqual(first.TenantId, second.TenantId);
        Assert.NotEqual(key, await engine.KeyOf("a"));
        hang.SetResult(ScriptedTransport.Delivered);
        await engine.Until(() => engine.Dispatcher.FreeSlots == engine.Delivery.InFlight, "the slots are back", Step);
        engine.Feedback.Report(new DeliveryFeedback("a", "a-000001", "r@example.org", first.CreatedAt, FeedbackKind.HardBounce));
        await engine.Send("a");
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(new TenantBooks { Accepted = 1, Delivered = 1 }, await engine.Books("a"));
        Assert.Equal(12, engine.Transport.Starts.Count);
        Assert.Empty(await engine.Store.Spool.ReadUnsettled(default));
    }

    [Fact]
    public async Task Nothing_of_a_deleted_tenant_leaves_and_its_permits_are_nobody_elses()
    {
        await using var engine = await EngineUnderTest.Start(e => (e.TenantOptions.SendRate, e.TenantOptions.SendBurst) = (0.01, 5));
        // With the clock of the test standing, a tenant has what its bucket earned: nothing at this rate but a few hundredths.
        engine.Time.Advance(TimeSpan.FromMinutes(10));
        await engine.Create("a");
        await engine.SendMany("a", 50);
        Assert.True(await engine.Tenants.Get("a").Delete(default));
        var left = engine.Transport.Starts.Count;
        await engine.Create("a");
        await engine.Send("a");
        engine.Time.Advance(TimeSpan.FromMinutes(10));
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(10), "a");
        Assert.Equal(1, engine.Transport.Starts.Count - left);
    }

    [Fact]
    public async Task A_deletion_that_fails_half_way_leaves_a_paused_tenant_that_can_be_deleted_again()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        engine.Transport.Before = _ => new((DeliveryResult?)DeliveryResult.NotStarted);
        await engine.SendMany("a", 1_500);
        var failures = 1;
        engine.Spool.FailsWrite = w => w.Events.Any(e => e.Kind == (int)TenantEventKind.Cancelled) && w.Events.Count < 1_000
            && Interlocked.Decrement(ref failures) >= 0;
        await Assert.ThrowsAsync<Silo.Storage.StorageException>(() => engine.Tenants.Get("a").Delete(default).AsTask());
        engine.Transport.Before = null;
        Assert.Equal(Silo.Core.Suspension.SendingStatus.Disabled, (await engine.Tenants.Get("a").Describe(default))!.Standing.Aggregate);
        Assert.Equal(500, (await engine.Books("a")).Open);

        Assert.True(await engine.Tenants.Get("a").Delete(default));
        Assert.Empty(engine.Transport.Starts);
        Assert.Empty(await engine.Store.Spool.CountQueued(default));
    }
}
