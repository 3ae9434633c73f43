using Silo.Server.Accounts;
using Silo.Server.Identities;
using Xunit;

namespace Silo.Server.Tests.Identities;

public sealed class KeyRotationTests
{
    private const string Zone = "dkim.silo.example";
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Theory]
    [InlineData(Zone)]
    [InlineData(null)]
    public async Task A_new_key_signs_once_DNS_shows_it_and_the_old_one_stays_published_for_a_week(string? zone)
    {
        await using var scene = await IdentityScene.Start(zone);
        var tokens = await scene.CreateEasy();
        Assert.Equal("PENDING PENDING", await scene.Look());
        await scene.PublishAll();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());

        Assert.Equal(ResourceChange.Done, (await scene.Changes.Rotate(await scene.Get(), null, default)).Done);
        var identity = await scene.Get();
        Assert.Equal((tokens[0], tokens[1]), (identity.Dkim.SigningSelector, identity.Dkim.NextSelector));
        Assert.NotNull((await scene.Changes.Rotate(identity, null, default)).Refusal);
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
        Assert.Equal(tokens[0], (await scene.Get()).Dkim.SigningSelector);

        await scene.PublishAll();
        await scene.Pass(Hour, Hour / 2);
        identity = await scene.Get();
        Assert.Equal((tokens[1], null, "SUCCESS"), (identity.Dkim.SigningSelector, identity.Dkim.NextSelector, identity.Dkim.Status));
        Assert.Equal([(tokens[0], true), (tokens[1], false)], await Keys(scene));
        await scene.Pass(Day * 6, Hour * 6);
        Assert.Equal(2, (await Keys(scene)).Count);
        await scene.Pass(Day * 3, Hour * 6);
        Assert.Equal([(tokens[1], false)], await Keys(scene));
    }

    [Fact]
    public async Task A_domain_that_was_never_verified_uses_a_new_key_at_once()
    {
        await using var scene = await IdentityScene.Start();
        await scene.Create();
        Assert.Equal("PENDING PENDING", await scene.Look());
        var done = await scene.Changes.UseOwn(IdentityScene.Domain, "second", KeyMaterial.Generate(1_024), default);
        Assert.Equal(ResourceChange.Done, done);
        var dkim = (await scene.Get()).Dkim;
        Assert.Equal(("second", null, "PENDING"), (dkim.SigningSelector, dkim.NextSelector, dkim.Status));
    }

    [Fact]
    public async Task A_token_gets_no_new_key_while_the_one_before_is_still_published()
    {
        await using var scene = await IdentityScene.Start(Zone);
        var tokens = await scene.CreateEasy();
        for (var i = 0; i < 3; i++)
        {
            Assert.NotNull(await scene.Verification.Look(IdentityScene.Domain, default));
            await scene.PublishAll();
            await scene.Look();
            Assert.Equal(tokens[i], (await scene.Get()).Dkim.SigningSelector);
            scene.Time.Advance(Hour);
            var (done, refusal) = await scene.Changes.Rotate(await scene.Get(), null, default);
            Assert.Equal(i == 2, done is null);
            if (i == 2) Assert.Contains(tokens[0], refusal, StringComparison.Ordinal);
        }

        await scene.Pass(Day * 9, Hour * 12);
        Assert.Equal(ResourceChange.Done, (await scene.Changes.Rotate(await scene.Get(), null, default)).Done);
        Assert.Equal(tokens[0], (await scene.Get()).Dkim.NextSelector);
    }

    [Fact]
    public async Task A_key_of_the_owners_own_takes_over_from_Easy_DKIM_without_a_gap()
    {
        await using var scene = await IdentityScene.Start(Zone);
        var tokens = await scene.CreateEasy();
        await scene.Look();
        await scene.PublishAll();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
        Assert.Equal(ResourceChange.Done, await scene.Changes.UseOwn(IdentityScene.Domain, "mine", KeyMaterial.Generate(1_024), default));
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
        var identity = await scene.Get();
        Assert.Equal(("EXTERNAL", tokens[0], "mine"), (identity.Dkim.Origin, identity.Dkim.SigningSelector, identity.Dkim.NextSelector));
        // The old key is the platform's to publish, still.
        var keys = await scene.Keys.Get(IdentityScene.Domain, default);
        Assert.Contains(IdentityRecords.OfZone(identity, keys, scene.Terms), r => r.Name == $"{tokens[0]}.{Zone}");
        await scene.PublishAll();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
        Assert.Equal("mine", (await scene.Get()).Dkim.SigningSelector);
    }

    [Fact]
    public async Task A_key_at_the_selector_of_the_one_before_waits_for_DNS_and_mail_goes_on()
    {
        await using var scene = await IdentityScene.Start();
        await scene.Create();
        scene.Publish();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
        await scene.Changes.UseOwn(IdentityScene.Domain, IdentityScene.Selector, KeyMaterial.Generate(1_024), default);
        Assert.Equal("SUCCESS PENDING", await scene.Look());
        await scene.PublishAll();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
    }

    [Fact]
    public async Task However_many_keys_are_to_come_the_one_in_use_stays()
    {
        await using var scene = await IdentityScene.Start();
        await scene.Create();
        scene.Publish();
        await scene.Look();
        var key = KeyMaterial.Generate(1_024);
        for (var i = 0; i < IdentityKeySet.MaxKeys + 2; i++)
            Assert.Equal(ResourceChange.Done, await scene.Changes.UseOwn(IdentityScene.Domain, $"next{i}", key, default));
        Assert.Equal(IdentityScene.Selector, (await scene.Get()).Dkim.SigningSelector);
        // One that was to come and will not is not kept.
        Assert.Equal([IdentityScene.Selector, $"next{IdentityKeySet.MaxKeys + 1}"], (await Keys(scene)).Select(k => k.Item1));
    }

    [Fact]
    public void A_full_set_gives_up_the_oldest_key_that_is_neither_in_use_nor_to_come()
    {
        var set = IdentityKeySet.Empty;
        for (var i = 0; i < IdentityKeySet.MaxKeys; i++) set = set.With(KeyAt($"s{i}"));
        var next = set.With(KeyAt("new"), selector: "S0", nextSelector: "s1");
        Assert.Equal(IdentityKeySet.MaxKeys, next.Keys.Count);
        Assert.Equal(["s2"], set.Keys.Except(next.Keys).Select(k => k.Selector));

        static IdentityKey KeyAt(string selector) => new(selector, 1_024, "public", "private", DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public async Task A_wrong_alias_and_a_zone_without_the_key_are_told_apart()
    {
        await using var scene = await IdentityScene.Start(Zone);
        var tokens = await scene.CreateEasy();
        await scene.Look();
        var name = $"{tokens[0]}._domainkey.{IdentityScene.Domain}";
        Assert.All(await Records(), r => Assert.Equal(("CNAME", RecordStatus.Absent), r));
        scene.Dns.AddAlias(name, $"{tokens[0]}.dkim.other.example");
        Assert.Equal(RecordStatus.Wrong, (await Records())[0].Status);
        scene.Dns.Remove(name);
        scene.Dns.AddAlias(name, $"{tokens[0]}.{Zone}");
        Assert.Equal(RecordStatus.Right, (await Records())[0].Status);
        Assert.Equal("PENDING PENDING", await scene.Look());
        await scene.PublishAll();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());

        async Task<List<(string Type, RecordStatus Status)>> Records() =>
            [.. (await scene.Verification.Records(await scene.Get(), default)).Select(r => (r.Record.Type, r.Finding.Status))];
    }

    [Fact]
    public async Task Keys_are_replaced_by_themselves_when_they_are_old_enough()
    {
        await using var scene = await IdentityScene.Start(Zone, rotateAfter: TimeSpan.FromDays(30));
        var tokens = await scene.CreateEasy();
        await scene.Look();
        await scene.PublishAll();
        await scene.Look();
        await scene.Pass(Day * 29, Day);
        Assert.Null((await scene.Get()).Dkim.NextSelector);
        await scene.Pass(Day * 2, Day);
        Assert.Equal(tokens[1], (await scene.Get()).Dkim.NextSelector);
    }

    [Fact]
    public async Task Two_silos_that_need_a_key_make_one()
    {
        await using var scene = await IdentityScene.Start();
        var tokens = await scene.CreateEasy();
        var other = scene.Silo().Keys;
        var made = await Task.WhenAll(
            scene.Keys.Ensure(IdentityScene.Domain, tokens[0], 1_024, null, default).AsTask(), other.Ensure(IdentityScene.Domain, tokens[0], 1_024, null, default).AsTask());
        Assert.Equal(made[0].PublicKey, made[1].PublicKey);
    }

    private static async Task<List<(string, bool)>> Keys(IdentityScene scene)
    {
        // Past the five seconds that keys are remembered.
        scene.Time.Advance(TimeSpan.FromSeconds(6));
        return [.. (await scene.Keys.Get(IdentityScene.Domain, default)).Keys.Select(k => (k.Selector, k.RetiredAt is not null))];
    }
}
