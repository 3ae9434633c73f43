using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Contract;

public abstract class EventLogContract : StoreContract
{
    [ContractFact]
    public async Task The_log_is_read_in_pages_with_positions_that_rise_over_days_and_restarts()
    {
        long[] keys = [await CreateTenant("a"), await CreateTenant("b")];
        var random = new Random(11);
        var written = new List<(long, long)>();
        var next = new long[2];
        for (var i = 0; i < 120; i++)
        {
            var tenant = random.Next(2);
            await Commit(EventsOf(keys[tenant], ++next[tenant]));
            written.Add((keys[tenant], next[tenant]));
            if (i % 25 == 24) Time.Advance(TimeSpan.FromDays(1));
            // A clock that steps back over midnight must not mix the segments up.
            if (i % 40 == 39) Time.StepWall(TimeSpan.FromDays(-1.5));
            if (i % 50 == 49) await Restart();
        }

        for (var limit = 1; limit < 200; limit += 33)
        {
            var read = new List<StoredEvent>();
            while (true)
            {
                var page = await Store.Events.ReadFrom(read.Count == 0 ? 0 : read[^1].Position, limit, default);
                Assert.True(page.Count <= limit);
                if (page.Count == 0) break;
                read.AddRange(page);
            }

            Assert.Equal(written, read.Select(e => (e.TenantKey, e.Sequence)));
            Assert.All(read.Zip(read.Skip(1)), pair => Assert.True(pair.First.Position < pair.Second.Position));
            Assert.All(read, e => Assert.Equal((Noon.AddSeconds(e.Sequence), 20), (e.At, e.Kind)));
        }
    }

    [ContractFact]
    public async Task Sequences_without_a_gap_are_demanded_of_each_tenant_after_a_restart_too()
    {
        var key = await CreateTenant("a");
        await Assert.ThrowsAsync<StorageException>(() => Commit(EventsOf(key, 2)));
        await Commit(EventsOf(key, 1, 2));
        await Assert.ThrowsAsync<StorageException>(() => Commit(EventsOf(key, 2)));
        await Commit(new SpoolWrite { TenantKey = key, Snapshot = Snapshot(2) });
        await Restart();
        await Assert.ThrowsAsync<StorageException>(() => Commit(EventsOf(key, 2)));
        await Commit(EventsOf(key, 3));

        Assert.Equal([1, 2, 3], (await Store.Events.ReadFrom(0, 10, default)).Select(e => e.Sequence));
    }
}
