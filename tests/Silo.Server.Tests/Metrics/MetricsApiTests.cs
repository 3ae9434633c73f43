using System.Net;
using System.Text.Json;
using Xunit;

namespace Silo.Server.Tests.Metrics;

public sealed class MetricsApiTests(MetricsServer server) : IClassFixture<MetricsServer>
{
    [Fact]
    public async Task Tenants_are_ranked_with_rates_and_the_time_before()
    {
        foreach (var name in new[] { "small", "middle", "large" }) await server.AddTenant(name);
        foreach (var (tenant, send, delivered) in new[] { ("small", 10, 9), ("middle", 200, 180), ("large", 3_000, 2_400) })
        {
            await server.Send(tenant, 2, "Hotmail", send, delivered);
            await server.Send(tenant, 9, "Hotmail", send / 2, send / 2);
            await server.Send(tenant, 2, "Else", 1);
        }

        var answer = await Ask("Period=TOTAL&By=TENANT&Top=2&Metric=SEND&Metric=DELIVERY&Compare=PREVIOUS&MailboxProvider=Hotmail" + Last(7));

        Assert.True(answer.GetProperty("IsCut").GetBoolean());
        Assert.Equal(["large", "middle"], Rows(answer).Select(r => r.GetProperty("TenantName").GetString()));
        Assert.Equal(
            """[{"Name":"SEND","Count":3000,"PreviousCount":1500,"CountChange":1},{"Name":"DELIVERY","Count":2400,"Of":3000,"Rate":0.8,"PreviousCount":1500,"PreviousOf":1500,"PreviousRate":1,"CountChange":0.6,"RateChange":-0.2}]""",
            Rounded(Rows(answer)[0].GetProperty("Metrics")));
        Assert.Equal(
            [("small", 11), ("middle", 201), ("large", 3_001)],
            Rows(await Ask("Period=TOTAL&By=TENANT&Metric=SEND" + Last(7))).Where(r => r.TryGetProperty("TenantName", out _))
                .Select(r => (r.GetProperty("TenantName").GetString()!, Count(r))).Where(r => r.Item1 is "small" or "middle" or "large"));
        Assert.Equal([("Else", 1), ("Hotmail", 10)], Rows(await Ask("Period=TOTAL&By=MAILBOX_PROVIDER&TenantName=small&Metric=SEND" + Last(7)))
            .Select(r => (r.GetProperty("MailboxProvider").GetString()!, Count(r))));
    }

    [Fact]
    public async Task A_set_that_tenants_share_is_counted_over_all_of_them_and_for_each()
    {
        await server.AddTenant("sharing");
        await server.AddTenant("borrowing", "identity/sharing.example", "configuration-set/sharing");
        await server.Send("sharing", "x", ["a@gmail.com"]);
        await server.Send("borrowing", "x", ["a@gmail.com"], "sharing.example", "sharing");
        await server.Send("borrowing", "x", ["a@gmail.com", "b@gmail.com"], "borrowing.example", "sharing");

        Assert.Equal(2, Count(Assert.Single(Rows(await Ask("Metric=SEND&Period=HOUR&ConfigurationSet=sharing")))));
        Assert.Equal(4, Count(Assert.Single(Rows(await Ask("Metric=DELIVERED&ConfigurationSet=sharing")))));
        Assert.Equal(
            [("borrowing.example", 2), ("sharing.example", 2)],
            Rows(await Ask("Metric=DELIVERED&By=IDENTITY&ConfigurationSet=sharing")).Select(r => (r.GetProperty("Identity").GetString()!, Count(r))));
        Assert.Equal(
            [("borrowing", 1), ("sharing", 1)],
            Rows(await Ask("Metric=SEND&By=TENANT&Identity=sharing.example")).Select(r => (r.GetProperty("TenantName").GetString()!, Count(r))).Order());
    }

    [Fact]
    public async Task Rows_come_as_CSV_for_who_asks_for_it()
    {
        await server.AddTenant("listed");
        await server.Send("listed", 1, "Odd, \"Mail\"", 4, 3);
        await server.Send("listed", 1, "Zero", 2);
        await server.Send("listed", 0, "=1+1", 2, 1);
        var (response, text) = await server.Api.Send(
            "GET", "/silo/v1/metrics?TenantName=listed&By=TENANT&By=MAILBOX_PROVIDER&Metric=DELIVERY&Metric=SEND" + Last(3), headers: ("Accept", "text/csv"));
        Assert.Equal((HttpStatusCode.OK, "text/csv"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        var lines = text.Split("\r\n");
        Assert.Equal("Start,TenantName,Identity,ConfigurationSet,MailboxProvider,DELIVERY,DELIVERY.Of,SEND,SEND.Of", lines[0]);
        Assert.Matches("^[0-9-]{10}T00:00:00Z,listed,,,\"Odd, \"\"Mail\"\"\",3,4,4,$", lines[1]);
        Assert.Matches("^[0-9-]{10}T00:00:00Z,listed,,,Zero,0,2,2,$", lines[2]);
        // A spreadsheet takes it for text.
        Assert.Matches("^[0-9-]{10}T00:00:00Z,listed,,,\"'=1\\+1\",1,2,2,$", lines[3]);
        Assert.Equal(["", null], lines.Skip(4).Append(null));
    }

    [Theory]
    [InlineData("Metric=SENT", "Metric must be one of")]
    [InlineData("By=SUBJECT", "By must be one of")]
    [InlineData("Period=WEEK", "Period must be one of")]
    [InlineData("From=yesterday", "From must be an ISO 8601 instant")]
    [InlineData("From=2026-01-02T00:00:00Z&To=2026-01-02T00:00:00Z", "From must be before To")]
    [InlineData("From=2026-01-01T00:00:00Z&To=2026-03-03T00:00:00Z", "To must be at most 60 days after From")]
    [InlineData("From=2026-01-01T00:00:00Z&To=2026-02-03T00:00:00Z&Period=TOTAL&Compare=PREVIOUS", "at most 30 days after From")]
    [InlineData("Top=3", "Period must be TOTAL")]
    [InlineData("Period=TOTAL&Top=1001", "Top must be 1 to 1000")]
    [InlineData("Period=TOTAL&Top=x", "Top must be a whole number")]
    [InlineData("Period=HOUR&By=TENANT", "Period must not be HOUR")]
    [InlineData("Period=HOUR&Identity=a.example&From=2026-01-01T00:00:00Z&To=2026-01-02T00:00:00Z", "From must be within 7 days")]
    [InlineData("TenantName=a%20b", "TenantName must have")]
    public async Task What_is_wrong_is_named(string query, string words)
    {
        var (response, text) = await server.Api.Send("GET", "/silo/v1/metrics?" + query.Replace(":", "%3A"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(words, text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Api.Send("GET", "/silo/v1/metrics?TenantName=nobody")).Response.StatusCode);
    }

    private async Task<JsonElement> Ask(string query) => await server.Ok("GET", "/silo/v1/metrics?" + query);

    // Whole days that end with today.
    private static string Last(int days)
    {
        var tomorrow = DateTimeOffset.UtcNow.Date.AddDays(1);
        return $"&From={tomorrow.AddDays(-days):yyyy-MM-dd}T00%3A00%3A00Z&To={tomorrow:yyyy-MM-dd}T00%3A00%3A00Z";
    }

    private static JsonElement[] Rows(JsonElement answer) => [.. answer.GetProperty("Rows").EnumerateArray()];

    private static long Count(JsonElement row) => row.GetProperty("Metrics")[0].GetProperty("Count").GetInt64();

    private static string Rounded(JsonElement metrics) =>
        System.Text.RegularExpressions.Regex.Replace(metrics.GetRawText(), @"-?0\.\d{6,}", n => Math.Round(double.Parse(n.Value, System.Globalization.CultureInfo.InvariantCulture), 3).ToString(System.Globalization.CultureInfo.InvariantCulture));
}
