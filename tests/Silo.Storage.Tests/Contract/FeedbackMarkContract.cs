using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Storage.Tests.Contract;

public abstract class FeedbackMarkContract : StoreContract
{
    private static readonly int Today = FeedbackKey.DayOf(Noon);

    [ContractFact]
    public async Task A_mark_is_stored_with_its_events_and_replaces_the_one_before()
    {
        var tenant = await CreateTenant("a");
        var other = await CreateTenant("b");
        FeedbackKey one = new(Today, 1), two = new(Today, UInt128.MaxValue), sameOnAnotherDay = new(Today - 1, 1);
        await Commit(Write(tenant, 1, new(one, 1), new(two, 2)));
        // Both in one batch, as they may come.
        var tickets = new[] { Spool.Enqueue(Write(tenant, 2, new FeedbackMark(one, 5))), Spool.Enqueue(Write(tenant, 3, new FeedbackMark(one, 7))) };
        foreach (var ticket in tickets) await Spool.WhenCommitted(ticket, default);
        await Commit(Write(other, 1, new FeedbackMark(one, 4)));
        for (var life = 0; life < 2; life++)
        {
            var found = await Spool.FindFeedback(tenant, [one, two, sameOnAnotherDay, new(Today, 3)], default);
            Assert.Equal([(one, 7), (two, 2)], found.Select(f => (f.Key, f.Value)).OrderBy(f => f.Key.Unit));
            Assert.Equal(4, Assert.Single(await Spool.FindFeedback(other, [one, two], default)).Value);
            await Crash();
        }
    }

    [ContractFact]
    public async Task A_refused_write_leaves_no_mark()
    {
        var tenant = await CreateTenant("a");
        await Assert.ThrowsAsync<StorageException>(() => Commit(Write(tenant, 2, new FeedbackMark(new(Today, 1), 1))));
        Assert.Empty(await Spool.FindFeedback(tenant, [new(Today, 1)], default));
    }

    [ContractFact]
    public async Task Marks_of_days_that_are_too_old_are_dropped_at_a_start()
    {
        var tenant = await CreateTenant("a");
        var days = (int)FeedbackKey.Kept.TotalDays;
        FeedbackKey kept = new(FeedbackKey.DayOf(Time.GetUtcNow()) - days, 1), old = new(FeedbackKey.DayOf(Time.GetUtcNow()) - days - 1, 1);
        await Commit(Write(tenant, 1, new(kept, 1), new(old, 1)));
        await Restart();
        for (var tries = 0; tries < 2_000 && (await Spool.FindFeedback(tenant, [old], default)).Count > 0; tries++) await Task.Delay(5);
        Assert.Equal([kept], (await Spool.FindFeedback(tenant, [kept, old], default)).Keys);
    }

    private static SpoolWrite Write(long tenant, long sequence, params FeedbackMark[] marks) =>
        new() { TenantKey = tenant, Events = [Event(sequence)], Marks = marks };
}
