using Silo.Orleans.Placement;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Orleans.Tests.Ownership;

public class BalanceTests
{
    [Theory]
    [InlineData(new[] { 1_000, 0 }, 1_000, 1, 200)]
    [InlineData(new[] { 100, 0 }, 100, 1, 25)]
    [InlineData(new[] { 100, 100, 0 }, 100, 2, 17)]
    [InlineData(new[] { 100, 0 }, 0, 1, 0)]
    [InlineData(new[] { 100, 90, 95 }, 100, 1, 0)]
    [InlineData(new[] { 20, 0 }, 20, 1, 0)]
    public void A_silo_well_above_the_mean_lets_half_of_the_difference_go_to_the_emptiest(int[] counts, int own, int emptiest, int moved) =>
        Assert.Equal((emptiest, moved), TenantBalance.Plan(counts, own));

    [PostgresFact]
    public async Task A_silo_that_joins_gets_tenants_with_their_mail_and_nothing_leaves_twice()
    {
        await using var silos = await SilosUnderTest.OnPostgres(1, test =>
            (test.Settings["Silo:Tenants:SendRate"], test.Settings["Silo:Tenants:SendBurst"]) = ("2", "1"));
        var names = Enumerable.Range(0, 100).Select(i => $"t{i}").ToArray();
        foreach (var name in names) await silos.Create(name);
        var ids = new List<string>();
        foreach (var name in names)
            for (var i = 0; i < 10; i++) ids.Add(await silos.Send(name));
        var first = silos.First;
        var second = await silos.StartAnother();
        await first.Service<TenantBalance>().Level(default);

        Assert.InRange(second.Local.Count, 10, 50);
        // However much of the queues had left by then, this mail leaves from where the tenants are now.
        foreach (var name in names) ids.Add(await silos.Send(name));
        foreach (var name in names) await silos.UntilNothingIsOpen(name);
        Assert.Equal(ids.Order(), silos.Silos.SelectMany(s => s.Transport.Starts).Select(s => s.MessageId).Order());
        Assert.NotEmpty(second.Transport.Starts);
        Assert.All(names, name => Assert.Single(silos.HostsOf(name)));
    }
}
