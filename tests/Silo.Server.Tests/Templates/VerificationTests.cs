using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Messages;
using Silo.Server.Accounts;
using Silo.Server.PublicWeb;
using Silo.Server.Templates;
using Silo.Server.Tests.SesApi;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Templates;

/// <summary>The whole server; its relay is not there, so that mail stays where it can be read.</summary>
public sealed class VerificationTests(VerificationTests.Server server) : IClassFixture<VerificationTests.Server>
{
    public sealed class Server : IAsyncLifetime
    {
        public ApiServer Api { get; } = new();

        public HttpClient Browser { get; } = new(new HttpClientHandler { AllowAutoRedirect = false });

        public async Task InitializeAsync()
        {
            Api.Settings["Silo:Identities:AutoVerify"] = "false";
            Api.Settings["Silo:Identities:VerificationFrom"] = "Platform <no-reply@platform.example>";
            Api.Settings["Silo:Transport:Kind"] = "Smtp";
            Api.Settings["Silo:Transport:Smtp:Host"] = "127.0.0.1";
            Api.Settings["Silo:Transport:Smtp:Port"] = "1";
            await Api.InitializeAsync();
            await Api.Services.Account.Create(
                new EmailIdentity
                {
                    Name = "platform.example", CreatedAt = DateTimeOffset.UnixEpoch, VerificationStatus = "SUCCESS",
                    Dkim = new DkimSettings { SigningEnabled = false, Status = "NOT_STARTED", Origin = "AWS_SES" },
                },
                [], default);
        }

        public async Task DisposeAsync()
        {
            Browser.Dispose();
            await Api.DisposeAsync();
        }

        internal async Task<EmailIdentity> Identity(string name) => (await Api.Services.Account.GetIdentity(name, default))!;

        internal async Task Ok(string method, string path, string? body)
        {
            var (response, text) = await Api.Send(method, path, body);
            Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        }

        internal async Task<string?> MailTo(string recipient)
        {
            var store = Api.Services.Store;
            var key = (await store.Tenants.Load(Silo.Core.Tenants.TenantName.Account, default))!.TenantKey;
            foreach (var unit in await store.Spool.ReadQueue(key, default, 1_000, true, default))
            {
                if (unit.Recipient != recipient) continue;
                return Decoded(Encoding.ASCII.GetString((await store.Spool.ReadMessage(unit.MessageKey, default))!.Content.Span));
            }

            return null;
        }

        // Enough of quoted-printable to find a link.
        private static string Decoded(string message) => message.Replace("=\r\n", "").Replace("=3D", "=");
    }

    [Fact]
    public async Task A_new_address_is_asked_by_mail_and_verified_by_the_button_alone()
    {
        await server.Ok("POST", "/v2/email/identities", """{"EmailIdentity":"ann@people.example"}""");
        var mail = await server.MailTo("ann@people.example");
        Assert.Contains("no-reply@platform.example", mail);
        var link = LinkIn(mail!);

        var page = await server.Browser.GetAsync(link);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("ann@people.example", await page.Content.ReadAsStringAsync());
        Assert.False((await server.Identity("ann@people.example")).IsVerified);

        Assert.Equal(HttpStatusCode.OK, (await server.Browser.PostAsync(link, null)).StatusCode);
        Assert.True((await server.Identity("ann@people.example")).IsVerified);
        Assert.Equal(HttpStatusCode.OK, (await server.Browser.PostAsync(link, null)).StatusCode);
    }

    [Fact]
    public async Task A_domain_is_not_asked()
    {
        await server.Ok("POST", "/v2/email/identities", """{"EmailIdentity":"whole.example"}""");
        Assert.Null(await server.MailTo("whole.example"));
    }

    [Fact]
    public async Task Words_of_ones_own_lead_where_the_template_says()
    {
        await server.Ok("POST", "/v2/email/custom-verification-email-templates", Template("words", "Hello <b>you</b></body></html>"));
        await server.Ok("POST", "/v2/email/outbound-custom-verification-emails", """{"EmailAddress":"bob@people.example","TemplateName":"words"}""");
        var identity = await server.Identity("bob@people.example");
        Assert.Equal("PENDING", identity.VerificationStatus);
        var mail = await server.MailTo("bob@people.example");
        Assert.Contains("Subject: Please verify", mail);
        Assert.Matches("Hello <b>you</b><p><a href=\"[^\"]+\">[^<]+</a></p></body></html>", mail);
        var link = LinkIn(mail!);

        var page = await server.Browser.GetAsync(link);
        Assert.Contains("form-action http: https:", page.Headers.GetValues("Content-Security-Policy").Single());
        var confirmed = await server.Browser.PostAsync(link, null);
        Assert.Equal((HttpStatusCode.SeeOther, "https://shop.example/ok?a=1"), (confirmed.StatusCode, confirmed.Headers.Location!.OriginalString));
        Assert.True((await server.Identity("bob@people.example")).IsVerified);

        // Asked again, it stays what it is.
        await server.Ok("POST", "/v2/email/outbound-custom-verification-emails", """{"EmailAddress":"bob@people.example","TemplateName":"words"}""");
        Assert.True((await server.Identity("bob@people.example")).IsVerified);

        await server.Ok("DELETE", "/v2/email/identities/bob%40people.example", null);
        var late = await server.Browser.PostAsync(link, null);
        Assert.Equal((HttpStatusCode.SeeOther, "http://shop.example/no"), (late.StatusCode, late.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task A_link_is_good_for_a_day_for_the_identity_that_it_was_made_for()
    {
        var time = new Silo.Testing.HostileTimeProvider();
        var provider = server.Api.Provider;
        var keys = provider.GetRequiredService<LinkKeys>();
        var links = new VerificationLinks(new LinkTokens(keys, time), provider.GetRequiredService<PublicLinks>(), time);
        var identity = new EmailIdentity
        {
            Name = "carl+x@people.example", CreatedAt = time.GetUtcNow(), VerificationStatus = "PENDING",
            Dkim = new DkimSettings { SigningEnabled = false, Status = "NOT_STARTED", Origin = "AWS_SES" },
        };
        var token = links.Write(identity, "words")[(provider.GetRequiredService<PublicLinks>().Base.Length + VerificationPages.Prefix.Length)..];
        Assert.True(links.TryRead(token, out var link));
        Assert.Equal(("carl+x@people.example", "words"), (link.Address, link.TemplateName));
        time.Advance(VerificationLinks.ValidFor - TimeSpan.FromSeconds(2));
        Assert.True(links.IsGood(link, identity));
        Assert.False(links.IsGood(link, null));
        Assert.False(links.IsGood(link, identity with { CreatedAt = identity.CreatedAt.AddSeconds(1) }));
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.False(links.IsGood(link, identity));

        Assert.False(links.TryRead(token[..^1], out _));
        Assert.False(links.TryRead(new LinkTokens(keys, time).Write(LinkPurpose.Unsubscribe, [1, 2, 3]), out _));
        Assert.False(links.TryRead(new LinkTokens(keys, time).Write(LinkPurpose.Verification, new byte[17]), out _));
        Assert.False(links.TryRead(new LinkTokens(keys, time).Write(LinkPurpose.Verification, [.. new byte[16], 200, 1, 2]), out _));
        var unknown = await server.Browser.GetAsync(links.Write(identity, null));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Theory]
    [InlineData("Hello", "Hello[L]")]
    [InlineData("<body>Hello</BODY></html>", "<body>Hello[L]</BODY></html>")]
    public void The_link_stands_at_the_end_of_the_body(string content, string expected) => Assert.Equal(expected, VerificationMail.WithLink(content, "[L]"));

    private static string LinkIn(string mail)
    {
        var at = mail.IndexOf("http://127.0.0.1:", StringComparison.Ordinal);
        return mail[at..mail.IndexOfAny(['"', '\r', ' ', '<'], at)];
    }

    private static string Template(string name, string content) => $$"""
        {"TemplateName":"{{name}}","FromEmailAddress":"Shop <shop@platform.example>","TemplateSubject":"Please verify","TemplateContent":"{{content}}",
        "SuccessRedirectionURL":"https://shop.example/ok?a=1","FailureRedirectionURL":"http://shop.example/no"}
        """;
}
