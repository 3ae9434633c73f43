using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Tenants;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;
using Xunit;

namespace Silo.Orleans.Tests.Tenants;

public class TurnTests
{
    private static readonly SetStatus Pause = new(StatusOrigin.CustomerManaged, SendingStatus.Disabled, "test");

    [Fact]
    public async Task An_admission_that_waits_for_the_disk_holds_up_no_other_call()
    {
        await using var silos = await SilosUnderTest.Start(1);
        await silos.Create("a");
        var tenant = silos.First.Tenants.Get("a");
        var release = HoldNextCommit(silos);
        var admitted = tenant.Admit(silos.Message("a"), default).AsTask();
        await UntilHeld(silos);
        var paused = await tenant.SetStatus(Pause, default);

        Assert.Equal(SendingStatus.Disabled, paused.Aggregate);
        Assert.False(admitted.IsCompleted);
        release();
        Assert.Null((await admitted).Refusal);
    }

    // Orleans asks whether a call may come in between only as long as the call that it counts as the running one has not ended. With an
    // admission as that one, and a change behind it, its own answer would let others see the change half done.
    [Fact]
    public async Task A_change_is_seen_by_nobody_before_it_is_stored_whatever_ends_meanwhile()
    {
        await using var silos = await SilosUnderTest.Start(1);
        await silos.Create("a");
        var tenant = silos.First.Tenants.Get("a");
        var releaseAdmission = HoldNextCommit(silos);
        var admitted = tenant.Admit(silos.Message("a"), default).AsTask();
        await UntilHeld(silos);
        var releasePause = HoldNextCommit(silos);
        var paused = tenant.SetStatus(Pause, default).AsTask();
        await UntilHeld(silos);
        releaseAdmission();
        Assert.Null((await admitted).Refusal);

        var described = tenant.Describe(default).AsTask();
        var second = tenant.Admit(silos.Message("a"), default).AsTask();
        // Others have their turns meanwhile.
        Assert.Null(await silos.Describe("nobody"));
        Assert.False(paused.IsCompleted || described.IsCompleted || second.IsCompleted);
        releasePause();
        Assert.Equal(SendingStatus.Disabled, (await paused).Aggregate);
        Assert.Equal(SendingStatus.Disabled, (await described)!.Standing.Aggregate);
        Assert.Equal(AdmissionResult.Disabled, (await second).Refusal!.Result);
    }

    [Fact]
    public async Task More_calls_than_may_wait_are_refused_as_busy_also_over_the_network()
    {
        await using var silos = await SilosUnderTest.Start(1);
        await silos.Create("a");
        silos.First.Local.Options.MaxPendingCalls = 2;
        var release = HoldNextCommit(silos);
        var paused = silos.First.Tenants.Get("a").SetStatus(Pause, default).AsTask();
        await UntilHeld(silos);
        var waiting = Enumerable.Range(0, 5).Select(_ => silos.Outside.Get("a").Describe(default).AsTask()).ToArray();
        var refused = await Task.WhenAny(waiting);

        await Assert.ThrowsAsync<ActorBusyException>(() => refused);
        release();
        await paused;
        var answers = await Task.WhenAll(waiting.Select(async w => await w.ContinueWith(t => t.Exception?.InnerException, TaskScheduler.Default)));
        Assert.Equal(3, answers.Count(e => e is ActorBusyException));
        Assert.Equal(2, answers.Count(e => e is null));
    }

    [Fact]
    public async Task Whatever_comes_together_and_whatever_fails_the_books_are_those_of_the_events()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            await using var silos = await SilosUnderTest.Start(1);
            var created = await silos.Create("a");
            var key = (await silos.First.Store.Tenants.Load("a", default))!.TenantKey;
            var random = new Random(seed);
            var chance = new Lock();
            silos.First.Store.Faulty.FailsWrite = write =>
            {
                lock (chance) return write.TenantKey == key && write.Release is null && random.Next(50) == 0;
            };
            var calls = new List<Task>();
            for (var i = 0; i < 400; i++)
            {
                int what;
                lock (chance) what = random.Next(20);
                calls.Add(Tolerate(() => Call(silos, what)));
                if (what == 19) calls.Add(Tolerate(() => silos.Deactivate("a")));
                if (i % 20 == 0) await Task.WhenAll(calls);
            }

            await Task.WhenAll(calls);
            silos.First.Store.Faulty.FailsWrite = null;
            var enabled = new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Enabled, "test");
            await silos.Until(() => Succeeds(async () => await silos.First.Tenants.Get("a").SetStatus(enabled, default)), "the tenant is well again");
            await silos.UntilNothingIsOpen("a");
            // The actor counts an outcome when it is in line; behind this write it is on disk.
            var spool = silos.First.Store.Spool;
            await spool.WhenCommitted(spool.Enqueue(new SpoolWrite { TenantKey = key }), default);

            var replayed = await Replay(silos, key, created.CreatedAt);
            Assert.True(replayed.Books == (await silos.Describe("a"))!.Books, $"Seed {seed}: {replayed.Books} and {(await silos.Describe("a"))!.Books}");
            Assert.True(replayed.Books.Delivered == silos.First.Transport.DeliveredIds.Distinct().Count(), $"Seed {seed}: delivered differs");
        }
    }

    private static Task Call(SilosUnderTest silos, int what)
    {
        var tenant = (what % 2 == 0 ? silos.Outside : silos.First.Tenants).Get("a");
        return what switch
        {
            < 12 => tenant.Admit(silos.Message("a"), default).AsTask(),
            12 or 13 => tenant.SetStatus(Pause with { Status = what == 12 ? SendingStatus.Disabled : SendingStatus.Enabled }, default).AsTask(),
            14 => tenant.Associate("arn:aws:ses:us-east-1:000000000000:identity/example.com", default).AsTask(),
            15 => tenant.SetSuppression(new TenantSuppression("TENANT", ["BOUNCE"]), default).AsTask(),
            16 => tenant.Report(
                [new DeliveryFeedback("a", "m", "r@example.org", TimeProvider.System.GetUtcNow(), FeedbackKind.Complaint)], default).AsTask(),
            _ => tenant.Describe(default).AsTask(),
        };
    }

    private static async Task<TenantLedger> Replay(SilosUnderTest silos, long key, DateTimeOffset createdAt)
    {
        var ledger = TenantLedger.New(createdAt, null);
        long position = 0;
        while (await silos.First.Store.Events.ReadFrom(position, 10_000, default) is { Count: > 0 } page)
        {
            position = page[^1].Position;
            foreach (var e in page.Where(e => e.TenantKey == key)) ledger.Apply(TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span));
        }

        return ledger;
    }

    /// <summary>The next write with events is not told as committed before the answer is called.</summary>
    private static Action HoldNextCommit(SilosUnderTest silos)
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        silos.First.Store.Faulty.HoldsWrite = write =>
        {
            if (write.Events.Count == 0) return null;
            silos.First.Store.Faulty.HoldsWrite = null;
            return held.Task;
        };
        return held.SetResult;
    }

    private static Task UntilHeld(SilosUnderTest silos) =>
        silos.Until(() => silos.First.Store.Faulty.HoldsWrite is null, "the write is in line");

    private static async Task<bool> Succeeds(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (StorageException)
        {
            return false;
        }
    }

    private static async Task Tolerate(Func<Task> call) => await Succeeds(call);
}
