using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Dkim;
using Silo.Dns;
using Silo.Server.Feedback;
using Silo.Storage;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Server.Tests.Identities;

public sealed class SignedMailTests(DkimServer server) : IClassFixture<DkimServer>
{
    [MailDkimFact]
    public async Task What_leaves_is_signed_by_the_identity_and_the_platform_in_the_eyes_of_another_verifier()
    {
        await server.Create("signed.example");
        await using var perl = new MailDkim(server.Dns.EndPoint);
        var token = (await server.Ok("GET", "/v2/email/identities/signed.example")).GetProperty("DkimAttributes").GetProperty("Tokens")[0].GetString();
        var expected = $"signed.example/{token}=pass platform.example/silo=pass";

        await server.SendSimple("Ann <ann@signed.example>", "simple@rcpt.example");
        await server.SendSimple("ann@deep.signed.example", "sub@rcpt.example");
        await server.SendRaw("raw@rcpt.example", "From: ann@signed.example\nSubject: raw\n  folded \nX-A: b\n\nText  with\tblanks \n\n.dots\n\n\n");
        await server.SendRaw(
            "eight@rcpt.example", "From: ann@signed.example\nSubject: eight\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nCafé\n");
        await server.SendRaw("empty@rcpt.example", "From: ann@signed.example\nSubject: empty\n\n");
        foreach (var to in (string[])["simple", "sub", "raw", "eight", "empty"])
        {
            var content = (await server.Left($"{to}@rcpt.example")).Content;
            Assert.Equal((to, expected), (to, await perl.Verify(content)));
            Assert.DoesNotContain(content, b => b > 127);
            var text = Encoding.ASCII.GetString(content);
            Assert.Contains("fail", await perl.Verify(Encoding.ASCII.GetBytes(text.Replace("Subject: ", "Subject: not "))), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Private_keys_are_stored_encrypted()
    {
        await server.Create("sealed.example");
        foreach (var name in new[] { "sealed.example", "~platform" })
        {
            var stored = await server.Api.Services.Store.Resources.Get(ResourceKind.IdentityKeys, name, default);
            var text = Encoding.UTF8.GetString(stored!.Document.Span);
            Assert.Contains("dp1:", text, StringComparison.Ordinal);
            Assert.DoesNotContain("plain:", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_address_is_signed_for_by_its_domain_and_a_domain_that_is_switched_off_by_the_platform_alone()
    {
        await server.Create("switched.example");
        await server.Ok("POST", "/v2/email/identities", """{"EmailIdentity":"ann@switched.example"}""");
        await server.SendSimple("ann@switched.example", "address@rcpt.example");
        Assert.Equal("switched.example platform.example", await Signers("address@rcpt.example"));
        await server.Ok("PUT", "/v2/email/identities/switched.example/dkim", "{}");
        await server.SendSimple("bob@switched.example", "off@rcpt.example");
        Assert.Equal("platform.example", await Signers("off@rcpt.example"));
        await server.Ok("PUT", "/v2/email/identities/switched.example/dkim", """{"SigningEnabled":true}""");
        await server.SendSimple("bob@switched.example", "on@rcpt.example");
        Assert.Equal("switched.example platform.example", await Signers("on@rcpt.example"));
    }

    [Fact]
    public async Task A_message_that_must_keep_its_eight_bits_is_signed_as_it_is()
    {
        await server.Create("keeps.example");
        await server.SendRaw(
            "keeps@rcpt.example",
            "From: ann@keeps.example\nSubject: s\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary=x\n\n--x\nContent-Type: text/plain\n\n"
            + "é\n--x\nContent-Type: application/pgp-signature\n\nabc\n--x--\n");
        var left = await server.Left("keeps@rcpt.example");
        Assert.Contains(left.Content, b => b > 127);
        Assert.Contains("8BITMIME", left.MailCommand, StringComparison.Ordinal);
        Assert.Equal("keeps.example platform.example", await Signers("keeps@rcpt.example"));
    }

    [Fact]
    public async Task The_return_path_is_at_the_MAIL_FROM_domain_once_it_is_verified_and_a_report_to_it_is_taken()
    {
        await server.Create("mailfrom.example");
        const string path = "/v2/email/identities/mailfrom.example";
        await server.Ok("PUT", path + "/mail-from", $$"""{"MailFromDomain":"{{DkimServer.MailFrom}}","BehaviorOnMxFailure":"REJECT_MESSAGE"}""");
        var (response, body) = await server.Api.Send("POST", "/v2/email/outbound-emails", """
            {"FromEmailAddress":"a@mailfrom.example","Destination":{"ToAddresses":["b@rcpt.example"]},
             "Content":{"Simple":{"Subject":{"Data":"s"},"Body":{"Text":{"Data":"t"}}}}}
            """);
        Assert.Equal((400, "MailFromDomainNotVerifiedException"), ((int)response.StatusCode, response.Headers.GetValues("x-amzn-ErrorType").Single()));
        Assert.Contains(DkimServer.MailFrom, body, StringComparison.Ordinal);
        await server.Ok("PUT", path + "/mail-from", $$"""{"MailFromDomain":"{{DkimServer.MailFrom}}","BehaviorOnMxFailure":"USE_DEFAULT_VALUE"}""");
        await server.SendSimple("a@mailfrom.example", "default@rcpt.example");
        Assert.Contains("@return.example>", (await server.Left("default@rcpt.example")).MailCommand, StringComparison.Ordinal);

        server.Dns.AddMx(DkimServer.MailFrom, 10, "mx.silo.example").AddText(DkimServer.MailFrom, "v=spf1 include:silo.example ~all");
        // Nobody has asked for them yet, so no memory answers.
        var looked = await server.Ok("POST", "/silo/v1/identities/mailfrom.example/check");
        Assert.Equal("SUCCESS", looked.GetProperty("MailFromDomainStatus").GetString());
        Assert.All(looked.GetProperty("Records").EnumerateArray(), r => Assert.Equal("FOUND", r.GetProperty("Status").GetString()));
        var attributes = (await server.Ok("GET", path)).GetProperty("MailFromAttributes");
        Assert.Equal((DkimServer.MailFrom, "SUCCESS"), (attributes.GetProperty("MailFromDomain").GetString(), attributes.GetProperty("MailFromDomainStatus").GetString()));
        await server.SendSimple("a@mailfrom.example", "own@rcpt.example");
        var command = (await server.Left("own@rcpt.example")).MailCommand;
        Assert.Contains($"@{DkimServer.MailFrom}>", command, StringComparison.Ordinal);

        var returnPath = command[(command.IndexOf('<') + 1)..command.IndexOf('>')];
        var feedback = server.Api.Provider.GetRequiredService<MailFeedback>();
        Assert.Equal(ReferenceReading.Valid, feedback.ReadAddress(returnPath, out _));
        Assert.Equal(ReferenceReading.NoReference, feedback.ReadAddress("x" + returnPath[1..], out _));
        Assert.Equal(ReferenceReading.NoReference, feedback.ReadAddress("ann@" + DkimServer.MailFrom, out _));
    }

    [Fact]
    public async Task Private_keys_are_told_to_nobody()
    {
        await server.Create("secret.example");
        var (_, identity) = await server.Api.Send("GET", "/v2/email/identities/secret.example");
        var (_, records) = await server.Api.Send("GET", "/silo/v1/identities/secret.example/records");
        Assert.DoesNotContain("PrivateKey", identity + records, StringComparison.Ordinal);
        var stored = await server.Api.Services.Resources.Get(ResourceKind.EmailIdentity, "secret.example", default);
        Assert.DoesNotContain("PrivateKey", Encoding.UTF8.GetString(stored!.Document.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_platforms_own_records_are_listed()
    {
        var listed = await server.Ok("GET", "/silo/v1/dkim/records");
        var own = listed.GetProperty("Records")[0];
        Assert.Equal(("silo._domainkey.platform.example", "PLATFORM_KEY"), (own.GetProperty("Name").GetString(), own.GetProperty("Purpose").GetString()));
        Assert.StartsWith("v=DKIM1; k=rsa; p=", own.GetProperty("Value").GetString(), StringComparison.Ordinal);
    }

    private async Task<string> Signers(string recipient)
    {
        var message = (await server.Left(recipient)).Content;
        var verdicts = DkimVerifier.Verify(
            message, name => [.. server.Dns.Honest(Query(name)).Answers.OfType<TextRecord>().Select(t => t.Text)], TimeProvider.System.GetUtcNow());
        Assert.All(verdicts, v => Assert.Equal(DkimResult.Pass, v.Result));
        return string.Join(' ', verdicts.Select(v => v.Domain));
    }

    private static ScriptedQuery Query(string name) =>
        new(name, DnsRecordType.Txt, false, new IPEndPoint(IPAddress.Loopback, 1), []);
}
