using Silo.Core.Blocklists;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Server.Blocklists;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Server.Tests.Blocklists;

public sealed class BlocklistWatchTests : IAsyncLifetime
{
    private const string Ip = "192.0.2.1";
    private BlocklistScene _scene = null!;

    public async Task InitializeAsync() => _scene = await BlocklistScene.Start();

    public Task DisposeAsync() => _scene.DisposeAsync().AsTask();

    [Fact]
    public async Task A_listing_of_an_address_that_one_tenant_alone_uses_is_its_finding_until_the_list_says_otherwise()
    {
        await _scene.Ip(Ip, "own");
        await _scene.Set("a", "own", "acme");
        _scene.List(Ip);
        var (watch, _) = _scene.Watch();
        var seen = (await watch.Look(Ip, default))!;
        Assert.Equal(("own", true, "acme", "127.0.0.2"), (seen.Pool, seen.IsListed, Zone(seen).ToldTo, Zone(seen).Codes));
        Assert.Equal((BlocklistScene.Ips, FindingImpact.Low), await _scene.Listings("acme"));

        // The standard policy pauses for HIGH: two lists.
        _scene.List(Ip, BlocklistScene.MoreIps);
        await watch.Look(Ip, default);
        Assert.Equal($"{BlocklistScene.Ips} {BlocklistScene.MoreIps}", (await _scene.Listings("acme")).Lists);
        Assert.Equal(SendingStatus.Disabled, (await _scene.Engine.Tenants.Get("acme").Describe(default))!.Standing.Aggregate);

        _scene.Delist(Ip);
        _scene.Delist(Ip, BlocklistScene.MoreIps);
        // Another silo, with nothing but what is stored.
        seen = (await _scene.Watch().Watch.Look(Ip, default))!;
        Assert.Equal((false, null, 2), (seen.IsListed, Zone(seen).ToldTo, seen.Past.Count));
        Assert.Equal(("", null), await _scene.Listings("acme"));
    }

    [Theory]
    [InlineData("two tenants of one set")]
    [InlineData("two sets")]
    [InlineData("a set that nobody has")]
    [InlineData("the default pool")]
    public async Task A_listing_of_a_shared_address_is_the_pools_and_no_tenants(string shared)
    {
        await _scene.Ip(Ip, shared == "the default pool" ? null : "pool");
        await _scene.Set("a", "pool", shared == "two tenants of one set" ? ["acme", "other"] : ["acme"]);
        if (shared == "two sets") await _scene.Set("b", "pool", "other");
        if (shared == "a set that nobody has") await _scene.Set("b", "pool");
        _scene.List(Ip);
        var seen = (await _scene.Watch().Watch.Look(Ip, default))!;
        Assert.Equal((true, null), (seen.IsListed, Zone(seen).ToldTo));
        Assert.Equal(("", null), await _scene.Listings("acme"));
    }

    [Fact]
    public async Task What_a_list_refuses_to_say_or_a_resolver_makes_up_opens_nothing_and_closes_nothing()
    {
        await _scene.Ip(Ip, "own");
        await _scene.Set("a", "own", "acme");
        var (watch, _) = _scene.Watch();
        foreach (var code in (string[])["127.255.255.254", "127.255.255.255", "198.51.100.7"])
        {
            _scene.List(Ip, BlocklistScene.Ips, code);
            var refused = (await watch.Look(Ip, default))!;
            Assert.False(refused.IsListed);
            Assert.Contains(code, Zone(refused).Problem, StringComparison.Ordinal);
            _scene.Delist(Ip);
        }

        Assert.Equal(("", null), await _scene.Listings("acme"));
        _scene.List(Ip);
        await watch.Look(Ip, default);
        _scene.Delist(Ip);
        _scene.Dns.Reply($"1.2.0.192.{BlocklistScene.Ips}", new ScriptedReply { Code = 2 });
        var failed = (await watch.Look(Ip, default))!;
        Assert.True(failed.IsListed);
        Assert.NotNull(Zone(failed).Problem);
        Assert.Equal((BlocklistScene.Ips, FindingImpact.Low), await _scene.Listings("acme"));
    }

    [Fact]
    public async Task A_list_that_lists_the_world_or_lost_its_test_entry_is_not_believed_and_that_is_shown()
    {
        await _scene.Ip(Ip, "own");
        await _scene.Set("a", "own", "acme");
        _scene.List(Ip);
        _scene.Dns.AddAddress($"1.0.0.127.{BlocklistScene.Ips}", "127.0.0.2");
        _scene.Dns.Remove($"2.0.0.127.{BlocklistScene.MoreIps}");
        var (watch, _) = _scene.Watch();
        var seen = (await watch.Look(Ip, default))!;
        Assert.False(seen.IsListed);
        Assert.Equal(("", null), await _scene.Listings("acme"));
        await watch.KeepTests(default);
        // Seen by a silo that tested nothing itself.
        var zones = await _scene.Watch().Watch.Zones(default);
        Assert.Equal(
            ["It lists what no list may: it lists the world", "It does not have its test entry: it is empty, or was given up", null],
            zones.Select(z => z.Test?.Problem));

        // It is asked again after minutes, and believed again.
        _scene.Dns.Remove($"1.0.0.127.{BlocklistScene.Ips}");
        Assert.False((await watch.Look(Ip, default))!.IsListed);
        _scene.Engine.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.True((await watch.Look(Ip, default))!.IsListed);
    }

    [Fact]
    public async Task A_list_that_begins_to_list_the_world_after_it_was_tested_is_not_believed_either()
    {
        await _scene.Ip(Ip, "own");
        await _scene.Set("a", "own", "acme");
        var (watch, _) = _scene.Watch();
        Assert.False((await watch.Look(Ip, default))!.IsListed);
        _scene.List(Ip);
        _scene.List("127.94.94.94");
        Assert.False((await watch.Look(Ip, default))!.IsListed);
        Assert.Equal(("", null), await _scene.Listings("acme"));
        _scene.Delist("127.94.94.94");
        _scene.Engine.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.True((await watch.Look(Ip, default))!.IsListed);
    }

    [Fact]
    public async Task A_domain_is_its_tenants_finding_and_one_of_several_tenants_is_nobodys()
    {
        await _scene.Domain("acme.example", true, "acme");
        await _scene.Domain("shared.example", true, "acme", "other");
        await _scene.Domain("new.example", false, "acme");
        await _scene.Domain("idle.example", true);
        foreach (var name in (string[])["acme", "shared", "new", "idle"]) _scene.Dns.AddAddress($"{name}.example.{BlocklistScene.Domains}", "127.0.1.2");
        var (watch, _) = _scene.Watch();
        Assert.True((await watch.Look("shared.example", default))!.IsListed);
        Assert.Equal(("", null), await _scene.Listings("acme"));
        Assert.True((await watch.Look("acme.example", default))!.IsListed);
        Assert.Equal((BlocklistScene.Domains, FindingImpact.Low), await _scene.Listings("acme"));
        Assert.Null(await watch.Look("new.example", default));
        Assert.Null(await watch.Look("idle.example", default));
    }

    [Fact]
    public async Task A_list_names_a_tenant_until_the_last_of_its_addresses_is_off_it()
    {
        await _scene.Ip(Ip, "own");
        await _scene.Ip("192.0.2.2", "own");
        await _scene.Set("a", "own", "acme");
        _scene.List(Ip);
        _scene.List("192.0.2.2");
        var (watch, _) = _scene.Watch();
        await watch.Look(Ip, default);
        await watch.Look("192.0.2.2", default);
        Assert.Equal((BlocklistScene.Ips, FindingImpact.Low), await _scene.Listings("acme"));
        _scene.Delist(Ip);
        await watch.Look(Ip, default);
        Assert.Equal((BlocklistScene.Ips, FindingImpact.Low), await _scene.Listings("acme"));
        _scene.Delist("192.0.2.2");
        await watch.Look("192.0.2.2", default);
        Assert.Equal(("", null), await _scene.Listings("acme"));
    }

    [Fact]
    public async Task Whoever_was_told_is_told_of_the_end_when_the_address_becomes_somebody_elses()
    {
        await _scene.Ip(Ip, "own");
        await _scene.Set("a", "own", "acme");
        _scene.List(Ip);
        var (watch, _) = _scene.Watch();
        await watch.Look(Ip, default);
        await _scene.Dissociate("acme", "a");
        await _scene.Set("b", "elsewhere", "other");
        await _scene.Associate("other", "arn:aws:ses:us-east-1:000000000000:configuration-set/a");
        _scene.Engine.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("other", Zone((await watch.Look(Ip, default))!).ToldTo);
        Assert.Equal(("", null), await _scene.Listings("acme"));
        Assert.Equal((BlocklistScene.Ips, FindingImpact.Low), await _scene.Listings("other"));
    }

    [Fact]
    public async Task A_listing_that_lasts_is_told_again_and_outlasts_the_time_after_which_it_would_end_by_itself()
    {
        await _scene.Ip(Ip, "own");
        await _scene.Set("a", "own", "acme");
        _scene.List(Ip);
        var (watch, _) = _scene.Watch();
        for (var hour = 0; hour < 96; hour += 8)
        {
            await watch.Look(Ip, default);
            _scene.Engine.Time.Advance(TimeSpan.FromHours(8));
        }

        await _scene.Engine.Tenants.Get("acme").Review(default);
        Assert.Equal((BlocklistScene.Ips, FindingImpact.Low), await _scene.Listings("acme"));
        var key = await _scene.Engine.KeyOf("acme");
        var told = (await _scene.Engine.Replay(key, _scene.Now)).Events.Count(e => e.Report is not null);
        Assert.InRange(told, 4, 5);
    }

    [Fact]
    public async Task An_IPv6_address_is_looked_up_by_nibbles_and_the_key_stands_in_the_question_and_nowhere_else()
    {
        _scene.Options.Zones.Clear();
        _scene.Options.Zones.Add(new BlocklistZoneOptions { Name = "zen.dq.spamhaus.net" });
        var zone = $"{BlocklistScene.Key}.zen.dq.spamhaus.net";
        _scene.Dns.AddAddress($"2.0.0.127.{zone}", "127.0.0.2");
        await _scene.Ip("2001:db8::1", "own");
        _scene.Dns.AddAddress($"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.{zone}", "127.0.0.3");
        var (watch, _) = _scene.Watch();
        var seen = (await watch.Look("2001:db8::1", default))!;
        Assert.Equal("zen.dq.spamhaus.net", Assert.Single(seen.Zones).Zone);
        Assert.True(seen.IsListed);
        var stored = await _scene.Engine.Store.Resources.List(Silo.Storage.ResourceKind.BlocklistState, null, null, 100, default);
        Assert.All(stored.Items, d => Assert.DoesNotContain(BlocklistScene.Key, System.Text.Encoding.UTF8.GetString(d.Document.Span), StringComparison.Ordinal));

        // With the key refused, questions fail.
        _scene.Dns.Reply(_ => [new ScriptedReply { Code = 5 }]);
        _scene.Engine.Time.Advance(TimeSpan.FromMinutes(6));
        seen = (await watch.Look("2001:db8::1", default))!;
        Assert.True(seen.IsListed);
        Assert.DoesNotContain(BlocklistScene.Key, seen.Zones[0].Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("127.0.0.2")]
    public async Task Addresses_that_are_on_no_list_but_for_its_tests_are_not_looked_up(string ip)
    {
        await _scene.Ip(ip, "own");
        Assert.Null(await _scene.Watch().Watch.Look(ip, default));
    }

    private static ZoneListing Zone(SubjectListings subject) => subject.Find(BlocklistScene.Ips)!;
}
