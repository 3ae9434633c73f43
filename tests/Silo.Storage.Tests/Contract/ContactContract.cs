using Silo.Core.Contacts;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Storage.Tests.Contract;

public abstract class ContactContract : StoreContract
{
    [ContractFact]
    public async Task A_contact_is_kept_whole_and_found_in_any_case_on_its_own_list_alone()
    {
        var bob = Contact("Bob@Example.net") with
        {
            Preferences = [new("news", SubscriptionStatus.OptIn), new("off-ers", SubscriptionStatus.OptOut)],
            AttributesData = "{\"name\":\"Bøb\"}", UpdatedAt = Noon.AddMinutes(1),
        };
        Assert.True(await Store.Contacts.Add("l1", bob, default));
        Assert.False(await Store.Contacts.Add("l1", Contact("bob@example.NET"), default));
        Assert.True(await Store.Contacts.Add("l2", Contact("bob@example.net"), default));
        await Crash();

        AssertSame(bob, Assert.Single(await Store.Contacts.Find("l1", ["x@example.net", "BOB@example.net", "bob@example.net"], default)));
        Assert.Equal("bob@example.net", Assert.Single(await Store.Contacts.Find("l2", ["bob@example.net"], default)).Address);
        Assert.Empty(await Store.Contacts.Find("l3", ["bob@example.net"], default));
    }

    [ContractFact]
    public async Task Of_two_that_change_the_same_version_of_a_contact_one_is_told_that_it_came_late()
    {
        await Store.Contacts.Add("l", Contact("a@example.net"), default);
        var read = Assert.Single(await Store.Contacts.Find("l", ["a@example.net"], default));
        Assert.True(await Store.Contacts.Replace("l", read with { UnsubscribeAll = true, UpdatedAt = Noon.AddHours(1) }, default));
        Assert.False(await Store.Contacts.Replace("l", read with { AttributesData = "late" }, default));
        Assert.False(await Store.Contacts.Replace("l", Contact("b@example.net"), default));
        await Crash();

        AssertSame(
            read with { UnsubscribeAll = true, UpdatedAt = Noon.AddHours(1), Version = 2 },
            Assert.Single(await Store.Contacts.Find("l", ["a@example.net"], default)));
    }

    [ContractFact]
    public async Task A_list_is_paged_by_the_address_in_lower_case_and_what_is_deleted_is_gone()
    {
        foreach (var address in new[] { "d@example.net", "B@example.net", "a@example.net", "C@example.net" })
            await Store.Contacts.Add("l", Contact(address), default);
        var first = await Store.Contacts.List("l", null, 2, default);
        Assert.Equal(["a@example.net", "B@example.net"], first.Items.Select(c => c.Address));
        var second = await Store.Contacts.List("l", first.Next, 2, default);
        Assert.Equal(["C@example.net", "d@example.net"], second.Items.Select(c => c.Address));
        Assert.Null(second.Next);
        Assert.True(await Store.Contacts.Delete("l", "c@EXAMPLE.net", default));
        Assert.False(await Store.Contacts.Delete("l", "c@example.net", default));
        Assert.Empty(await Store.Contacts.Find("l", ["c@example.net"], default));
    }

    [ContractFact]
    public async Task Lists_that_have_contacts_are_told_one_after_the_other_and_one_that_is_dropped_is_not()
    {
        foreach (var (list, address) in new[] { ("l2", "a@example.net"), ("l1", "a@example.net"), ("l1", "b@example.net"), ("l3", "a@example.net") })
            await Store.Contacts.Add(list, Contact(address), default);
        var told = new List<string>();
        for (string? list = null; (list = await Store.Contacts.NextList(list, default)) is not null;) told.Add(list);
        Assert.Equal(["l1", "l2", "l3"], told);
        await Store.Contacts.Drop("l2", default);
        await Restart();
        for (var tries = 0; tries < 2_000 && await Store.Contacts.NextList("l1", default) != "l3"; tries++) await Task.Delay(5);
        Assert.Equal("l3", await Store.Contacts.NextList("l1", default));
    }

    [ContractFact]
    public async Task Who_opted_out_of_a_tenant_is_found_in_any_case_for_that_tenant_alone_and_the_first_time_stands()
    {
        var a = await CreateTenant("a");
        await CreateTenant("b");
        Assert.True(await Store.OptOuts.Add("a", new OptOut("Bob@Example.net", Noon, "m-1"), default));
        Assert.False(await Store.OptOuts.Add("a", new OptOut("bob@example.net", Noon.AddDays(1), "m-2"), default));
        Assert.True(await Store.OptOuts.Add("a", new OptOut("ann@example.net", Noon, null), default));
        Assert.False(await Store.OptOuts.Add("nobody", new OptOut("bob@example.net", Noon, null), default));
        await Crash();

        Assert.Equal(["BOB@example.net"], await Store.OptOuts.Find("a", ["x@example.net", "BOB@example.net"], default));
        Assert.Empty(await Store.OptOuts.Find("b", ["bob@example.net"], default));
        Assert.Empty(await Store.OptOuts.Find("nobody", ["bob@example.net"], default));
        var first = await Store.OptOuts.List("a", null, 1, default);
        Assert.Equal([new OptOut("ann@example.net", Noon, null)], first.Items);
        Assert.Equal([new OptOut("Bob@Example.net", Noon, "m-1")], (await Store.OptOuts.List("a", first.Next, 1, default)).Items);
        Assert.True(await Store.OptOuts.Delete("a", "BOB@example.net", default));
        Assert.False(await Store.OptOuts.Delete("a", "bob@example.net", default));
        Assert.True(await Store.Tenants.Delete(a, default));
        await CreateTenant("a");
        Assert.Empty(await Store.OptOuts.Find("a", ["ann@example.net"], default));
        Assert.Empty((await Store.OptOuts.List("a", null, 10, default)).Items);
    }

    private static Contact Contact(string address) => new(address, Noon);

    private static void AssertSame(Contact expected, Contact actual)
    {
        Assert.Equal(expected.Preferences, actual.Preferences);
        Assert.Equal(expected with { Preferences = [] }, actual with { Preferences = [] });
    }
}
