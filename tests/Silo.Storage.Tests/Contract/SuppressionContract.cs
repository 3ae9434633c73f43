using Silo.Core.Suppression;
using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Contract;

public abstract class SuppressionContract : StoreContract
{
    [ContractFact]
    public async Task An_entry_stands_with_its_case_and_is_found_by_sends_in_any_case_on_its_own_list_alone()
    {
        await CreateTenant("a");
        await CreateTenant("b");
        Assert.True(await Store.Suppressions.Put("a", Entry("Bob@Example.net"), default));
        Assert.True(await Store.Suppressions.Put(null, Entry("eve@example.net", SuppressionReason.Complaint), default));
        await Crash();

        Assert.Equal(Entry("Bob@Example.net"), await Store.Suppressions.Get("a", "Bob@Example.net", default));
        Assert.Null(await Store.Suppressions.Get("a", "bob@example.net", default));
        Assert.Null(await Store.Suppressions.Get("b", "Bob@Example.net", default));
        Assert.Null(await Store.Suppressions.Get(null, "Bob@Example.net", default));
        Assert.Equal(
            [new("Bob@Example.net", true, SuppressionReason.Bounce), new("eve@example.net", false, SuppressionReason.Complaint)],
            (await Store.Suppressions.Find("a", ["x@example.net", "BOB@example.NET", "Eve@example.net"], default)).OrderBy(f => f.Address));
        Assert.Equal(
            ["eve@example.net"], (await Store.Suppressions.Find("b", ["bob@example.net", "eve@example.net"], default)).Select(f => f.Address));
        Assert.Single(await Store.Suppressions.Find("nobody", ["bob@example.net", "eve@example.net"], default));
    }

    [ContractFact]
    public async Task Putting_an_address_again_replaces_its_entry_and_another_case_is_another_entry()
    {
        await Store.Suppressions.Put(null, Entry("a@example.net"), default);
        var later = Entry("a@example.net", SuppressionReason.Complaint) with { UpdatedAt = Noon.AddDays(1), MessageId = "m" };
        await Store.Suppressions.Put(null, later, default);
        await Store.Suppressions.Put(null, Entry("A@example.net"), default);

        Assert.Equal(later, await Store.Suppressions.Get(null, "a@example.net", default));
        Assert.Equal(["A@example.net", "a@example.net"], await Addresses(new(null)));
    }

    [ContractFact]
    public async Task Deleting_says_whether_there_was_one_and_a_list_of_no_tenant_takes_nothing()
    {
        Assert.False(await Store.Suppressions.Put("nobody", Entry("a@example.net"), default));
        await Store.Suppressions.Put(null, Entry("a@example.net"), default);
        Assert.False(await Store.Suppressions.Delete("nobody", "a@example.net", default));
        Assert.False(await Store.Suppressions.Delete(null, "A@example.net", default));
        Assert.True(await Store.Suppressions.Delete(null, "a@example.net", default));
        Assert.False(await Store.Suppressions.Delete(null, "a@example.net", default));
        Assert.Empty(await Store.Suppressions.Find("nobody", ["a@example.net"], default));
    }

    [ContractFact]
    public async Task A_list_is_paged_by_address_and_filtered_by_reason_and_time()
    {
        await CreateTenant("a");
        for (var i = 0; i < 7; i++)
        {
            var reason = i % 2 == 0 ? SuppressionReason.Bounce : SuppressionReason.Complaint;
            await Store.Suppressions.Put("a", Entry($"r{i}@example.net", reason) with { UpdatedAt = Noon.AddHours(i) }, default);
        }

        var first = await Store.Suppressions.List(new("a"), 3, default);
        Assert.Equal(["r0@example.net", "r1@example.net", "r2@example.net"], first.Items.Select(e => e.Address));
        Assert.Equal(["r3@example.net", "r4@example.net"], await Addresses(new("a") { After = first.Next, Until = Noon.AddHours(5) }));
        Assert.Equal(["r1@example.net", "r3@example.net", "r5@example.net"], await Addresses(new("a") { Reason = SuppressionReason.Complaint }));
        Assert.Equal(["r5@example.net", "r6@example.net"], await Addresses(new("a") { From = Noon.AddHours(5) }));
        Assert.Empty(await Addresses(new(null)));
        Assert.Empty(await Addresses(new("nobody")));
    }

    [ContractFact]
    public async Task What_events_put_on_lists_is_stored_with_them_and_of_one_address_the_last_holds()
    {
        var a = await CreateTenant("a");
        await Store.Spool.WhenCommitted(
            Store.Spool.Enqueue(new SpoolWrite
            {
                TenantKey = a, Events = [new EventAppend(1, Noon, 1, Bytes("{}"))],
                Suppressions =
                [
                    new(true, Entry("one@example.net")), new(false, Entry("two@example.net")),
                    new(true, Entry("one@example.net", SuppressionReason.Complaint) with { MessageId = "m-2" }),
                ],
            }), default);
        await Crash();

        Assert.Equal(
            Entry("one@example.net", SuppressionReason.Complaint) with { MessageId = "m-2" },
            await Store.Suppressions.Get("a", "one@example.net", default));
        Assert.Equal(Entry("two@example.net"), await Store.Suppressions.Get(null, "two@example.net", default));
        // An event that does not follow is refused with all that comes with it.
        await Assert.ThrowsAsync<StorageException>(async () => await Store.Spool.WhenCommitted(
            Store.Spool.Enqueue(new SpoolWrite
            {
                TenantKey = a, Events = [new EventAppend(9, Noon, 1, Bytes("{}"))], Suppressions = [new(true, Entry("three@example.net"))],
            }), default));
        Assert.Null(await Store.Suppressions.Get("a", "three@example.net", default));
    }

    [ContractFact]
    public async Task The_list_of_a_tenant_goes_with_it()
    {
        var a = await CreateTenant("a");
        await Store.Suppressions.Put("a", Entry("one@example.net"), default);
        await Store.Suppressions.Put(null, Entry("two@example.net"), default);
        Assert.True(await Store.Tenants.Delete(a, default));
        await CreateTenant("a");
        Assert.Equal(["two@example.net"], (await Store.Suppressions.Find("a", ["one@example.net", "two@example.net"], default)).Select(f => f.Address));
        Assert.Empty(await Addresses(new("a")));
    }

    private static SuppressionEntry Entry(string address, SuppressionReason reason = SuppressionReason.Bounce) => new(address, reason, Noon);

    private async Task<List<string>> Addresses(SuppressionFilter filter) =>
        [.. (await Store.Suppressions.List(filter, 100, default)).Items.Select(e => e.Address)];
}
