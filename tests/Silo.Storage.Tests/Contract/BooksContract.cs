using Silo.Core.Pacing;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Contract;

/// <summary>A seeded workload against the store and against a model in memory: after each life both must tell the same.</summary>
public abstract class BooksContract : StoreContract
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 25)];

    [ContractTheory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_happens_what_was_appended_is_removed_or_queued(int seed)
    {
        var random = new Random(seed);
        var model = new StoreModel();
        for (var life = 0; life < 4; life++)
        {
            for (var step = random.Next(40, 120); step > 0; step--) await Step(model, random);
            await Task.WhenAll(model.Tickets.Select(t => Spool.WhenCommitted(t, default).AsTask()));
            model.Tickets.Clear();
            foreach (var ticket in model.Refused) await Assert.ThrowsAsync<StorageException>(() => Spool.WhenCommitted(ticket, default).AsTask());
            model.Refused.Clear();
            await Compare(model, $"seed {seed}, life {life}");
            await (random.Next(2) == 0 ? Crash() : Restart());
            await Compare(model, $"seed {seed}, after life {life}");
            var unsettled = model.Units.Values.Where(u => u.Release != 0).Select(u => (u.Tenant.Key, u.Release, u.Queued));
            Same(unsettled, (await Spool.ReadUnsettled(default)).Select(u => (u.TenantKey, u.ReleaseId, u.Unit)),
                $"seed {seed}, life {life}: unsettled units");
        }
    }

    private async Task Step(StoreModel model, Random random)
    {
        if (model.Tenants.Count == 0 || random.Next(25) == 0)
        {
            var name = $"t{model.Tenants.Count}";
            model.Tenants.Add(new(await CreateTenant(name), name));
            return;
        }

        var tenant = model.Tenants[random.Next(model.Tenants.Count)];
        SpoolWrite write;
        switch (random.Next(10))
        {
            case < 4:
                var message = Message(random.Next(1, 5), Noon.AddMinutes(random.Next(3)), random.Next(3000)) with
                {
                    Stream = (MailStream)random.Next(3), Pool = random.Next(3) switch { 0 => "dedicated", 1 => "ünïcode", _ => null },
                };
                model.Append(tenant, message);
                write = new() { TenantKey = tenant.Key, Append = message, Events = model.NextEvents(tenant, 1, Event) };
                break;
            case 4:
                var release = model.Release(Spool.NextIds(1), random);
                write = new() { TenantKey = 0, Release = release };
                // As the server does: an outcome follows a release that is on disk.
                await Task.WhenAll(model.Tickets.Select(t => Spool.WhenCommitted(t, default).AsTask()));
                await Commit(write);
                return;
            case < 8:
                var settlements = model.Settle(tenant, random, Noon);
                write = new()
                {
                    TenantKey = tenant.Key, Settlements = settlements, Events = model.NextEvents(tenant, settlements.Count, Event),
                    Snapshot = random.Next(3) == 0 ? Snapshot(tenant.Applied = tenant.Sequence) : null,
                };
                break;
            case 8:
                if (model.LateOutcome(tenant, random) is { } late)
                    model.Refused.Add(Spool.Enqueue(new()
                    {
                        TenantKey = tenant.Key, Append = Message(), Settlements = [late], Events = [Event(tenant.Sequence + 1)],
                    }));
                return;
            default:
                tenant.Applied = random.NextInt64(tenant.Applied, tenant.Sequence + 1);
                write = new() { TenantKey = tenant.Key, Snapshot = Snapshot(tenant.Applied) };
                break;
        }

        model.Tickets.Add(Spool.Enqueue(write));
    }

    private async Task Compare(StoreModel model, string when)
    {
        var counts = (await Spool.CountQueued(default)).ToDictionary(c => c.TenantKey);
        Assert.True(model.Appended == model.Removed + counts.Values.Sum(c => c.Queued + c.SetAside), $"{when}: the books do not balance");
        foreach (var tenant in model.Tenants)
        {
            var units = model.Units.Values.Where(u => u.Tenant == tenant).ToList();
            var queued = units.Where(u => u.Queued.DueAt != DateTimeOffset.MaxValue).Select(u => u.Queued).OrderBy(u => (u.DueAt, u.Id)).ToList();
            Same(queued, await Spool.ReadQueue(tenant.Key, default, 100_000, false, default), $"{when}: queue of {tenant.Name}");
            var count = counts.GetValueOrDefault(tenant.Key);
            Same([queued.Count, units.Count - queued.Count], [count?.Queued ?? 0, count?.SetAside ?? 0], $"{when}: counts of {tenant.Name}");
            var stored = (await Store.Tenants.Load(tenant.Name, default))!;
            Assert.True(stored.Snapshot.AppliedSequence == tenant.Applied, $"{when}: snapshot of {tenant.Name}");
            var tail = Enumerable.Range(1, (int)(tenant.Sequence - tenant.Applied)).Select(i => tenant.Applied + i);
            Same(tail, stored.Tail.Select(e => e.Sequence), $"{when}: events after the snapshot of {tenant.Name}");
        }

        var inHand = model.Units.Values.Where(u => u.Release != 0).Select(u => new ReleasedUnitId(u.Queued.Id, u.Release)).ToList();
        Same(inHand.Select(u => u.UnitId), (await Spool.FindInHand(inHand, default)).Order(), $"{when}: units in hand");
        foreach (var (key, left) in model.UnitsLeft)
            Assert.True(await Spool.ReadMessage(key, default) is not null == left > 0, $"{when}: message {key} with {left} units left");
        var log = await Store.Events.ReadFrom(0, 1_000_000, default);
        foreach (var tenant in model.Tenants)
            Same(Enumerable.Range(1, (int)tenant.Sequence).Select(i => (long)i), log.Where(e => e.TenantKey == tenant.Key).Select(e => e.Sequence), when);
    }

    private static void Same<T>(IEnumerable<T> expected, IEnumerable<T> actual, string what) =>
        Assert.True(expected.SequenceEqual(actual), $"{what}: expected {string.Join(", ", expected)}; got {string.Join(", ", actual)}");
}
