using Silo.Storage.Insights;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Storage.Tests.Contract;

public abstract class InsightContract : StoreContract
{
    private static readonly long NoonMs = Noon.ToUnixTimeMilliseconds();

    private long _position;

    [ContractFact]
    public async Task Rows_come_back_the_latest_first_of_all_and_of_one_tenant_page_by_page_each_once()
    {
        await Write(Enumerable.Range(0, 60).Select(i => Row(tenant: 1 + i % 3, minute: i, message: i)));
        await Crash();

        Assert.Equal(Enumerable.Range(0, 60).Select(i => (UInt128)(ulong)i), (await All(Query())).Select(r => r.Key.Message).Order());
        var own = await All(Query() with { TenantKeys = [2] }, pageSize: 3);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (UInt128)(ulong)(58 - 3 * i)), own.Select(r => r.Key.Message));
        Assert.Empty(await All(Query() with { TenantKeys = [7] }));
        Assert.Equal(
            [20, 21, 22],
            (await All(Query(NoonMs + 20 * 60_000, NoonMs + 23 * 60_000))).Select(r => (int)r.Key.Message).Order());
        Assert.Equal(_position, await Store.Insights.ReadPosition(default));
    }

    [ContractFact]
    public async Task Slices_end_with_their_hour_and_their_day_and_a_message_stays_in_its_own()
    {
        // Six days, a batch each two hours, and once more what came late of each.
        for (var hour = 0; hour < 144; hour += 2) await Write([Row(1, hour * 60, hour), Row(2, hour * 60 + 1, 1_000 + hour)]);
        await Write(Enumerable.Range(0, 72).Select(i => Row(3, i * 120 + 2, 2_000 + i)));
        await Write([], [.. Enumerable.Range(0, 72).Select(i => Change(1, i * 120, i * 2, null, InsightEvents.Delivery))]);
        await Restart();

        var own = await All(Query() with { TenantKeys = [1] }, pageSize: 10);
        Assert.Equal(Enumerable.Range(0, 72).Select(i => (UInt128)(ulong)(142 - 2 * i)), own.Select(r => r.Key.Message));
        Assert.All(own, r => Assert.Equal(InsightEvents.Delivery, r.Delivery));
        Assert.Equal(72, (await All(Query() with { TenantKeys = [3] }, pageSize: 7)).Count);
        Assert.Equal(216, (await All(Query(), pageSize: 50)).Count);
        Assert.Equal(6, (await All(Query(NoonMs + 60 * 60_000, NoonMs + 6 * 60 * 60_000))).Count);
        foreach (var tenantKey in new long?[] { null, 1 })
        {
            var found = Assert.Single(await Store.Insights.Find(NoonMs + 40 * 3_600_000, 40, tenantKey, default));
            Assert.Equal(40, (int)found.Key.Message);
        }

        Assert.Empty(await Store.Insights.Find(NoonMs + 40 * 3_600_000, 40, 2, default));
        Assert.Empty(await Store.Insights.Find(NoonMs + 40 * 3_600_000 + 1, 40, null, default));
        Assert.Empty(await Store.Insights.Find(1, 40, null, default));
    }

    [ContractFact]
    public async Task Texts_match_whole_with_their_case_and_an_asterisk_stands_for_anything()
    {
        (string? Subject, string Recipient)[] mails =
        [
            ("50% off [now]?", "a_b@example.com"), ("50 off now", "aXb@example.com"), ("Ünïcode * \\ x", "c@EXAMPLE.com"), (null, "d@example.org"),
        ];
        await Write(mails.Select((m, i) => Row(1, i, i) with { Subject = m.Subject, Recipient = m.Recipient, From = $"f{i}@x.example" }));

        Assert.Equal([0], await Found(new() { Subject = ["50% off [now]?"] }));
        Assert.Equal([0], await Found(new() { Subject = ["50%*"] }));
        Assert.Equal([0, 1], await Found(new() { Subject = ["50*"] }));
        Assert.Equal([0], await Found(new() { Subject = ["*[now]*"] }));
        Assert.Equal([0], await Found(new() { Subject = ["*]?*"] }));
        Assert.Equal([2], await Found(new() { Subject = ["Ü*\\*x"] }));
        Assert.Equal([0, 1, 2, 3], await Found(new() { Subject = ["*"] }));
        Assert.Equal([0], await Found(new() { Recipient = ["a_b@*"] }));
        Assert.Equal([0, 1], await Found(new() { Recipient = ["*@example.com"] }));
        Assert.Equal([2], await Found(new() { Recipient = ["c@EXAMPLE.com"] }));
        Assert.Empty(await Found(new() { Recipient = ["c@example.com"] }));
        Assert.Equal([1, 3], await Found(new() { From = ["f1@*", "f3@x.example"] }));
        Assert.Equal([1], await Found(new() { From = ["f1@*", "f3@x.example"], Subject = ["5*"] }));
        Assert.Equal([2, 3], await Found(new(), new() { Subject = ["50*"] }));
        Assert.Equal([3], await Found(new(), new() { Subject = ["50*"], Recipient = ["c@*"] }));
        Assert.Empty(await Found(new() { Provider = ["';--"] }));
    }

    [ContractFact]
    public async Task The_last_events_follow_their_order_whatever_comes_when_and_written_twice_is_written_once()
    {
        await Write([Row(1, 0, 1), Row(1, 0, 2), Row(1, 0, 3), Row(1, 0, 4)]);
        await Write([],
        [
            Change(1, 0, 1, "r1@example.com", InsightEvents.TransientBounce), Change(1, 0, 2, "r2@example.com", InsightEvents.Complaint, InsightEvents.Click),
            Change(1, 0, 3, "r3@example.com", InsightEvents.PermanentBounce), Change(1, 0, 4, "someone-else", InsightEvents.Delivery),
        ]);
        await Write([],
        [
            Change(1, 0, 1, "r1@example.com", InsightEvents.PermanentBounce), Change(1, 0, 2, "r2@example.com", InsightEvents.Delivery, InsightEvents.Open),
            Change(1, 0, 3, "r3@example.com", InsightEvents.TransientBounce), Change(1, 0, 9, null, InsightEvents.Delivery),
        ]);

        var rows = (await All(Query())).OrderBy(r => r.Key.Message).ToList();
        Assert.Equal(
            [
                (InsightEvents.PermanentBounce, InsightEvents.None), (InsightEvents.Complaint, InsightEvents.Click),
                (InsightEvents.TransientBounce, InsightEvents.None), (InsightEvents.Delivery, InsightEvents.None),
            ],
            rows.Select(r => (r.Delivery, r.Engagement)));
        // The row's own, then of the second and of the third write.
        Assert.Equal([1L, 102L, 104L], rows[0].Positions);
        Assert.Equal([1, 3], await Found(new() { Delivery = [InsightEvents.PermanentBounce, InsightEvents.TransientBounce] }));
        Assert.Equal([2], await Found(new() { Engagement = [InsightEvents.Click] }));

        // A part that is written again, as after a crash before the position moved.
        var again = new InsightBatch(_position, _position, [Row(1, 0, 1) with { Delivery = InsightEvents.Delivery, Positions = [1, 7] }], []);
        foreach (var _ in Enumerable.Range(0, 2)) Assert.True(await Store.Insights.Write(again, default));
        var one = Assert.Single(await Store.Insights.Find(NoonMs, 1, 1, default));
        Assert.Equal(InsightEvents.Delivery, one.Delivery);
        Assert.Equal([1L, 102L, 104L, 7L], one.Positions);
    }

    [ContractFact]
    public async Task Of_several_recipients_each_has_its_own_events_and_what_is_of_nobody_in_particular_says_nothing_of_one()
    {
        await Write(Enumerable.Range(0, 3).Select(n => Row(1, 0, 1) with { Number = n, Recipients = 3, Recipient = $"r{n}@example.com" }));
        await Write([],
        [
            Change(1, 0, 1, "r1@example.com", InsightEvents.Delivery), Change(1, 0, 1, "r2@example.com", InsightEvents.PermanentBounce),
            Change(1, 0, 1, null, InsightEvents.Send, InsightEvents.Open),
        ]);

        var rows = await Store.Insights.Find(NoonMs, 1, null, default);
        Assert.Equal(
            [(0, InsightEvents.Send), (1, InsightEvents.Delivery), (2, InsightEvents.PermanentBounce)], rows.Select(r => (r.Number, r.Delivery)));
        Assert.All(rows, r => Assert.Equal(InsightEvents.None, r.Engagement));
        Assert.Equal([2, 3, 3], rows.Select(r => r.Positions.Count));
    }

    [ContractFact]
    public async Task Whoever_comes_second_with_the_same_position_writes_nothing()
    {
        await Write([Row(1, 0, 1)]);
        Assert.False(await Store.Insights.Write(new InsightBatch(_position - 1, _position + 5, [Row(1, 0, 2)], []), default));
        Assert.Equal(_position, await Store.Insights.ReadPosition(default));
        Assert.Single(await All(Query()));
    }

    [ContractFact]
    public async Task Days_that_are_too_old_are_dropped_at_a_start()
    {
        var now = Time.GetUtcNow();
        foreach (var daysAgo in new[] { 33, 32, 20, 0 })
        {
            var ms = (now - TimeSpan.FromDays(daysAgo)).ToUnixTimeMilliseconds();
            await Write([Row(1, 0, daysAgo) with { Key = new InsightKey(1, ms, (UInt128)(ulong)daysAgo) }]);
        }

        await Restart();
        var everything = Query(0, long.MaxValue);
        for (var tries = 0; tries < 2_000 && (await All(everything)).Count > 2; tries++) await Task.Delay(5);
        Assert.Equal([0, 20], (await All(everything)).Select(r => (int)r.Key.Message));
        // What happens to a message that is gone changes nothing.
        await Write([], [new InsightChange(new InsightKey(1, (now - TimeSpan.FromDays(33)).ToUnixTimeMilliseconds(), 33), null, 4, 0, [1])]);
        Assert.Equal(2, (await All(everything)).Count);
    }

    [ContractFact]
    public async Task Rows_are_gone_through_for_an_erasure_and_put_back_changed()
    {
        for (var day = 0; day < 3; day++)
        {
            await Write(Enumerable.Range(0, 20).Select(i => Row(1 + i % 2, day * 1_440 + i, day * 100 + i) with
            {
                Recipient = "forget.me@example.com", Subject = i == 0 ? null : "to \"forget.me@example.com\" \\",
            }));
        }

        string? after = null;
        var seen = 0;
        while (await Store.Addresses.Read(AddressTable.Insights, after, 7, default) is { Count: > 0 } rows)
        {
            (seen, after) = (seen + rows.Count, rows[^1].Place);
            AddressRow[] changed =
            [
                .. rows.Select(r => r with
                {
                    Text = Bytes(System.Text.Encoding.UTF8.GetString(r.Text.Span).Replace("forget.me@", "erased-1@", StringComparison.Ordinal)),
                }),
            ];
            Assert.Equal(rows.Count, await Store.Addresses.Replace(AddressTable.Insights, changed, default));
        }

        Assert.Equal(60, seen);
        var all = await All(Query());
        Assert.Equal(60, all.Count);
        Assert.All(all, r => Assert.Equal("erased-1@example.com", r.Recipient));
        Assert.Equal(57, all.Count(r => r.Subject == "to \"erased-1@example.com\" \\"));
        Assert.Empty(await Found(new() { Recipient = ["forget.me@*"] }));
    }

    [ContractFact]
    public async Task Events_are_read_by_their_positions()
    {
        var tenant = await CreateTenant("a");
        await Commit(EventsOf(tenant, 1, 2, 3, 4, 5));
        var events = await Store.Events.ReadFrom(0, 10, default);
        var wanted = new[] { events[0].Position, events[2].Position, events[4].Position, events[4].Position + 1_000_000 };
        Assert.Equal([1L, 3L, 5L], (await Store.Events.ReadAt(wanted, default)).Select(e => e.Sequence));
        Assert.Empty(await Store.Events.ReadAt([], default));
    }

    [ContractFact]
    public async Task Files_of_exports_are_kept_in_parts_until_they_are_dropped()
    {
        var parts = Enumerable.Range(0, 9).Select(i => Bytes(new string((char)('a' + i), 300_000))).ToArray();
        for (var i = 0; i < parts.Length; i++) await Store.Exports.Put("job.1", i, parts[i], default);
        await Store.Exports.Put("job.2", 0, Bytes("other"), default);
        await Store.Exports.Put("job.1", 3, Bytes("again"), default);
        await Crash();

        Assert.Equal(parts[8], (await Store.Exports.Read("job.1", 8, default))!.Value.ToArray());
        Assert.Equal(Bytes("again"), (await Store.Exports.Read("job.1", 3, default))!.Value.ToArray());
        Assert.Null(await Store.Exports.Read("job.1", 9, default));
        Assert.Equal("job.1", await Store.Exports.Next(null, default));
        Assert.Equal("job.2", await Store.Exports.Next("job.1", default));
        Assert.Null(await Store.Exports.Next("job.2", default));
        await Store.Exports.Drop("job.1", default);
        Assert.Null(await Store.Exports.Read("job.1", 0, default));
        Assert.Equal("job.2", await Store.Exports.Next(null, default));
    }

    private static InsightRow Row(int tenant, int minute, int message) => new(
        new InsightKey(tenant, NoonMs + minute * 60_000L, (UInt128)(ulong)message), 0, 1, "news@acme.example", $"r{message}@example.com", "Other",
        $"Subject {message}", null, InsightEvents.Send, InsightEvents.None, [1]);

    private InsightChange Change(int tenant, int minute, int message, string? recipient, int delivery, int engagement = 0) => new(
        new InsightKey(tenant, NoonMs + minute * 60_000L, (UInt128)(ulong)message), recipient, delivery, engagement, [100 + _position + delivery]);

    private static InsightQuery Query(long? from = null, long? until = null) => new(from ?? NoonMs, until ?? NoonMs + 30L * 86_400_000, null);

    private async Task Write(IEnumerable<InsightRow> added, IReadOnlyList<InsightChange>? changed = null)
    {
        Assert.True(await Store.Insights.Write(new InsightBatch(_position, _position + 1, [.. added], changed ?? []), default));
        _position++;
    }

    private async Task<List<int>> Found(InsightFilter include, InsightFilter? exclude = null) =>
        [.. (await All(Query() with { Include = include, Exclude = exclude ?? new() })).Select(r => (int)r.Key.Message).Order()];

    private async Task<List<InsightRow>> All(InsightQuery query, int pageSize = 1_000)
    {
        var (all, place) = (new List<InsightRow>(), default(InsightPlace));
        do
        {
            var page = await Store.Insights.Search(query, place, pageSize, default);
            Assert.True(page.Rows.Count <= pageSize);
            all.AddRange(page.Rows);
            place = page.Next;
        }
        while (place is not null);
        return all;
    }
}
