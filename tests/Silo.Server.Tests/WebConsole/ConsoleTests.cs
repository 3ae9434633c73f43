using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Tests.Access;
using Silo.Server.Tests.SesApi;
using Silo.Server.WebConsole.Sessions;
using Xunit;

namespace Silo.Server.Tests.WebConsole;

public sealed class ConsoleTests(ApiServer server) : IClassFixture<ApiServer>
{
    public static TheoryData<string> Pages { get; } =
        ["/console", "/console/tenants", "/console/reviews", "/console/advisor", "/console/pools", "/console/audit"];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_shows_nothing_to_strangers_and_opens_after_the_sign_in(string page)
    {
        using var browser = new Browser(server.Url);
        Assert.Equal(HttpStatusCode.Redirect, await browser.Open(page));
        Assert.Equal($"/console/sign-in?return={Uri.EscapeDataString(page)}", browser.LedTo);
        Assert.Empty(browser.Page);

        await browser.SignIn(ApiServer.KeyId, ApiServer.Secret);
        Assert.Equal(HttpStatusCode.OK, await browser.Open(page));
        Assert.Contains("<h1>", browser.Page, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"refusal\"", browser.Page, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none';", browser.Answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_secret_and_an_unknown_key_are_refused_in_the_same_words()
    {
        using var browser = new Browser(server.Url);
        await browser.SignIn(ApiServer.KeyId, "wrong");
        var wrongSecret = Refusal(browser.Page);
        await browser.SignIn("AKIANOBODY0000000001", "wrong");
        Assert.NotNull(wrongSecret);
        Assert.Equal(wrongSecret, Refusal(browser.Page));
        Assert.DoesNotContain(browser.Cookies.GetAllCookies(), c => c.Name == SessionCookie.Name);
    }

    [Fact]
    public async Task A_sign_in_leads_back_to_the_page_that_was_wanted_but_never_off_the_console()
    {
        using var browser = new Browser(server.Url);
        foreach (var (wanted, lands) in new[]
        {
            ("/console/audit?tenant=a", "/console/audit?tenant=a"), ("https://evil.example/", "/console"), ("//evil.example/console/", "/console"),
            ("/consolation", "/console"),
        })
        {
            await browser.Open($"/console/sign-in?return={Uri.EscapeDataString(wanted)}");
            await browser.Submit(
                $"/console/sign-in?return={Uri.EscapeDataString(wanted)}", "sign-in", ("Form.Id", ApiServer.KeyId), ("Form.Secret", ApiServer.Secret));
            Assert.Equal(lands, browser.LedTo);
        }
    }

    [Fact]
    public async Task A_printed_link_signs_in_once()
    {
        var link = $"/console/sign-in?link={server.Provider.GetRequiredService<SignIn>().NewLink()}";
        using var browser = new Browser(server.Url);
        await browser.Open(link);
        Assert.Equal("/console", browser.LedTo);
        Assert.Equal(HttpStatusCode.OK, await browser.Open("/console"));

        using var second = new Browser(server.Url);
        Assert.Equal(HttpStatusCode.OK, await second.Open(link));
        Assert.NotNull(Refusal(second.Page));
        Assert.Equal(HttpStatusCode.Redirect, await second.Open("/console"));
    }

    [Fact]
    public async Task A_pause_from_the_page_is_the_pause_of_the_API_with_its_cause_and_its_audit_record()
    {
        await server.Send("POST", "/v2/email/tenants", """{"TenantName":"console-pause"}""");
        using var browser = new Browser(server.Url);
        await browser.SignIn(ApiServer.KeyId, ApiServer.Secret);
        await browser.Open("/console/tenants/console-pause");
        await browser.Submit(
            "/console/tenants/console-pause", "status", ("Form.Origin", "PLATFORM"), ("Form.Cause", "Spam run"), ("Form.SendingStatus", "DISABLED"));
        Assert.StartsWith("/console/tenants/console-pause?done=DISABLED", browser.LedTo, StringComparison.Ordinal);

        var (_, status) = await server.Send("GET", "/silo/v1/tenants/console-pause/status");
        Assert.Contains("\"Platform\":{\"SendingStatus\":\"DISABLED\",\"Cause\":\"Spam run\"", status, StringComparison.Ordinal);
        var (_, audit) = await server.Send("GET", "/silo/v1/audit?Operation=PutTenantStatus&TenantName=console-pause");
        Assert.Contains("\"SourceIp\":\"127.0.0.1\",\"Result\":\"SUCCEEDED\"", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_that_did_not_come_from_a_page_changes_nothing()
    {
        await server.Send("POST", "/v2/email/tenants", """{"TenantName":"console-forged"}""");
        using var browser = new Browser(server.Url);
        await browser.SignIn(ApiServer.KeyId, ApiServer.Secret);
        var answer = await browser.Post(
            "/console/tenants/console-forged", ("_handler", "status"), ("Form.Origin", "PLATFORM"), ("Form.Cause", "Forged"), ("Form.SendingStatus", "DISABLED"));
        Assert.Equal(HttpStatusCode.BadRequest, answer);
        var (_, status) = await server.Send("GET", "/silo/v1/tenants/console-forged/status");
        Assert.DoesNotContain("DISABLED", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tenants_key_sees_its_tenant_and_learns_nothing_of_others()
    {
        foreach (var name in new[] { "console-own", "console-foreign" })
            await server.Send("POST", "/v2/email/tenants", $$"""{"TenantName":"{{name}}"}""");
        var (id, secret) = await TenantKey("console-own");
        using var browser = new Browser(server.Url);
        await browser.SignIn(id, secret);

        await browser.Open("/console");
        Assert.Equal("/console/tenants/console-own", browser.LedTo);
        Assert.Equal(HttpStatusCode.OK, await browser.Open("/console/tenants/console-own"));
        Assert.Null(Refusal(browser.Page));
        Assert.DoesNotContain("console-foreign", browser.Page, StringComparison.Ordinal);

        await browser.Open("/console/tenants/console-foreign");
        var foreign = Refusal(browser.Page);
        await browser.Open("/console/tenants/console-absent");
        Assert.NotNull(foreign);
        Assert.Equal(
            foreign.Replace("console-foreign", "x", StringComparison.Ordinal),
            Refusal(browser.Page)!.Replace("console-absent", "x", StringComparison.Ordinal));
        foreach (var page in new[] { "/console/tenants", "/console/reviews", "/console/advisor", "/console/pools", "/console/audit" })
        {
            await browser.Open(page);
            Assert.NotNull(Refusal(browser.Page));
            Assert.DoesNotContain("console-foreign", browser.Page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_that_is_disabled_is_signed_out_with_its_next_page()
    {
        await server.Send("POST", "/v2/email/tenants", """{"TenantName":"console-disabled"}""");
        var (id, secret) = await TenantKey("console-disabled");
        using var browser = new Browser(server.Url);
        await browser.SignIn(id, secret);
        Assert.Equal(HttpStatusCode.OK, await browser.Open("/console/tenants/console-disabled"));
        await server.Send("PUT", $"/silo/v1/credentials/{id}/status", """{"Status":"DISABLED"}""");
        Assert.Equal(HttpStatusCode.Redirect, await browser.Open("/console/tenants/console-disabled"));
    }

    private async Task<(string Id, string Secret)> TenantKey(string tenant)
    {
        var (_, body) = await server.Send("POST", "/silo/v1/credentials", $$"""{"Kind":"TENANT","TenantName":"{{tenant}}"}""");
        var key = AccessServer.KeyOf(JsonDocument.Parse(body).RootElement);
        return (key.Id, key.Secret);
    }

    private static string? Refusal(string page)
    {
        const string mark = "class=\"refusal\" role=\"alert\">";
        var at = page.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? null : page[(at + mark.Length)..page.IndexOf('<', at)];
    }
}
