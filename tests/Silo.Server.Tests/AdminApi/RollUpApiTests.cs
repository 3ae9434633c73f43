using System.Net;
using System.Text.Json;
using Silo.Core.Reputation;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Tests.SesApi;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.AdminApi;

public sealed class RollUpApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Mail_counts_by_identity_and_set_and_so_does_what_is_told_of_it_later()
    {
        var arn = "arn:aws:ses:us-east-1:000000000000:";
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"rolled"}""");
        foreach (var domain in new[] { "one.example", "two.example" })
        {
            await Ok("POST", "/v2/email/identities", $$"""{"EmailIdentity":"{{domain}}"}""");
            await Ok("POST", "/v2/email/tenants/resources", $$"""{"TenantName":"rolled","ResourceArn":"{{arn}}identity/{{domain}}"}""");
        }

        foreach (var set in new[] { "news", "bills" })
        {
            await Ok("POST", "/v2/email/configuration-sets", $$"""{"ConfigurationSetName":"{{set}}"}""");
            await Ok("POST", "/v2/email/tenants/resources", $$"""{"TenantName":"rolled","ResourceArn":"{{arn}}configuration-set/{{set}}"}""");
        }

        var late = await Send("one.example", "news");
        await Send("one.example", "bills");
        await Send("two.example", "news");
        var tenants = server.Services.Tenants.Get("rolled");
        await Patiently.Until(async () => (await tenants.Describe(default))!.Books.Open == 0, () => "all of it has left");
        await tenants.Report(
            [new DeliveryFeedback("rolled", late, "success@example.org", TimeProvider.System.GetUtcNow(), FeedbackKind.Complaint)], default);

        var rows = await Rows("?By=IDENTITY&By=CONFIGURATION_SET");

        Assert.Equal(
            [("one.example", "bills", 1, 0), ("one.example", "news", 1, 1), ("two.example", "news", 1, 0)],
            rows.Select(r => (Text(r, "Identity"), Text(r, "ConfigurationSet"), Number(r, "Sent"), Number(r, "Complaints"))).Order());
        Assert.Equal(3, Number(Assert.Single(await Rows("?Period=DAY")), "Sent"));
        Assert.Equal(2, Number(Assert.Single(await Rows("?Identity=One.Example&Period=DAY")), "Sent"));
        Assert.Equal(1, Number(Assert.Single(await Rows("?ConfigurationSet=news&Identity=two.example&Period=DAY")), "Sent"));
        Assert.Contains(await Rows("?By=MAILBOX_PROVIDER"), r => Text(r, "MailboxProvider") == "Other" && Number(r, "Complaints") == 1);
        Assert.Empty(await Rows("?From=2026-01-01T00%3A00%3A00Z&To=2026-01-02T00%3A00%3A00Z"));
    }

    [Theory]
    [InlineData("?From=yesterday", "From must be an ISO 8601 instant")]
    [InlineData("?From=2026-01-02T00%3A00%3A00Z&To=2026-01-02T00%3A00%3A00Z", "From must be before To")]
    [InlineData("?Period=WEEK", "Period")]
    [InlineData("?By=SUBJECT", "By")]
    [InlineData("?Identity=a&Identity=b", "Identity is given 2 times")]
    public async Task What_is_wrong_is_named(string query, string word)
    {
        var (response, body) = await server.Send("GET", "/silo/v1/tenants/nobody/roll-ups" + query);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(word, body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Send("GET", "/silo/v1/tenants/nobody/roll-ups")).Response.StatusCode);
    }

    private async Task<string> Send(string domain, string set) => JsonDocument.Parse(await Ok(
        "POST", "/v2/email/outbound-emails",
        $$$"""
        {"TenantName":"rolled","FromEmailAddress":"s@{{{domain}}}","ConfigurationSetName":"{{{set}}}",
         "Destination":{"ToAddresses":["success@example.org"]},"Content":{"Simple":{"Subject":{"Data":"s"},"Body":{"Text":{"Data":"t"} } } } }
        """)).RootElement.GetProperty("MessageId").GetString()!;

    private async Task<List<JsonElement>> Rows(string query) =>
        [.. JsonDocument.Parse(await Ok("GET", "/silo/v1/tenants/rolled/roll-ups" + query)).RootElement.GetProperty("Rows").EnumerateArray()];

    private static string? Text(JsonElement row, string member) => row.TryGetProperty(member, out var value) ? value.GetString() : null;

    private static int Number(JsonElement row, string member) => row.TryGetProperty(member, out var value) ? value.GetInt32() : 0;

    private async Task<string> Ok(string method, string path, string? body = null)
    {
        var (response, text) = await server.Send(method, path, body ?? "");
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return text;
    }
}
