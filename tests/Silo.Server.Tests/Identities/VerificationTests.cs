using Silo.Core.Reputation;
using Silo.Dns;
using Silo.Server.Accounts;
using Silo.Server.Identities;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Server.Tests.Identities;

public sealed class VerificationTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly string KeyName = $"{IdentityScene.Selector}._domainkey.{IdentityScene.Domain}";

    [Fact]
    public async Task A_domain_is_verified_when_DNS_shows_its_key_and_not_before()
    {
        await using var scene = await IdentityScene.Start();
        await scene.Create();
        scene.Dns.Add(new SoaRecord(IdentityScene.Domain, Hour, "ns.news.example", "ann.news.example", 7, Hour, Hour, Hour, Hour));
        Assert.Equal("PENDING PENDING", await scene.Look());
        Assert.Equal(new ZoneAuthority("ns.news.example", "ann.news.example", 7), (await scene.Get()).Proof!.Authority);
        Assert.Equal("HOST_NOT_FOUND", (await scene.Get()).Proof!.ErrorType);
        scene.Dns.AddText(KeyName, "v=DKIM1; k=rsa; p=AAAA");
        Assert.Equal("PENDING PENDING", await scene.Look());
        Assert.Equal("INVALID_VALUE", (await scene.Get()).Proof!.ErrorType);
        scene.Publish();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
        var identity = await scene.Get();
        Assert.Equal((null, scene.Now, scene.Now), (identity.Proof!.ErrorType, identity.LastSuccessAt, identity.LastCheckedAt));
    }

    [Fact]
    public async Task What_is_never_found_fails_after_72_hours_and_is_asked_for_ever_more_seldom()
    {
        await using var scene = await IdentityScene.Start();
        await scene.Create();
        var first = await scene.Pass(Hour, Minute);
        Assert.InRange(first, 8, 20);
        var looks = await scene.Pass(Hour * 70, Minute * 20);
        Assert.InRange(looks, 60, 90);
        Assert.Equal("PENDING", (await scene.Get()).VerificationStatus);
        await scene.Pass(Hour * 3, Hour / 2);
        Assert.Equal(("FAILED", "FAILED"), ((await scene.Get()).VerificationStatus, (await scene.Get()).Dkim.Status));
        // It may still come, and is asked for daily.
        scene.Publish();
        Assert.Equal(1, await scene.Pass(Day, Hour));
        Assert.True((await scene.Get()).IsVerified);
    }

    [Fact]
    public async Task Servers_that_fail_say_nothing_either_way()
    {
        await using var scene = await IdentityScene.Start();
        await scene.Create();
        scene.Dns.Reply(KeyName, new ScriptedReply { Code = 2 });
        Assert.Equal("TEMPORARY_FAILURE TEMPORARY_FAILURE", await scene.Look());
        Assert.Equal("DNS_SERVER_ERROR", (await scene.Get()).Proof!.ErrorType);
        scene.Time.Advance(Day * 4);
        Assert.Equal("TEMPORARY_FAILURE TEMPORARY_FAILURE", await scene.Look());
        scene.Dns.Remove(KeyName);
        scene.Publish();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
        scene.Dns.Reply(KeyName, new ScriptedReply { Code = 2 });
        await scene.Pass(Day * 10, Hour * 4);
        var identity = await scene.Get();
        Assert.Equal(("SUCCESS", "SUCCESS", "DNS_SERVER_ERROR"), (identity.VerificationStatus, identity.Dkim.Status, identity.Proof!.ErrorType));
    }

    [Fact]
    public async Task What_was_verified_is_taken_back_after_days_without_its_record_and_not_for_a_gap()
    {
        await using var scene = await IdentityScene.Start();
        await scene.Create();
        scene.Publish();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
        Assert.InRange(await scene.Pass(Day * 5, Hour), 5, 6);
        scene.Unpublish();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
        scene.Publish();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
        Assert.Null((await scene.Get()).Proof!.MissingSince);

        scene.Unpublish();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
        await scene.Pass(Hour * 2, Minute * 10);
        // Mail goes on, but is not signed with what nobody can check.
        Assert.Equal(("SUCCESS", "TEMPORARY_FAILURE"), ((await scene.Get()).VerificationStatus, (await scene.Get()).Dkim.Status));
        await scene.Pass(Hour * 69, Hour);
        Assert.True((await scene.Get()).IsVerified);
        await scene.Pass(Hour * 3, Hour);
        Assert.Equal(("FAILED", "FAILED"), ((await scene.Get()).VerificationStatus, (await scene.Get()).Dkim.Status));
        scene.Publish();
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
    }

    [Fact]
    public async Task The_account_is_told_once_that_a_record_is_gone_and_once_that_it_is_back()
    {
        await using var scene = await IdentityScene.Start();
        await scene.Create();
        scene.Publish();
        await scene.Look();
        Assert.Empty(scene.Told);
        scene.Unpublish();
        scene.CanTell = false;
        await scene.Look();
        await scene.Pass(Hour * 3, Minute * 10);
        Assert.Equal("TEMPORARY_FAILURE", (await scene.Get()).Dkim.Status);
        Assert.Null((await scene.Get()).Proof!.Told);
        // It could not be told then, and is with a later look.
        scene.CanTell = true;
        await scene.Pass(Day * 4, Hour);
        Assert.Equal("FAILED", (await scene.Get()).VerificationStatus);
        scene.Publish();
        await scene.Look();
        await scene.Look();
        const string revoked = "DKIM record not found: the identity is not verified any more";
        Assert.Equal(
            [
                (ExternalReportKind.IdentityFaulty, "DKIM verification has failed"), (ExternalReportKind.IdentityFaulty, revoked),
                (ExternalReportKind.IdentityMended, revoked),
            ],
            scene.Told.Select(t => (t.Kind, t.Detail!)));
        Assert.All(scene.Told, t => Assert.Equal(IdentityScene.Domain, t.Source));
    }

    [Fact]
    public async Task With_AutoVerify_no_key_is_looked_for_and_nothing_is_taken_back()
    {
        await using var scene = await IdentityScene.Start(autoVerify: true);
        await scene.Create();
        Assert.Equal(0, await scene.Pass(Day * 3, Hour));
        Assert.Equal("SUCCESS SUCCESS", await scene.Look());
        Assert.Empty(scene.Dns.Asked);
    }

    [Fact]
    public async Task An_address_waits_until_it_is_marked_and_a_domain_cannot_be()
    {
        await using var scene = await IdentityScene.Start();
        await scene.Create("ann@post.example");
        await scene.Create();
        await scene.Service.Tick(default);
        Assert.False((await scene.Get("ann@post.example")).IsVerified);
        Assert.Equal(ResourceChange.Done, await scene.Verification.MarkVerified("ann@post.example", default));
        Assert.True((await scene.Get("ann@post.example")).IsVerified);
        Assert.Equal(ResourceChange.NotFound, await scene.Verification.MarkVerified("bob@post.example", default));
        Assert.Equal(ResourceChange.NotFound, await scene.Verification.MarkVerified(IdentityScene.Domain, default));
        Assert.False((await scene.Get()).IsVerified);
    }

    [Fact]
    public async Task One_silo_looks_and_another_goes_on_when_it_falls_silent()
    {
        await using var scene = await IdentityScene.Start();
        await scene.Create();
        var other = scene.Silo().Service;
        await scene.Service.Tick(default);
        var asked = scene.Dns.Asked.Count;
        Assert.True(asked > 0);
        scene.Time.Advance(Minute * 2);
        await other.Tick(default);
        Assert.Equal(asked, scene.Dns.Asked.Count);
        scene.Time.Advance(Minute * 2);
        await other.Tick(default);
        var more = scene.Dns.Asked.Count;
        Assert.True(more > asked);
        scene.Time.Advance(Minute * 2);
        await scene.Service.Tick(default);
        Assert.Equal(more, scene.Dns.Asked.Count);
    }

    [Fact]
    public async Task A_MAIL_FROM_domain_needs_its_MX_here_alone_and_an_SPF_record_that_includes_the_platform()
    {
        await using var scene = await IdentityScene.Start(autoVerify: true);
        await scene.Create();
        const string domain = "bounce.news.example";
        await scene.Account.ChangeIdentity(
            IdentityScene.Domain, i => i with { MailFrom = new MailFromSettings(domain, MailFromSettings.UseDefault, "PENDING", scene.Now) }, default);
        Assert.Equal("PENDING", await MailFrom());
        scene.Dns.AddMx(domain, 10, "mx.silo.example");
        Assert.Equal("PENDING", await MailFrom());
        scene.Dns.AddText(domain, "v=spf1 include:other.example -all");
        Assert.Equal("PENDING", await MailFrom());
        scene.Dns.AddText(domain, "v=spf1 ip4:192.0.2.1 include:spf.silo.example ~all");
        Assert.Equal("SUCCESS", await MailFrom());
        scene.Dns.AddMx(domain, 20, "mx.other.example");
        Assert.Equal("SUCCESS", await MailFrom());
        await scene.Pass(Hour * 2, Minute * 30);
        Assert.Equal("TEMPORARY_FAILURE", (await scene.Get()).MailFrom!.Status);
        await scene.Pass(Day * 3, Hour);
        Assert.Equal("FAILED", (await scene.Get()).MailFrom!.Status);
        Assert.True((await scene.Get()).IsVerified);

        async Task<string> MailFrom() => (await scene.Verification.Look(IdentityScene.Domain, default))!.MailFrom!.Status;
    }

    [Fact]
    public async Task A_MAIL_FROM_domain_that_never_works_fails_after_72_hours()
    {
        await using var scene = await IdentityScene.Start(autoVerify: true);
        await scene.Create();
        await scene.Account.ChangeIdentity(
            IdentityScene.Domain,
            i => i with { MailFrom = new MailFromSettings("b.news.example", MailFromSettings.Reject, "PENDING", scene.Now) }, default);
        await scene.Pass((Hour * 72) - Hour, Hour);
        Assert.Equal("PENDING", (await scene.Get()).MailFrom!.Status);
        await scene.Pass(Hour * 2, Hour);
        Assert.Equal("FAILED", (await scene.Get()).MailFrom!.Status);
    }

    [Fact]
    public async Task Keys_that_were_changed_during_a_look_are_not_proven_by_it()
    {
        await using var scene = await IdentityScene.Start();
        await scene.Create();
        var published = IdentityRecords.ToPublish(await scene.Get(), await scene.Keys.Get(IdentityScene.Domain, default), scene.Terms)
            .Single(r => r.Name == KeyName);
        // The name server shows the key when its owner has taken another one.
        var changed = new TaskCompletionSource();
        scene.Dns.Reply(KeyName, new ScriptedReply { Answers = [new TextRecord(KeyName, Hour, published.Value!)], After = changed.Task });
        var asked = scene.Dns.Asked.Count;
        var look = scene.Look();
        await Testing.EndToEnd.Patiently.Until(() => scene.Dns.Asked.Count > asked, "the key is asked for");
        await scene.Account.ChangeIdentity(
            IdentityScene.Domain, i => i with { Dkim = i.Dkim with { Tokens = ["other"], Selector = "other" } }, default);
        changed.SetResult();
        Assert.Equal("PENDING PENDING", await look);
        // What is asked for from now on is the other one.
        Assert.Equal("PENDING PENDING", await scene.Look());
    }

    [Fact]
    public async Task A_clock_that_is_set_back_does_not_stop_the_looks()
    {
        await using var scene = await IdentityScene.Start();
        await scene.Create();
        scene.Publish();
        await scene.Service.Tick(default);
        Assert.True((await scene.Get()).IsVerified);
        scene.Time.StepWall(-Day * 30);
        scene.Time.Advance(Minute);
        var asked = scene.Dns.Asked.Count;
        await scene.Service.Tick(default);
        Assert.True(scene.Dns.Asked.Count > asked);
    }
}
