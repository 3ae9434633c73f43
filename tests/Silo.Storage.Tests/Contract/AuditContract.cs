using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Storage.Tests.Contract;

public abstract class AuditContract : StoreContract
{
    private static readonly DateTimeOffset At = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [ContractFact]
    public async Task A_record_stands_before_its_result_does_and_the_first_result_holds()
    {
        var entry = Entry(0) with { Resource = "arn:aws:ses:us-east-1:000000000000:identity/a.example", TenantName = "a", Address = "192.0.2.1" };
        var id = await Store.Audit.Begin(entry, default);
        Assert.Equal([new AuditRecord(id, entry, null)], (await Store.Audit.List(new(), 10, default)).Items);
        await Store.Audit.End(id, new AuditResult(404, "NotFoundException"), default);
        await Store.Audit.End(id, new AuditResult(200, null), default);
        var record = new AuditRecord(id, entry, new AuditResult(404, "NotFoundException"));
        Assert.Equal([record], (await Store.Audit.List(new(), 10, default)).Items);
        await Crash();
        Assert.Equal([record], (await Store.Audit.List(new(), 10, default)).Items);
    }

    [ContractFact]
    public async Task Pages_go_from_the_newest_to_the_oldest_and_each_filter_leaves_out_what_it_must()
    {
        for (var i = 0; i < 30; i++) await Store.Audit.Begin(Entry(i), default);
        var seen = new List<int>();
        var filter = new AuditFilter();
        while (true)
        {
            var page = await Store.Audit.List(filter, 7, default);
            seen.AddRange(page.Items.Select(Minute));
            if (page.Next is null) break;
            filter = filter with { BeforeId = long.Parse(page.Next) };
        }

        Assert.Equal(Enumerable.Range(0, 30).Reverse(), seen);
        var by = new AuditFilter { KeyId = "KEY1", TenantName = "t2", Operation = "Op0", From = At.AddMinutes(5), Until = At.AddMinutes(24) };
        var expected = Enumerable.Range(5, 19).Where(i => i % 2 == 1 && i % 3 == 2 && i % 5 == 0).Reverse();
        Assert.Equal(expected, (await Store.Audit.List(by, 100, default)).Items.Select(Minute));
        Assert.Equal(15, (await Store.Audit.List(new AuditFilter { KeyId = "KEY0" }, 100, default)).Items.Count);
        Assert.Equal(10, (await Store.Audit.List(new AuditFilter { TenantName = "t0" }, 100, default)).Items.Count);
        Assert.Equal(6, (await Store.Audit.List(new AuditFilter { Operation = "Op4" }, 100, default)).Items.Count);
        Assert.Equal([4, 3], (await Store.Audit.List(new AuditFilter { From = At.AddMinutes(3), Until = At.AddMinutes(5) }, 100, default)).Items.Select(Minute));
    }

    [ContractFact]
    public async Task Records_from_before_an_instant_are_dropped_with_their_results_and_later_ones_stay()
    {
        for (var i = 0; i < 6; i++) await Store.Audit.End(await Store.Audit.Begin(Entry(i), default), new AuditResult(200, null), default);
        Assert.False(await Store.Audit.DropBefore(At.AddMinutes(4), default));
        Assert.False(await Store.Audit.DropBefore(At.AddMinutes(4), default));
        Assert.Equal([5, 4], (await Store.Audit.List(new(), 100, default)).Items.Select(Minute));
        var later = await Store.Audit.Begin(Entry(7), default);
        Assert.Null((await Store.Audit.List(new(), 1, default)).Items.Single(r => r.Id == later).Result);
    }

    private static int Minute(AuditRecord record) => (int)(record.Entry.At - At).TotalMinutes;

    private static AuditEntry Entry(int minute) =>
        new(At.AddMinutes(minute), $"request-{minute}", $"KEY{minute % 2}", 1, $"Op{minute % 5}", null, $"t{minute % 3}", null);
}
