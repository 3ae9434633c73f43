using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Contract;

/// <summary>Order, fairness, atomicity, and what a ticket tells.</summary>
public abstract class CommitContract : StoreContract
{
    [ContractFact]
    public async Task A_flood_of_one_tenant_delays_the_write_of_another_by_one_round_at_most()
    {
        var flooding = await CreateTenant("flooding");
        var quiet = await CreateTenant("quiet");

        var batches = await BatchesOf(() =>
        {
            var tickets = Enumerable.Range(1, 50_000).Select(i => Spool.Enqueue(EventsOf(flooding, i))).ToList();
            return [tickets[^1], Spool.Enqueue(new SpoolWrite { TenantKey = quiet, Append = Message() })];
        });

        Assert.True(batches.Count > 2, "The flood has to fill several batches for this to show anything.");
        Assert.Contains(batches[0], w => w.TenantKey == quiet);
        var before = batches[0].TakeWhile(w => w.TenantKey != quiet).Count();
        Assert.True(before < 500, $"{before} writes of the flood went first");
    }

    [ContractFact]
    public async Task Writes_of_a_tenant_commit_in_the_order_in_which_they_were_enqueued()
    {
        long[] tenants = [await CreateTenant("a"), await CreateTenant("b"), await CreateTenant("c")];
        var random = new Random(7);
        var last = new Dictionary<long, long>();

        var batches = await BatchesOf(() => Enumerable.Range(0, 6_000).Select(_ =>
        {
            var tenant = tenants[random.Next(3)];
            var sequence = last[tenant] = last.GetValueOrDefault(tenant) + 1;
            var append = random.Next(20) == 0 ? Message(bytes: random.Next(60_000)) : null;
            return Spool.Enqueue(new SpoolWrite { TenantKey = tenant, Append = append, Events = [Event(sequence)] });
        }));

        foreach (var tenant in tenants)
        {
            var committed = batches.SelectMany(b => b).Where(w => w.TenantKey == tenant).SelectMany(w => w.Events).Select(e => e.Sequence);
            Assert.Equal(Enumerable.Range(1, (int)last[tenant]).Select(i => (long)i), committed);
        }
    }

    [ContractFact]
    public async Task A_write_that_breaks_a_rule_fails_alone_and_whole()
    {
        var tenant = await CreateTenant("a");
        var other = await CreateTenant("b");
        var stored = await Append(tenant);
        var (before, bad, after) = (Message(), Message(), Message());
        long[] tickets = [];

        var batches = await BatchesOf(() => tickets =
        [
            Spool.Enqueue(new SpoolWrite { TenantKey = tenant, Append = before, Events = [Event(1)] }),
            Spool.Enqueue(new SpoolWrite { TenantKey = tenant, Append = bad, Events = [Event(3)] }),
            Spool.Enqueue(new SpoolWrite { TenantKey = other, Append = stored }),
            Spool.Enqueue(new SpoolWrite { TenantKey = 999_999, Append = bad }),
            Spool.Enqueue(new SpoolWrite { TenantKey = tenant, Append = bad, Events = [Event(2)], Snapshot = Snapshot(5) }),
            Spool.Enqueue(new SpoolWrite { TenantKey = tenant, Append = after, Events = [Event(2)] }),
        ]);

        Assert.Equal([before, after], batches.SelectMany(b => b).Select(w => w.Append));
        foreach (var refused in tickets[1..5])
        {
            // Asked twice: a failure is not forgotten with the first answer.
            await Assert.ThrowsAsync<StorageException>(() => Spool.WhenCommitted(refused, default).AsTask());
            await Assert.ThrowsAsync<StorageException>(() => Spool.WhenCommitted(refused, default).AsTask());
        }

        await Crash();
        Assert.Equal(new[] { stored, before, after }.Select(m => m.MessageKey + 1), await QueueOf(tenant));
        Assert.Null(await Spool.ReadMessage(bad.MessageKey, default));
        Assert.Empty(await QueueOf(other));
        Assert.Equal([1, 2], (await Store.Tenants.Load("a", default))!.Tail.Select(e => e.Sequence));
    }

    [ContractFact]
    public async Task A_release_that_is_refused_leaves_the_units_as_they_were()
    {
        var tenant = await CreateTenant("a");
        var message = await Append(tenant, units: 2);
        var release = await Release(message.MessageKey + 1);

        var again = Spool.Enqueue(new SpoolWrite { TenantKey = 0, Release = new(release, [message.MessageKey + 1, message.MessageKey + 2]) });
        await Assert.ThrowsAsync<StorageException>(() => Spool.WhenCommitted(again, default).AsTask());
        await Assert.ThrowsAsync<StorageException>(() => Settle(tenant, message, 1, release));
        await Settle(tenant, message, 0, release);

        Assert.Equal([message.MessageKey + 2], await QueueOf(tenant));
        await Crash();
        Assert.Empty(await Spool.ReadUnsettled(default));
    }

    [ContractFact]
    public async Task The_observer_hears_of_a_commit_before_its_tickets_complete()
    {
        var tenant = await CreateTenant("a");
        var heard = new List<SpoolWrite>();
        Spool.Observe(heard.AddRange);

        for (var i = 1; i <= 50; i++)
        {
            var write = EventsOf(tenant, i);
            await Commit(write);
            Assert.Same(write, heard[^1]);
        }

        Assert.Throws<InvalidOperationException>(() => Spool.Observe(_ => { }));
    }

    [ContractFact]
    public async Task A_ticket_that_committed_completes_at_once_for_whoever_asks_later()
    {
        var tenant = await CreateTenant("a");
        var ticket = Spool.Enqueue(EventsOf(tenant, 1));
        await Spool.WhenCommitted(ticket, default);

        Assert.True(Spool.WhenCommitted(ticket, default).IsCompletedSuccessfully);
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = Spool.WhenCommitted(ticket + 1_000, default); });
    }

    [ContractFact]
    public async Task Who_stops_waiting_does_not_stop_the_write()
    {
        var tenant = await CreateTenant("a");
        using var cancelled = new CancellationTokenSource();
        await BatchesOf(() =>
        {
            var ticket = Spool.Enqueue(EventsOf(tenant, 1));
            var waiting = Spool.WhenCommitted(ticket, cancelled.Token).AsTask();
            cancelled.Cancel();
            Assert.ThrowsAny<OperationCanceledException>(() => waiting.GetAwaiter().GetResult());
            return [ticket];
        });

        Assert.Single(await Store.Events.ReadFrom(0, 10, default));
    }

    [ContractFact]
    public async Task A_write_larger_than_a_batch_commits()
    {
        var tenant = await CreateTenant("a");
        var message = Message(bytes: 20_000_000);
        await Commit(new SpoolWrite { TenantKey = tenant, Append = message });

        Assert.Equal(message.Content.Length, (await Spool.ReadMessage(message.MessageKey, default))!.Content.Length);
    }

    [ContractFact]
    public async Task A_crash_amid_writes_leaves_whole_writes_and_no_gap()
    {
        long[] tenants = [await CreateTenant("a"), await CreateTenant("b"), await CreateTenant("c")];
        for (var seed = 0; seed < 5; seed++)
        {
            var random = new Random(seed);
            var next = new Dictionary<long, long>();
            foreach (var tenant in tenants) next[tenant] = (await Store.Tenants.Load("abc"[Array.IndexOf(tenants, tenant)].ToString(), default))!.Tail.Count + 1;
            var messages = new Dictionary<(long, long), long>();
            var awaited = new Dictionary<long, long>();
            for (var i = 0; i < 2_000; i++)
            {
                var tenant = tenants[random.Next(3)];
                var message = Message(bytes: random.Next(2_000));
                messages[(tenant, next[tenant])] = message.MessageKey;
                var ticket = Spool.Enqueue(new SpoolWrite { TenantKey = tenant, Append = message, Events = [Event(next[tenant]++)] });
                if (random.Next(500) != 0) continue;
                await Spool.WhenCommitted(ticket, default);
                awaited[tenant] = next[tenant] - 1;
            }

            await Crash();

            for (var t = 0; t < tenants.Length; t++)
            {
                var tail = (await Store.Tenants.Load("abc"[t].ToString(), default))!.Tail;
                Assert.True(tail.Count >= awaited.GetValueOrDefault(tenants[t]), $"seed {seed}: an awaited write is lost");
                Assert.Equal(Enumerable.Range(1, tail.Count).Select(i => (long)i), tail.Select(e => e.Sequence));
                foreach (var ((tenant, sequence), key) in messages.Where(m => m.Key.Item1 == tenants[t]))
                    Assert.True(await Spool.ReadMessage(key, default) is not null == sequence <= tail.Count, $"seed {seed}: event {sequence} and its message part");
            }
        }
    }
}
