using Silo.Core.Dkim;
using Silo.Core.Messages;
using Silo.Server.Identities;
using Silo.Server.Intake;
using Xunit;

namespace Silo.Server.Tests.Identities;

/// <summary>The platform's own key: its record is there before mail is signed with it.</summary>
public sealed class PlatformKeyTests
{
    private const string Platform = "platform.example";
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task Another_selector_signs_when_its_record_is_found_and_the_one_before_until_then()
    {
        await using var scene = await IdentityScene.Start();
        scene.Options.PlatformDomain = "Platform.Example";
        scene.Options.PlatformSelector = "one";
        await Publish(scene);
        await Tick(scene);
        Assert.Equal("one", await SignedBy(scene));

        scene.Options.PlatformSelector = "two";
        await Tick(scene);
        Assert.Equal("one", await SignedBy(scene));
        for (var i = 0; i < 30; i++) await Advance(scene, Minute * 10);
        Assert.Equal("one", await SignedBy(scene));
        await Publish(scene);
        await Tick(scene);
        Assert.Equal("two", await SignedBy(scene));
    }

    [Fact]
    public async Task A_new_key_signs_nothing_before_its_record_is_there_and_a_gap_of_minutes_is_none()
    {
        await using var scene = await IdentityScene.Start();
        scene.Options.PlatformDomain = Platform;
        await Tick(scene);
        Assert.Null(await SignedBy(scene));
        await Publish(scene);
        await Tick(scene);
        Assert.Equal("silo", await SignedBy(scene));

        scene.Dns.Remove($"silo._domainkey.{Platform}");
        await Day(scene);
        Assert.Equal("silo", await SignedBy(scene));
        for (var i = 0; i < 12; i++) await Advance(scene, Minute * 10);
        Assert.Null(await SignedBy(scene));
        await Publish(scene);
        for (var i = 0; i < 6; i++) await Advance(scene, Minute * 10);
        Assert.Equal("silo", await SignedBy(scene));
    }

    [Fact]
    public void A_key_that_an_earlier_release_signed_with_goes_on_signing_while_its_record_is_not_found_for_less_than_an_hour()
    {
        var (key, now) = (new PlatformRecord(Platform, "silo", "AAAA"), DateTimeOffset.UnixEpoch.AddYears(50));
        var absent = new RecordFinding(RecordStatus.Absent, "HOST_NOT_FOUND", "gone");
        var state = PlatformKeyState.Apply(null, key, isNew: false, absent, now);
        Assert.Equal((key, false), (state.InUse, state.IsMissing));
        state = PlatformKeyState.Apply(state, key, false, absent, now + (Hour / 2));
        Assert.False(state.IsMissing);
        Assert.True(PlatformKeyState.Apply(state, key, false, absent, now + Hour).IsMissing);
        Assert.False(PlatformKeyState.Apply(state, key, false, RecordFinding.Right, now + Hour).IsMissing);
        // Servers that fail say nothing either way.
        var unknown = new RecordFinding(RecordStatus.Unknown, "DNS_SERVER_ERROR", "fails");
        Assert.Equal(state with { NextLookAt = default }, PlatformKeyState.Apply(state, key, false, unknown, now + Hour) with { NextLookAt = default });
    }

    private static async Task Publish(IdentityScene scene)
    {
        var wanted = (await scene.Signing.PlatformWanted(default))!.Value.Wanted;
        scene.Dns.AddText($"{wanted.Selector}._domainkey.{wanted.Domain}", DkimKeyRecord.Write(Convert.FromBase64String(wanted.PublicKey)));
    }

    private static Task Day(IdentityScene scene) => Advance(scene, TimeSpan.FromDays(1));

    private static Task Tick(IdentityScene scene) => Advance(scene, Minute * 6);

    private static async Task Advance(IdentityScene scene, TimeSpan time)
    {
        scene.Time.Advance(time);
        await scene.Service.Tick(default);
    }

    /// <summary>The selector of the signature; null without one.</summary>
    private static async Task<string?> SignedBy(IdentityScene scene)
    {
        var envelope = new Envelope
        {
            MessageId = "m", TenantName = "a", Sender = "s@news.example", FromAddress = "s@news.example", IdentityArn = "arn",
            Destination = ["r@example.org"], AcceptedAt = scene.Now, SizeBytes = 1,
        };
        var message = new ComposedMessage(envelope, "From: s@news.example\r\nTo: r@example.org\r\nSubject: x\r\n\r\nx\r\n"u8.ToArray());
        var signed = System.Text.Encoding.ASCII.GetString((await scene.Signing.Sign(message, null, default)).Content.Span);
        var at = signed.IndexOf(" s=", StringComparison.Ordinal);
        return at < 0 ? null : signed[(at + 3)..signed.IndexOf(';', at)];
    }
}
