using System.Text.Json;
using Silo.Server.Insights;
using Silo.Server.Tests.SesApi;
using Silo.Testing.Dns;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Insights;

public sealed class AddressInsightsTests : IAsyncLifetime
{
    private readonly ScriptedDnsServer _dns = new();
    private readonly ApiServer _server = new();

    public async Task InitializeAsync()
    {
        _dns.AddMx("mail.example", 10, "mx.mail.example").AddMx("null.example", 0, "").AddAddress("host.example", "192.0.2.1")
            .AddText("text.example", "x").AddMx("simulator.amazonses.com", 10, "mx.mail.example").AddMx("gmail.com", 5, "mx.mail.example")
            .AddMx("thrown.example", 5, "mx.mail.example");
        _server.Settings["Silo:Dns:Servers:0"] = _dns.EndPoint.ToString();
        _server.Settings["Silo:Insights:DisposableDomains:0"] = "thrown.example";
        await _server.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _dns.DisposeAsync();
    }

    [Fact]
    public async Task An_address_is_judged_by_its_form_its_domain_and_itself()
    {
        Assert.Equal("LOW syntax:LOW", await Of("no address"));
        Assert.Equal("MEDIUM syntax:HIGH dns:HIGH role:LOW random:LOW", await Of("ann@mail.example"));
        Assert.Equal("MEDIUM syntax:HIGH dns:MEDIUM role:HIGH random:LOW", await Of("info@host.example"));
        Assert.Equal("LOW syntax:HIGH dns:LOW exists:LOW role:LOW random:LOW", await Of("ann@null.example"));
        Assert.Equal("LOW syntax:HIGH dns:LOW exists:LOW role:LOW random:LOW", await Of("ann@text.example"));
        Assert.Equal("LOW syntax:HIGH dns:LOW exists:LOW role:LOW random:LOW", await Of("ann@nowhere.example"));
        Assert.Equal("MEDIUM syntax:HIGH dns:HIGH role:LOW disposable:HIGH random:LOW", await Of("ann@thrown.example"));
        Assert.Equal("LOW syntax:HIGH dns:HIGH role:LOW disposable:LOW random:HIGH", await Of("asdfgh1q2w3e4r@gmail.com"));
    }

    [Fact]
    public async Task What_became_of_mail_to_it_counts_and_a_tenants_key_hears_of_its_own_alone()
    {
        foreach (var tenant in new[] { "one", "two" }) await Tenant(tenant);
        await Send("one", "bounce@simulator.amazonses.com");
        await Send("two", "success@simulator.amazonses.com");
        await Patiently.Until(
            async () => (await Of("bounce@simulator.amazonses.com")).StartsWith("LOW", StringComparison.Ordinal)
                && (await Of("success@simulator.amazonses.com")).Contains("exists:MEDIUM", StringComparison.Ordinal), () => "both are known");
        Assert.Contains("exists:LOW", await Of("bounce@simulator.amazonses.com", "one"), StringComparison.Ordinal);
        Assert.DoesNotContain("exists", await Of("bounce@simulator.amazonses.com", "two"), StringComparison.Ordinal);
        Assert.DoesNotContain("exists", await Of("success@simulator.amazonses.com", "one"), StringComparison.Ordinal);

        await Ok("PUT", "/v2/email/suppression/addresses", """{"EmailAddress":"gone@mail.example","Reason":"BOUNCE"}""");
        await Ok("PUT", "/v2/email/suppression/addresses", """{"EmailAddress":"angry@mail.example","Reason":"COMPLAINT"}""");
        Assert.Contains("LOW syntax:HIGH dns:HIGH exists:LOW", await Of("gone@mail.example"), StringComparison.Ordinal);
        Assert.Contains("HIGH syntax:HIGH dns:HIGH exists:HIGH", await Of("angry@mail.example"), StringComparison.Ordinal);
        Assert.DoesNotContain("exists", await Of("gone@mail.example", "one"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"EmailAddress":""}""")]
    [InlineData("""{"EmailAddress":"a\u0000@x.example"}""")]
    public async Task An_address_must_be_given(string body)
    {
        var (response, text) = await _server.Send("POST", "/v2/email/email-address-insights/", body);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("EmailAddress", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, null, 1, 1)]
    [InlineData(0, null, null, 0, 0)]
    [InlineData(2, 0, null, 0, 0)]
    [InlineData(2, 2, null, 2, 2)]
    [InlineData(2, 2, 2, 0, 1)]
    [InlineData(2, null, null, 2, 0)]
    [InlineData(2, 1, null, 2, 1)]
    public void The_whole_is_what_its_parts_say(int? dns, int? exists, int? disposable, int random, int whole) => Assert.Equal(
        (Confidence)whole, AddressInsights.Whole((Confidence?)dns, (Confidence?)exists, (Confidence?)disposable, (Confidence)random));

    private async Task<string> Of(string address, string? tenant = null)
    {
        var body = JsonSerializer.Serialize(new { EmailAddress = address, TenantName = tenant });
        var validation = JsonDocument.Parse(await Ok("POST", "/v2/email/email-address-insights", body)).RootElement.GetProperty("MailboxValidation");
        var evaluations = validation.GetProperty("Evaluations");
        (string Member, string Short)[] members =
        [
            ("HasValidSyntax", "syntax"), ("HasValidDnsRecords", "dns"), ("MailboxExists", "exists"), ("IsRoleAddress", "role"),
            ("IsDisposable", "disposable"), ("IsRandomInput", "random"),
        ];
        return string.Join(' ', [Verdict(validation.GetProperty("IsValid")), .. members
            .Where(m => evaluations.TryGetProperty(m.Member, out _)).Select(m => $"{m.Short}:{Verdict(evaluations.GetProperty(m.Member))}")]);

        static string Verdict(JsonElement verdict) => verdict.GetProperty("ConfidenceVerdict").GetString()!;
    }

    private async Task Tenant(string name)
    {
        await Ok("POST", "/v2/email/tenants", $$"""{"TenantName":"{{name}}"}""");
        await Ok("POST", "/v2/email/identities", $$"""{"EmailIdentity":"{{name}}.example"}""");
        await Ok("POST", "/v2/email/configuration-sets", $$"""{"ConfigurationSetName":"{{name}}"}""");
        foreach (var resource in new[] { $"identity/{name}.example", $"configuration-set/{name}" })
        {
            await Ok("POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"{{name}}","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{resource}}"}""");
        }
    }

    private Task<string> Send(string tenant, string to) => Ok("POST", "/v2/email/outbound-emails", $$$"""
        {"TenantName":"{{{tenant}}}","FromEmailAddress":"a@{{{tenant}}}.example","ConfigurationSetName":"{{{tenant}}}",
        "Destination":{"ToAddresses":["{{{to}}}"]},"Content":{"Simple":{"Subject":{"Data":"x"},"Body":{"Text":{"Data":"x"} } } } }
        """);

    private async Task<string> Ok(string method, string path, string? body = null)
    {
        var (response, text) = await _server.Send(method, path, body);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {text}");
        return text;
    }
}
