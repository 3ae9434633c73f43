using Silo.Core.ProviderData;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Xunit;

namespace Silo.Server.Tests.ProviderData;

// The clock of the engine stands at 2 March 2026.
public sealed class ProviderImportsTests : IAsyncLifetime
{
    private static readonly DateOnly Yesterday = new(2026, 3, 1);
    private ProviderScene _scene = null!;

    public async Task InitializeAsync() => _scene = await ProviderScene.Start();

    public Task DisposeAsync() => _scene.DisposeAsync().AsTask();

    [Fact]
    public async Task Without_data_the_rate_at_Gmail_is_unknown_with_a_reason_and_never_zero()
    {
        await _scene.Scene.Domain("acme.example", true, "acme");
        await _scene.Scene.Domain("shared.example", true, "sharer", "acme");
        var imports = _scene.Imports();
        Assert.Equal(
            (null, "Nothing of Google Postmaster Tools was imported for a domain of this tenant."), await Gmail("acme"));
        await imports.Take("shared.example", [Spam(Yesterday, 0.01)], default);
        Assert.Equal(
            (null, "Its domains are used by other tenants too."), await Gmail("sharer"));
        await imports.Take("acme.example", [Spam(Yesterday.AddDays(-20), 0.0002)], default);
        Assert.Equal((null, "What Google Postmaster Tools says is older than 7 days."), await Gmail("acme"));
        await imports.Take("acme.example", [Spam(Yesterday, null)], default);
        Assert.Null((await Gmail("acme")).Rate);
        await imports.Take("acme.example", [Spam(Yesterday, 0)], default);
        Assert.Equal((0, null), await Gmail("acme"));

        async Task<(double? Rate, string? Reason)> Gmail(string tenant)
        {
            var rates = await imports.GmailOf(tenant, default);
            return (rates.SpamRate, rates.Reason);
        }
    }

    [Fact]
    public async Task A_rate_above_the_thresholds_is_a_finding_and_the_same_file_again_changes_nothing()
    {
        await _scene.Scene.Domain("acme.example", true, "acme");
        var imports = _scene.Imports();
        await imports.Take("acme.example", [Spam(Yesterday.AddDays(-1), 0.0009)], default);
        Assert.Equal((0, null), await Reports("acme"));
        for (var i = 0; i < 3; i++) await imports.Take("acme.example", [Spam(Yesterday.AddDays(-1), 0.0015), Spam(Yesterday, 0.001)], default);
        Assert.Equal((3, FindingImpact.Low), await Reports("acme"));
        // Another silo; a correction of the same day.
        for (var i = 0; i < 2; i++) await _scene.Imports().Take("acme.example", [Spam(Yesterday, 0.0031)], default);
        Assert.Equal((10, FindingImpact.High), await Reports("acme"));
        Assert.Equal(SendingStatus.Disabled, (await _scene.Scene.Engine.Tenants.Get("acme").Describe(default))!.Standing.Aggregate);
        Assert.Equal(0.0031, (await imports.GmailOf("acme", default)).SpamRate);
        Assert.Equal(2, (await imports.Google("acme.example", default))!.Days.Count);
    }

    [Fact]
    public async Task Data_of_long_ago_and_of_domains_that_nobody_verified_open_nothing()
    {
        await _scene.Scene.Domain("acme.example", true, "acme");
        await _scene.Scene.Domain("new.example", false, "acme");
        await _scene.Imports().Take("acme.example", [Spam(Yesterday.AddDays(-9), 0.5)], default);
        await _scene.Imports().Take("new.example", [Spam(Yesterday, 0.5)], default);
        await _scene.Imports().Take("foreign.example", [Spam(Yesterday, 0.5)], default);
        Assert.Equal((0, null), await Reports("acme"));
    }

    [Fact]
    public async Task Of_a_domain_of_several_tenants_nobody_is_told_whatever_names_a_sender_wrote_and_alone_on_it_they_excuse_nobody()
    {
        await _scene.Scene.Domain("shared.example", true, "good", "bad");
        await _scene.Scene.Engine.Create("stranger");
        var day = new GoogleDay(Yesterday) { SpamRate = 0.02, Loops = [new("bad", 0.004), new("stranger", 0.5), new("t:news:good:silo", 0.0001)] };
        await _scene.Imports().Take("shared.example", [day], default);
        foreach (var tenant in (string[])["bad", "good", "stranger"]) Assert.Equal((0, null), await Reports(tenant));
        Assert.Empty((await _scene.Imports().GmailOf("good", default)).Rates);

        await _scene.Scene.Domain("own.example", true, "good");
        await _scene.Imports().Take("own.example", [day], default);
        Assert.Equal((10, FindingImpact.High), await Reports("good"));
        var rate = Assert.Single((await _scene.Imports().GmailOf("good", default)).Rates);
        Assert.Equal((0.02, false), (rate.SpamRate, rate.IsByLoop));
    }

    [Fact]
    public async Task Several_domains_at_the_lower_threshold_are_not_one_at_the_higher_and_days_to_come_are_nobodys()
    {
        foreach (var domain in (string[])["one.example", "two.example", "three.example", "four.example"])
        {
            await _scene.Scene.Domain(domain, true, "acme");
            await _scene.Imports().Take(domain, [Spam(Yesterday, 0.001), Spam(Yesterday.AddDays(400), 0.9)], default);
        }

        Assert.Equal((3, FindingImpact.Low), await Reports("acme"));
        Assert.Equal(0.001, (await _scene.Imports().GmailOf("acme", default)).SpamRate);
    }

    [Fact]
    public async Task Traps_and_red_days_of_a_dedicated_address_are_its_tenants_once()
    {
        await _scene.Scene.Ip("192.0.2.1", "own");
        await _scene.Scene.Set("a", "own", "acme");
        var red = new SndsDay(Yesterday) { FilterResult = SndsFilterResult.Red };
        var traps = new SndsDay(Yesterday.AddDays(-1)) { TrapHits = 2, FilterResult = SndsFilterResult.Green };
        for (var i = 0; i < 2; i++)
        {
            var (unknown, all) = await _scene.Imports().Take([new("192.0.2.1", red), new("192.0.2.1", traps), new("192.0.2.77", red)], default);
            Assert.Equal(["192.0.2.77"], unknown);
            Assert.True(all);
        }

        Assert.Equal((5, FindingImpact.Low), await Reports("acme"));
        await _scene.Imports().Take([new("192.0.2.1", traps with { TrapHits = 8 })], default);
        Assert.Equal((11, FindingImpact.High), await Reports("acme"));
        Assert.Equal([8L, 0L], (await _scene.Imports().Snds("192.0.2.1", default))!.Days.Select(d => d.TrapHits));
    }

    [Fact]
    public async Task Traps_and_red_days_of_a_shared_address_are_kept_and_no_tenants()
    {
        await _scene.Scene.Ip("192.0.2.1", "pool");
        await _scene.Scene.Set("a", "pool", "acme", "other");
        var (unknown, _) = await _scene.Imports().Take(
            [new("192.0.2.1", new SndsDay(Yesterday) { TrapHits = 50, FilterResult = SndsFilterResult.Red })], default);
        Assert.Empty(unknown);
        Assert.Equal((0, null), await Reports("acme"));
        Assert.Equal(50, Assert.Single((await _scene.Imports().Snds("192.0.2.1", default))!.Days).TrapHits);
    }

    private static GoogleDay Spam(DateOnly day, double? rate) => new(day) { SpamRate = rate };

    private async Task<(int Reports, FindingImpact? Impact)> Reports(string tenant)
    {
        var reputation = (await _scene.Scene.Engine.Tenants.Get(tenant).Reputation(default))!;
        return (
            reputation.Reports.Sum(r => r.Count),
            reputation.Standing.OpenFindings.FirstOrDefault(f => f.Type == FindingType.FeedbackThirdParty)?.Impact);
    }
}
