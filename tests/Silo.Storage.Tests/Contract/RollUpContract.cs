using Silo.Core.Messages;
using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Storage.Tests.Contract;

public abstract class RollUpContract : StoreContract
{
    private static readonly int Hour = RollUpKey.HourOf(Noon);

    [ContractFact]
    public async Task Changes_add_up_by_hour_scope_and_provider_and_outlive_a_crash()
    {
        var (a, b) = (await CreateTenant("a"), await CreateTenant("b"));
        await Commit(Write(a, 1, [Named(7, "example.com", "news")], Row(Hour, 7, "Gmail", 3, 1), Row(Hour, 7, "Yahoo", 1)));
        // Two of one row in one batch, as they may come, and a name that is there already.
        var tickets = new[]
        {
            Spool.Enqueue(Write(a, 2, [Named(7, "other.example", null)], Row(Hour, 7, "Gmail", 4))),
            Spool.Enqueue(Write(a, 3, [Named(8, "example.net", null)], Row(Hour, 7, "Gmail", -2, 5), Row(Hour + 1, 8, "", 9))),
            Spool.Enqueue(Write(b, 1, [], Row(Hour, 7, "Gmail", 100))),
        };
        foreach (var ticket in tickets) await Spool.WhenCommitted(ticket, default);
        await Crash();

        Assert.Equal(
            [(Hour, "example.com", "news", "Gmail", 5, 6), (Hour, "example.com", "news", "Yahoo", 1, 0), (Hour + 1, "example.net", null, "", 9, 0)],
            await Read(All(a)));
        Assert.Equal([(Hour, null, null, "Gmail", 100, 0)], await Read(All(b)));
    }

    [ContractFact]
    public async Task A_query_adds_what_it_does_not_tell_apart_and_takes_only_what_it_asks_for()
    {
        var tenant = await CreateTenant("a");
        var day = Hour / 24 * 24;
        await Commit(Write(
            tenant, 1, [Named(7, "example.com", "news"), Named(8, "example.com", null), Named(9, "example.net", "news")],
            Row(day, 7, "Gmail", 1), Row(day + 23, 7, "Yahoo", 2), Row(day + 24, 8, "Gmail", 4), Row(day + 47, 9, "Gmail", 8), Row(day + 48, 0, "", 16)));
        var all = All(tenant) with { FromHour = day, ToHour = day + 72, ByIdentity = false, ByConfigurationSet = false, ByProvider = false };

        Assert.Equal([(day, 3), (day + 24, 12), (day + 48, 16)], await Sums(all with { BucketHours = 24 }));
        Assert.Equal([(day, 1), (day + 23, 2), (day + 24, 4), (day + 47, 8), (day + 48, 16)], await Sums(all));
        Assert.Equal([(day, 3), (day + 24, 4)], await Sums(all with { BucketHours = 24, Identity = "example.com" }));
        Assert.Equal([(day, 3), (day + 24, 8)], await Sums(all with { BucketHours = 24, ConfigurationSet = "news" }));
        Assert.Equal([(day + 24, 12)], await Sums(all with { FromHour = day + 24, ToHour = day + 48, BucketHours = 24, Provider = "Gmail" }));
        Assert.Equal(
            [(day, "example.com", 3), (day + 24, "example.com", 4), (day + 24, "example.net", 8), (day + 48, null, 16)],
            (await Store.RollUps.Read(all with { BucketHours = 24, ByIdentity = true }, 100, default))
                .Select(r => (r.FirstHour, r.Identity, (int)r.Counts[0])).OrderBy(r => r.FirstHour));
        Assert.Equal(2, (await Store.RollUps.Read(all, 2, default)).Count);
    }

    [ContractFact]
    public async Task A_refused_write_adds_nothing()
    {
        var tenant = await CreateTenant("a");
        await Assert.ThrowsAsync<StorageException>(() => Commit(Write(tenant, 2, [], Row(Hour, 7, "Gmail", 1))));
        Assert.Empty(await Read(All(tenant)));
    }

    [ContractFact]
    public async Task Hours_that_are_too_old_are_dropped_at_a_start()
    {
        var tenant = await CreateTenant("a");
        var oldest = RollUpSql.OldestHour(Time.GetUtcNow());
        await Commit(Write(tenant, 1, [], Row(oldest, 7, "Gmail", 1), Row(oldest - 1, 7, "Gmail", 1)));
        await Restart();
        var all = All(tenant) with { FromHour = 0 };
        for (var tries = 0; tries < 2_000 && (await Read(all)).Count > 1; tries++) await Task.Delay(5);
        Assert.Equal([oldest], (await Read(all)).Select(r => r.Hour));
    }

    private static KeyValuePair<int, MailScope> Named(int scope, string identity, string? set) => new(scope, new MailScope(identity, set));

    private static RollUpRow Row(int hour, int scope, string provider, int first, int last = 0)
    {
        var counts = new int[RollUpRow.Columns];
        (counts[0], counts[^1]) = (first, last);
        return new RollUpRow(new RollUpKey(hour, scope, provider), counts);
    }

    private static SpoolWrite Write(long tenant, long sequence, KeyValuePair<int, MailScope>[] scopes, params RollUpRow[] rows) => new()
    {
        TenantKey = tenant, Events = [Event(sequence)], Snapshot = Snapshot(sequence), RollUps = new RollUpChanges(scopes, rows),
    };

    private static RollUpQuery All(long tenant) => new(tenant, Hour - 1, Hour + 100, 1, true, true, true);

    private async Task<List<(int Hour, string?, string?, string?, long, long)>> Read(RollUpQuery query) =>
        [.. (await Store.RollUps.Read(query, 100, default)).Select(r => (r.FirstHour, r.Identity, r.ConfigurationSet, r.Provider, r.Counts[0], r.Counts[^1]))];

    private async Task<List<(int, long)>> Sums(RollUpQuery query) =>
        [.. (await Store.RollUps.Read(query, 100, default)).Select(r => (r.FirstHour, r.Counts[0]))];
}
