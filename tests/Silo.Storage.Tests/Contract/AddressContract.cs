using System.Text;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Storage.Tests.Contract;

public abstract class AddressContract : StoreContract
{
    private const string Address = "someone.to.forget@example.com";

    /// <summary>Where in the closed database, or in all of its columns, the text stands; empty when it stands nowhere.</summary>
    protected abstract Task<IReadOnlyList<string>> FindRaw(string text);

    [ContractFact]
    public async Task What_is_replaced_is_read_back_and_the_old_text_is_nowhere_in_the_database()
    {
        var (a, b) = (await CreateTenant("a"), await CreateTenant("b"));
        // Several segments of the log.
        for (var i = 1; i <= 60; i++)
        {
            await Commit(new SpoolWrite { TenantKey = a, Events = [Noticed(i, $"m-{i}", Address)], Facts = Facts($"m-{i}", Address) });
            if (i <= 3) await Commit(new SpoolWrite { TenantKey = b, Events = [Noticed(i, $"n-{i}", Address)] });
        }

        foreach (var table in new[] { AddressTable.Events, AddressTable.Notices, AddressTable.MessageFacts })
        {
            string? after = null;
            var seen = 0;
            while (await Store.Addresses.Read(table, after, 7, default) is { Count: > 0 } rows)
            {
                seen += rows.Count;
                after = rows[^1].Place;
                AddressRow[] changed = [.. rows.Select(r => r with { Text = Replaced(r.Text) })];
                Assert.Equal(rows.Count, await Store.Addresses.Replace(table, changed, default));
            }

            Assert.Equal(table == AddressTable.MessageFacts ? 60 : 63, seen);
        }

        var events = await Store.Events.ReadFrom(0, 100, default);
        Assert.Equal(63, events.Count);
        Assert.All(events, e => Assert.Equal("to erased-1@example.com", Encoding.UTF8.GetString(e.Payload.Span)));
        Assert.Equal("to erased-1@example.com", Encoding.UTF8.GetString((await Store.Notices.Read(a, 0, 1, default))[0].Facts!.Value.Span));
        Assert.Empty(await FindRaw(Address));
        Assert.NotEmpty(await FindRaw("erased-1@example.com"));
    }

    [ContractFact]
    public async Task A_row_that_went_meanwhile_is_left_out()
    {
        var a = await CreateTenant("a");
        await Commit(new SpoolWrite { TenantKey = a, Events = [Noticed(1, "m", Address)] });
        var row = Assert.Single(await Store.Addresses.Read(AddressTable.Notices, null, 10, default));
        await Store.Notices.Claim(null, 10, default);
        await Store.Notices.Trim(a, 1, [], default);

        Assert.Equal(0, await Store.Addresses.Replace(AddressTable.Notices, [row], default));
        Assert.Equal(0, await Store.Addresses.Replace(AddressTable.MessageFacts, [new AddressRow("none", 0, Bytes("x"))], default));
        Assert.Equal(0, await Store.Addresses.Replace(AddressTable.Events, [], default));
    }

    [ContractFact]
    public async Task Audit_records_that_name_an_address_are_read_with_their_tenant_and_put_back_changed()
    {
        var a = await CreateTenant("a");
        foreach (var (resource, tenant) in new[] { ($"address/{Address}", "a"), ("identity/example.com", "a"), (null, null), ($"address/{Address}", null) })
            await Store.Audit.Begin(new AuditEntry(Noon, "r", "k", 1, "Put", resource, tenant, null), default);
        var rows = await Store.Addresses.Read(AddressTable.AuditResources, null, 10, default);
        Assert.Equal([a, 0], rows.Select(r => r.TenantKey));
        Assert.Equal(rows[1].Place, Assert.Single(await Store.Addresses.Read(AddressTable.AuditResources, rows[0].Place, 10, default)).Place);
        Assert.Equal(2, await Store.Addresses.Replace(
            AddressTable.AuditResources, [.. rows.Select(r => r with { Text = Replaced(r.Text) })], default));
        var records = (await Store.Audit.List(new AuditFilter(), 10, default)).Items;
        Assert.Equal(
            ["address/erased-1", null, "identity/example.com", "address/erased-1"],
            records.Select(r => r.Entry.Resource?.Replace("@example.com", "", StringComparison.Ordinal)));
        Assert.Empty(await FindRaw(Address));
    }

    [ContractFact]
    public async Task What_was_stored_before_an_end_was_marked_is_settled()
    {
        var a = await CreateTenant("a");
        await Commit(new SpoolWrite { TenantKey = a, Events = [Event(1)] });
        Assert.True(await Store.Addresses.IsSettled(await Store.Addresses.MarkEnd(default), default));
    }

    [ContractFact]
    public async Task Units_are_found_by_recipient_in_any_case_and_by_nothing_less()
    {
        var (a, b) = (await CreateTenant("a"), await CreateTenant("b"));
        foreach (var (tenant, recipients) in new[]
        {
            (a, new[] { "x@example.com", "Y@Example.com" }), (a, ["y@example.com"]), (b, ["yy@example.com", "y@example.com.au"]), (b, ["Y@EXAMPLE.COM"]),
        })
        {
            var message = Message(recipients.Length) with { Recipients = recipients };
            await Commit(new SpoolWrite { TenantKey = tenant, Append = message });
        }

        Assert.Equal(
            [new AddressedUnits(a, "a", 2), new AddressedUnits(b, "b", 1)],
            (await Store.Addresses.FindUnits("y@example.com", default)).OrderBy(u => u.TenantKey));
        Assert.Empty(await Store.Addresses.FindUnits("z@example.com", default));
        Assert.Equal(4, (await Store.Addresses.Read(AddressTable.Envelopes, null, 10, default)).Count);
    }

    private static ReadOnlyMemory<byte> Replaced(ReadOnlyMemory<byte> text) =>
        Bytes(Encoding.UTF8.GetString(text.Span).Replace(Address, "erased-1@example.com", StringComparison.Ordinal));

    private static EventAppend Noticed(long sequence, string messageId, string address) =>
        Event(sequence) with { Payload = Bytes($"to {address}"), Notice = new EventNotice(messageId, null) };

    private static MessageFacts Facts(string messageId, string address) => new(messageId, Noon, null, Bytes($"to {address}"));
}
