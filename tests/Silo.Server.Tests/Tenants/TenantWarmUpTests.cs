using Silo.Core.Delivery;
using Silo.Core.WarmUp;
using Silo.Server.Delivery.Pacing;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Tenants;

/// <summary>No hour of a tenant's warm-up sees more start than its slice, whatever happens in it.</summary>
public sealed class TenantWarmUpTests : TenantsInWarmUp
{
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

        Assert.All(Starts, s => Assert.Equal(1, s.Attempt));
    }

    [Fact]
    public async Task A_cap_towards_one_provider_holds_mail_for_that_one_only_and_explains_it()
    {
        await using var engine = await Start();
        await SetWarmUp(engine, [2_400], gmail: [24]);
        await engine.SendMany("a", 10, _ => "r@gmail.com");
        await engine.SendMany("a", 60, i => i % 2 == 0 ? "r@example.org" : "r@yahoo.com");
        await UntilStarted(engine, 61);
        Assert.Single(Starts, s => s.Recipient == "r@gmail.com");

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
        Assert.All(Starts, s => Assert.True(s.At >= second && s.Attempt == 1));
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
        await engine.Until(() => Starts.Count == 10 && engine.Dispatcher.FreeSlots == engine.Delivery.InFlight - 4, "four are in hand");
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

        Assert.InRange(Starts.Count, 5, 10);
        hang.SetResult(ScriptedTransport.Delivered);
        Answer(engine, () => new(ScriptedTransport.Delivered));
        await UntilStarted(engine, 10, TimeSpan.FromMilliseconds(100));
    }
}
