using Silo.Core.Tenants;
using Silo.Core.WarmUp;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Orleans.Tests.Ownership;

public class WarmUpTests
{
    [PostgresFact]
    public async Task A_warm_up_by_domain_holds_whichever_silo_sets_it_or_takes_the_mail_and_goes_on_with_the_next_owner()
    {
        await using var silos = await SilosUnderTest.OnPostgres(2);
        await silos.Create("a");
        var owner = Assert.Single(silos.HostsOf("a"));
        var other = silos.Silos.Single(s => s != owner);
        var warmUp = new TenantWarmUp
        {
            StartedAt = TimeProvider.System.GetUtcNow(), Mode = WarmUpMode.Time, DailyCaps = [240],
            ProviderCaps = [new ProviderCaps("Gmail", [24])], ByDomain = true,
        };
        Assert.True(await silos.Outside.Get("a").SetWarmUp(warmUp, default));
        var set = (await other.Tenants.Get("a").Describe(default))!.WarmUp!;
        Assert.Equal((true, null, 240, 24), (set.ByDomain, set.OverflowPool, set.DailyCaps![0], set.ProviderCaps![0].DailyCaps[0]));

        // The slice of its first hour is a 24th of the day's.
        for (var i = 0; i < 30; i++) await silos.Send("a", silos.Silos[i % 2]);
        await UntilTheRestWaits(20);
        Assert.Equal(10, owner.Transport.Starts.Count);
        await silos.Kill(owner);
        await UntilTheRestWaits(20);
        Assert.Empty(other.Transport.Starts);
        var use = Assert.Single(
            (await silos.Outside.Get("a").Describe(default))!.WarmUpUse, u => u is { Domain: "example.com", Provider: null });
        Assert.Equal((10, 10), (use.SentToday, use.SentThisHour));

        Task UntilTheRestWaits(int count) => silos.Until(
            async () => (await other.Tenants.Get("a").Budgets(default))!.Queue.Lanes
                is [{ SendingDomain: "example.com", Overflows: false, WaitsFor: "warm-up of example.com" } lane]
                && lane.Due + lane.Later == count,
            $"{count} wait for the warm-up of their domain");
    }
}
