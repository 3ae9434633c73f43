using Silo.Core.Messages;
using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Storage.Tests.Contract;

/// <summary>Whatever a query tells apart and asks for, it gets the sums of the rows that were written, from whichever sums they are read.</summary>
public abstract class RollUpSumContract : StoreContract
{
    private const int Days = 21;
    private static readonly string[] Providers = ["", "Gmail", "Yahoo", "Other"];
    private static readonly MailScope[] Scopes = [new("a.example", null), new("a.example", "news"), new("b.example", "news"), new("b.example", "bills")];

    private readonly List<(long Tenant, MailScope? Scope, RollUpRow Row)> _written = [];
    private int _first;

    [ContractFact]
    public async Task Every_query_gets_the_sums_of_the_rows_that_were_written()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        long[] tenants = [await CreateTenant("a"), await CreateTenant("b"), await CreateTenant("c")];
        _first = (RollUpKey.HourOf(Time.GetUtcNow()) / 24 - Days) * 24;
        var sequences = tenants.ToDictionary(t => t, _ => 0L);
        for (var round = 0; round < 6; round++)
        {
            var tickets = new List<long>();
            for (var write = 0; write < 8; write++)
            {
                var tenant = tenants[random.Next(tenants.Length)];
                tickets.Add(Spool.Enqueue(Write(tenant, ++sequences[tenant], Rows(random, tenant))));
            }

            foreach (var ticket in tickets) await Spool.WhenCommitted(ticket, default);
            // Refused, since its event does not follow: nothing of it counts, though others of its batch do.
            var other = Spool.Enqueue(Write(tenants[0], ++sequences[tenants[0]], Rows(random, tenants[0])));
            var refused = Spool.Enqueue(new SpoolWrite
            {
                TenantKey = tenants[1], Events = [Event(1_000)], Snapshot = Snapshot(1_000),
                RollUps = new RollUpChanges([], [new RollUpRow(new RollUpKey(_first, 1, "Gmail"), Counts(random))]),
            });
            await Spool.WhenCommitted(other, default);
            await Assert.ThrowsAsync<StorageException>(async () => await Spool.WhenCommitted(refused, default));
            if (round == 2) await Crash();
        }

        for (var i = 0; i < 300; i++)
        {
            var query = Query(random, tenants);
            var (expected, found) = (Expected(query), await Store.RollUps.Read(query, 100_000, default));
            var (wanted, got) = (Text(expected), Text(found));
            Assert.True(wanted == got, $"seed {seed}, query {query with { Only = null }}:\n{wanted}\n---\n{got}");
        }
    }

    [ContractFact]
    public async Task The_largest_come_first_and_no_more_than_asked_for()
    {
        long[] tenants = [await CreateTenant("a"), await CreateTenant("b"), await CreateTenant("c")];
        var hour = RollUpKey.HourOf(Time.GetUtcNow());
        for (var i = 0; i < tenants.Length; i++)
            await Commit(Write(tenants[i], 1, [Row(hour, 0, "Gmail", [5, i]), Row(hour, 0, "Yahoo", [1, 2 - i])]));
        var query = new RollUpQuery(null, hour - 24 * 30, hour + 1, 0, false, false, false) { ByTenant = true, Columns = [0, 1], RankBy = [1] };

        Assert.Equal(
            [("c", 5, 2), ("b", 5, 1)],
            (await Store.RollUps.Read(query with { Provider = "Gmail" }, 2, default)).Select(r => (r.TenantName, r.Counts[0], r.Counts[1])));
        // The same for all, so by their keys.
        Assert.Equal(["a", "b", "c"], (await Store.RollUps.Read(query with { RankBy = [0] }, 3, default)).Select(r => r.TenantName));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.RollUps.Read(query with { BucketHours = 1 }, 2, default));
    }

    [ContractFact]
    public async Task Sums_that_are_too_old_are_dropped_at_a_start()
    {
        var tenant = await CreateTenant("a");
        var now = Time.GetUtcNow();
        var old = RollUpKey.HourOf(now.AddDays(-80));
        var lately = RollUpKey.HourOf(now.AddDays(-20));
        await Commit(Write(tenant, 1, [Row(old, 1, "Gmail", [1, 0]), Row(lately, 1, "Gmail", [2, 0])]));
        await Restart();
        RollUpQuery[] queries =
        [
            .. new[] { 0, 1, 24 }.Select(b => new RollUpQuery(null, old - 200, lately + 24, b, false, false, false)),
            .. new[] { 0, 24 }.Select(b => new RollUpQuery(tenant, old - 200, lately + 24, b, false, false, false)),
            .. new[] { 0, 24 }.Select(b => new RollUpQuery(null, old - 200, lately + 24, b, true, false, false)),
            .. new[] { 0, 24 }.Select(b => new RollUpQuery(null, old - 200, lately + 24, b, false, false, false) { ByTenant = true }),
        ];
        foreach (var query in queries)
        {
            for (var tries = 0; tries < 2_000 && (await Store.RollUps.Read(query, 100, default)).Sum(r => r.Counts[0]) > 2; tries++) await Task.Delay(5);
            Assert.Equal(2, (await Store.RollUps.Read(query, 100, default)).Sum(r => r.Counts[0]));
        }

        // Hours of identities go after a week.
        var hours = new RollUpQuery(null, lately, lately + 1, 1, true, false, false);
        for (var tries = 0; tries < 2_000 && (await Store.RollUps.Read(hours, 100, default)).Count > 0; tries++) await Task.Delay(5);
        Assert.Empty(await Store.RollUps.Read(hours, 100, default));
    }

    private RollUpRow[] Rows(Random random, long tenant)
    {
        RollUpRow[] rows = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => new RollUpRow(
            new RollUpKey(_first + random.Next(Days * 24), random.Next(Scopes.Length + 1), Providers[random.Next(Providers.Length)]), Counts(random)))];
        _written.AddRange(rows.Select(r => (tenant, r.Key.Scope == 0 ? null : Scopes[r.Key.Scope - 1], r)));
        return rows;
    }

    private static int[] Counts(Random random) => [.. Enumerable.Range(0, RollUpRow.Columns).Select(_ => random.Next(-2, 20))];

    private RollUpQuery Query(Random random, long[] tenants)
    {
        var length = new[] { 0, 1, 24 }[random.Next(3)];
        // Hours of names are kept for a week.
        var from = _first + (length == 1 ? (Days - 6) * 24 : random.Next(Days) * 24);
        var query = new RollUpQuery(
            Maybe([.. tenants.Cast<long?>()]), from, from + 24 * random.Next(1, Days + 1), length, Half(), Half(), Half())
        {
            ByTenant = Half(), Identity = Maybe(["a.example", "b.example", "c.example"]), ConfigurationSet = Maybe(["news", "bills", ""]),
            Provider = Maybe(["Gmail", "Other", ""]), Columns = Half() ? null : [3, RollUpRow.Columns - 1],
        };
        if (query.TenantKey is null && length == 1) query = query with { ByTenant = false };
        if (!Half()) return query;
        return query with { Only = [.. Expected(query).Where(_ => Half()).Select(r => r.Name).Distinct().Take(3)] };

        bool Half() => random.Next(2) == 0;

        T? Maybe<T>(T[] of) => Half() ? default : of[random.Next(of.Length)];
    }

    private IReadOnlyList<RollUpSum> Expected(RollUpQuery query)
    {
        var length = query.BucketHours;
        var columns = query.Columns ?? [.. Enumerable.Range(0, RollUpRow.Columns)];
        return [.. _written
            .Where(w => w.Row.Key.Hour >= query.FromHour && w.Row.Key.Hour < query.ToHour && (query.TenantKey ?? w.Tenant) == w.Tenant
                && (query.Identity is null || query.Identity == w.Scope?.Identity)
                && (query.ConfigurationSet is null || query.ConfigurationSet == (w.Scope?.ConfigurationSet ?? ""))
                && (query.Provider ?? w.Row.Key.Provider) == w.Row.Key.Provider)
            .Select(w => (Bucket: length == 0 ? query.FromHour : w.Row.Key.Hour / length * length, Name: new RollUpName(
                query.ByTenant ? w.Tenant : 0, query.ByIdentity ? w.Scope?.Identity : null,
                query.ByConfigurationSet ? w.Scope?.ConfigurationSet : null, query.ByProvider ? w.Row.Key.Provider : null), w.Row.Counts))
            .Where(w => query.Only?.Contains(w.Name) != false)
            .GroupBy(w => (w.Bucket, w.Name))
            .Select(g => new RollUpSum(
                g.Key.Bucket, g.Key.Name.Identity, g.Key.Name.ConfigurationSet, g.Key.Name.Provider,
                [.. Enumerable.Range(0, RollUpRow.Columns).Select(c => columns.Contains(c) ? g.Sum(w => (long)w.Counts[c]) : 0)])
            {
                TenantKey = g.Key.Name.TenantKey,
            })];
    }

    private static string Text(IReadOnlyList<RollUpSum> sums) => string.Join('\n', sums
        .Select(s => $"{s.FirstHour} {s.TenantKey} {s.Identity} {s.ConfigurationSet} {s.Provider}: {string.Join(' ', s.Counts)}").Order(StringComparer.Ordinal));

    private static RollUpRow Row(int hour, int scope, string provider, int[] first) =>
        new(new RollUpKey(hour, scope, provider), [.. first, .. new int[RollUpRow.Columns - first.Length]]);

    private static SpoolWrite Write(long tenant, long sequence, RollUpRow[] rows) => new()
    {
        TenantKey = tenant, Events = [Event(sequence)], Snapshot = Snapshot(sequence),
        RollUps = new RollUpChanges([.. Scopes.Select((s, i) => KeyValuePair.Create(i + 1, s))], rows),
    };
}
