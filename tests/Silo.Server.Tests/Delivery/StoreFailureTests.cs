using Silo.Core.Tenants;
using Silo.Storage;
using Silo.Testing.Engine;
using Xunit;

namespace Silo.Server.Tests.Delivery;

/// <summary>A store that fails costs time, and neither a unit nor the truth of the books.</summary>
public sealed class StoreFailureTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Outcomes_that_could_not_be_stored_are_told_again_to_an_actor_that_was_loaded_anew()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var failures = 3;
        engine.Spool.FailsWrite = w => w.Settlements.Count > 0 && Interlocked.Decrement(ref failures) >= 0;
        await engine.SendMany("a", 50);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.True(engine.Spool.Failures >= 1);
        Assert.Equal(50, engine.Transport.Starts.Count);
        await AssertBooksAreTrue(engine, "a", delivered: 50);
    }

    [Fact]
    public async Task Outcomes_that_were_stored_although_the_store_said_otherwise_are_booked_once()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var denials = 3;
        engine.Spool.DeniesWrite = w => w.Settlements.Count > 0 && Interlocked.Decrement(ref denials) >= 0;
        await engine.SendMany("a", 50);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.InRange(engine.Spool.Failures, 1, 3);
        Assert.Equal(50, engine.Transport.Starts.Count);
        await AssertBooksAreTrue(engine, "a", delivered: 50);
    }

    [Fact]
    public async Task A_message_that_could_not_be_stored_is_not_accepted_and_the_next_one_is()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        await engine.Send("a");
        var failures = 1;
        engine.Spool.FailsWrite = w => w.Append is not null && Interlocked.Decrement(ref failures) >= 0;
        await Assert.ThrowsAsync<StorageException>(() => engine.Send("a"));
        // The news of the failure may still be on its way to the actor.
        await engine.Until(async () =>
        {
            try
            {
                await engine.Send("a");
                return true;
            }
            catch (StorageException)
            {
                return false;
            }
        }, "mail is accepted again");
        await engine.UntilNothingIsOpen(Step, "a");
        await AssertBooksAreTrue(engine, "a", delivered: 2);
    }

    [Fact]
    public async Task Units_whose_release_could_not_be_stored_stay_queued_in_their_order()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var failures = 3;
        engine.Spool.FailsWrite = w => w.Release is not null && Interlocked.Decrement(ref failures) >= 0;
        await engine.SendMany("a", 50);
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.InRange(engine.Spool.Failures, 1, 3);
        Assert.Equal(50, engine.Transport.Starts.Count);
        await AssertBooksAreTrue(engine, "a", delivered: 50);
    }

    [Fact]
    public async Task A_probe_of_a_parked_route_whose_release_could_not_be_stored_is_followed_by_another()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        var fails = 1;
        engine.Transport.Before = _ => new(Interlocked.Decrement(ref fails) >= 0 ? ScriptedTransport.NoConnection : null);
        var releases = 0;
        engine.Spool.FailsWrite = w => w.Release is not null && Interlocked.Increment(ref releases) == 2;
        await engine.Send("a");
        await engine.UntilNothingIsOpen(Step, "a");
        Assert.Equal(1, engine.Spool.Failures);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_now_is_tried_again_and_never_dropped()
    {
        await using var engine = await EngineUnderTest.Start(e => e.MessageCacheBytes = 0);
        await engine.Create("a");
        var failures = 5;
        engine.Spool.FailsRead = () => Interlocked.Decrement(ref failures) >= 0;
        await engine.SendMany("a", 20);
        await engine.UntilNothingIsOpen(TimeSpan.FromSeconds(2), "a");
        Assert.Equal(5, engine.Spool.Failures);
        Assert.Equal(20, engine.Transport.DeliveredIds.Distinct().Count());
        await AssertBooksAreTrue(engine, "a", delivered: 20);
    }

    [Fact]
    public async Task A_queue_that_cannot_be_read_now_is_read_later()
    {
        await using var engine = await EngineUnderTest.Start(e => e.Delivery.WindowPerLane = 16);
        await engine.Create("a");
        var hang = new TaskCompletionSource<Silo.Core.Delivery.DeliveryResult>();
        engine.Transport.Answer = _ => new(hang.Task);
        await engine.SendMany("a", 500);
        var failures = 4;
        engine.Spool.FailsRead = () => Interlocked.Decrement(ref failures) >= 0;
        engine.Transport.Answer = _ => new(ScriptedTransport.Delivered);
        hang.SetResult(ScriptedTransport.Delivered);
        await engine.UntilNothingIsOpen(Step, "a");
        await AssertBooksAreTrue(engine, "a", delivered: 500);
    }

    [Fact]
    public async Task Writes_that_fail_at_random_lose_nothing_and_repeat_no_delivery()
    {
        for (var seed = 0; seed < 4; seed++)
        {
            var random = new Random(seed);
            await using var engine = await EngineUnderTest.Start();
            string[] tenants = ["a", "b", "c"];
            foreach (var tenant in tenants) await engine.Create(tenant);
            engine.Spool.FailsWrite = w =>
            {
                lock (random) return w.Append is null && random.Next(4) == 0;
            };
            var accepted = 0;
            for (var i = 0; i < 90; i++)
            {
                try
                {
                    await engine.Send(tenants[i % 3]);
                    accepted++;
                }
                catch (StorageException)
                {
                    // The actor was ahead of the disk: nothing of this one holds.
                }
            }

            await engine.UntilNothingIsOpen(Step, tenants);
            engine.Spool.FailsWrite = null;
            var sum = 0L;
            foreach (var tenant in tenants)
            {
                var (books, _) = await Replayed(engine, tenant);
                Assert.True(books.Open == 0, $"seed {seed}: {books}");
                Assert.True(await engine.Queued(tenant) == 0, $"seed {seed}");
                sum += books.Delivered;
            }

            Assert.True(sum == accepted, $"seed {seed}: accepted {accepted}, delivered {sum}");
            Assert.True(engine.Transport.Starts.Count == accepted, $"seed {seed}: accepted {accepted}, {engine.Transport.Starts.Count} starts");
        }
    }

    [Fact]
    public async Task A_pause_that_could_not_be_stored_is_not_acknowledged_and_mail_goes_on()
    {
        await using var engine = await EngineUnderTest.Start();
        await engine.Create("a");
        engine.Spool.FailsWrite = w => w.Events.Any(e => e.Kind == (int)TenantEventKind.StatusChanged);
        await Assert.ThrowsAsync<StorageException>(() => DispatcherTests.Pause(engine, "a", Silo.Core.Suspension.SendingStatus.Disabled));
        await engine.SendMany("a", 10);
        await engine.UntilNothingIsOpen(Step, "a");
        await AssertBooksAreTrue(engine, "a", delivered: 10);
    }

    private static async Task AssertBooksAreTrue(EngineUnderTest engine, string tenant, long delivered)
    {
        var (books, live) = await Replayed(engine, tenant);
        Assert.Equal(live, books);
        Assert.Equal((delivered, 0, delivered), (books.Accepted, books.Open, books.Delivered));
        Assert.Equal(0, await engine.Queued(tenant));
        Assert.Equal(engine.Transport.DeliveredIds.Count, engine.Transport.DeliveredIds.Distinct().Count());
    }

    private static async Task<(TenantBooks Replayed, TenantBooks Live)> Replayed(EngineUnderTest engine, string tenant)
    {
        var described = (await engine.Tenants.Get(tenant).Describe(default))!;
        var (ledger, _) = await engine.Replay(await engine.KeyOf(tenant), described.CreatedAt);
        return (ledger.Books, described.Books);
    }
}
