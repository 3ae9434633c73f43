using Silo.Core.Suppression;
using Silo.Storage.Sqlite;
using Silo.Testing;
using Xunit;

namespace Silo.Storage.Tests.Sqlite;

public sealed class ListedAddressesTests
{
    private const int Many = 20_000;
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task An_address_that_stands_on_a_list_is_never_said_to_stand_on_none_and_of_others_hardly_any_is_asked_for()
    {
        await using var underTest = await new SqliteUnderTest(new HostileTimeProvider()).Start();
        await underTest.Sqlite.ListsRead;
        var listed = underTest.Sqlite.Listed;
        for (var i = 0; i < Many; i++) listed.Add(Address("in", i));
        for (var i = 0; i < Many; i++) Assert.True(listed.MayHold([Address("out", 0), Address("in", i).ToUpperInvariant()]));
        Assert.InRange(Enumerable.Range(0, Many).Count(i => listed.MayHold([Address("out", i)])), 0, Many / 100);
    }

    [Fact]
    public async Task Before_the_lists_are_read_each_address_may_stand_on_one()
    {
        var listed = new ListedAddresses();
        Assert.True(listed.MayHold([Address("out", 0)]));
        await using var underTest = await new SqliteUnderTest(new HostileTimeProvider()).Start();
        await listed.Load(underTest.Sqlite.Readers, new CancellationToken(canceled: true));
        Assert.False(listed.IsComplete);
        await listed.Load(underTest.Sqlite.Readers, default);
        Assert.False(listed.MayHold([Address("out", 0)]));
    }

    [Fact]
    public async Task Addresses_are_found_that_were_listed_before_a_start_and_after_it_by_a_call_and_by_a_bounce()
    {
        await using var underTest = await new SqliteUnderTest(new HostileTimeProvider(Noon)).Start();
        await underTest.Sqlite.Suppressions.Put(null, Entry("Before@example.net"), default);
        await underTest.Restart();
        var store = underTest.Sqlite;
        await store.ListsRead;
        Assert.True(store.Listed.IsComplete);
        await store.Suppressions.Put(null, Entry("Called@example.net"), default);
        var ticket = store.Spool.Enqueue(new SpoolWrite { TenantKey = 7, Suppressions = [new(false, Entry("Bounced@example.net"))] });
        await store.Spool.WhenCommitted(ticket, default);

        var found = await store.Suppressions.Find(
            "nobody", ["before@example.net", "called@example.net", "bounced@example.net", "other@example.net"], default);
        Assert.Equal(["Before@example.net", "Bounced@example.net", "Called@example.net"], found.Select(f => f.Address).Order());
    }

    private static string Address(string name, int number) => $"{name}-{number}@example.net";

    private static SuppressionEntry Entry(string address) => new(address, SuppressionReason.Bounce, Noon);
}
