using System.Net;
using System.Text.Json;
using Silo.Core.Tenants;
using Silo.Server.Tests.SesApi;
using Silo.Server.Usage;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Usage;

public sealed class UsageTests(ApiServer server) : IClassFixture<ApiServer>
{
    private static readonly string Month = TimeProvider.System.GetUtcNow().ToString("yyyy-MM");

    [Fact]
    public async Task What_a_tenant_used_is_what_its_events_tell_and_is_there_after_it_was_deleted()
    {
        await Tenant("billed");
        await Send("billed", "a@gmail.com", "b@gmail.com");
        await Send("billed", "c@gmail.com");
        await Patiently.Until(
            async () => (await server.Services.Tenants.Get("billed").Describe(default))!.Books.Open == 0, () => "all has left");

        var usage = JsonDocument.Parse(await Ok("GET", "/silo/v1/tenants/billed/usage")).RootElement;
        var month = usage.GetProperty("Months")[0];
        var key = (await server.Services.Store.Tenants.Load("billed", default))!.TenantKey;
        var events = (await server.Services.Store.Events.ReadFrom(0, 10_000, default)).Where(e => e.TenantKey == key)
            .Select(e => TenantEvent.FromPayload(e.Sequence, e.At, e.Kind, e.Payload.Span)).ToList();
        var accepted = events.Where(e => e.Kind == TenantEventKind.Accepted).ToList();
        Assert.Equal(
            (2, 3, events.Count(e => e.Kind == TenantEventKind.Delivered), accepted.Sum(e => e.Bytes)),
            (month.GetProperty("Messages").GetInt64(), month.GetProperty("Recipients").GetInt64(), month.GetProperty("Delivered").GetInt64(),
                month.GetProperty("Bytes").GetInt64()));
        Assert.True(accepted.All(e => e.Bytes > 200));
        Assert.Equal(1, usage.GetProperty("Days").GetArrayLength());

        // As a deletion leaves it that broke off before the tenant went: told once all the same.
        await UsageOfDeleted.Keep(
            server.Services.Resources, (await server.Services.Tenants.Get("billed").ReadUsage(default))!, TimeProvider.System.GetUtcNow(), default);
        var before = Row(await List(), "billed");
        await Ok("POST", "/v2/email/tenants/delete", """{"TenantName":"billed"}""");
        var after = Row(await List(), "billed");
        Assert.True(after.GetProperty("IsDeleted").GetBoolean());
        foreach (var member in new[] { "TenantId", "Period", "Messages", "Recipients", "Delivered", "Bytes" })
            Assert.Equal(before.GetProperty(member).ToString(), after.GetProperty(member).ToString());
    }

    [Fact]
    public async Task All_tenants_of_a_month_come_page_by_page_each_once()
    {
        for (var i = 0; i < 5; i++)
        {
            await Tenant($"page-{i}");
            await Send($"page-{i}", "a@gmail.com");
        }

        var names = new List<string?>();
        string? token = null;
        do
        {
            var page = JsonDocument.Parse(await Ok(
                "GET", $"/silo/v1/usage?Month={Month}&PageSize=2{(token is null ? "" : "&NextToken=" + Uri.EscapeDataString(token))}")).RootElement;
            names.AddRange(page.GetProperty("Usage").EnumerateArray().Select(u => u.GetProperty("TenantName").GetString()));
            token = page.TryGetProperty("NextToken", out var next) ? next.GetString() : null;
        }
        while (token is not null);

        Assert.Equal(names.Distinct(), names);
        Assert.Equal(["page-0", "page-1", "page-2", "page-3", "page-4"], names.Where(n => n!.StartsWith("page-", StringComparison.Ordinal)));
        Assert.Empty(JsonDocument.Parse(await Ok("GET", "/silo/v1/usage?Month=2001-01")).RootElement.GetProperty("Usage").EnumerateArray());
    }

    [Fact]
    public async Task Who_accepts_csv_gets_rows()
    {
        await Tenant("csv");
        await Send("csv", "a@gmail.com");
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Url, "/silo/v1/tenants/csv/usage"));
        ApiServer.Sign(request, [], declaresHash: true);
        request.Headers.Accept.ParseAdd("text/csv");
        using var response = await client.SendAsync(request);
        var lines = (await response.Content.ReadAsStringAsync()).Split("\r\n");
        Assert.Equal("text/csv", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("TenantName,TenantId,Period,Messages,Recipients,HandedOver,Delivered,Bytes", lines[0]);
        Assert.Matches("^csv,tn-[^,]+,\\d{4}-\\d\\d-\\d\\d,1,1,\\d+,\\d+,\\d+$", lines[1]);
    }

    [Theory]
    [InlineData("/silo/v1/usage?Month=2026-13", HttpStatusCode.BadRequest)]
    [InlineData("/silo/v1/usage?Month=november", HttpStatusCode.BadRequest)]
    [InlineData("/silo/v1/usage?NextToken=x", HttpStatusCode.BadRequest)]
    [InlineData("/silo/v1/tenants/none/usage", HttpStatusCode.NotFound)]
    public async Task Bad_questions_are_refused(string path, HttpStatusCode status) =>
        Assert.Equal(status, (await server.Send("GET", path)).Response.StatusCode);

    private static JsonElement Row(IEnumerable<JsonElement> usage, string tenant) =>
        Assert.Single(usage, u => u.GetProperty("TenantName").GetString() == tenant);

    private async Task<List<JsonElement>> List()
    {
        var first = JsonDocument.Parse(await Ok("GET", "/silo/v1/usage?PageSize=1000")).RootElement;
        var rows = first.GetProperty("Usage").EnumerateArray().ToList();
        if (first.TryGetProperty("NextToken", out var next))
        {
            var more = await Ok("GET", $"/silo/v1/usage?PageSize=1000&NextToken={Uri.EscapeDataString(next.GetString()!)}");
            rows.AddRange(JsonDocument.Parse(more).RootElement.GetProperty("Usage").EnumerateArray());
        }

        return rows;
    }

    private async Task Tenant(string name)
    {
        await Ok("POST", "/v2/email/tenants", $$"""{"TenantName":"{{name}}"}""");
        await server.Send("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"plain"}""");
        await server.Send("POST", "/v2/email/identities", """{"EmailIdentity":"usage.example","ConfigurationSetName":"plain"}""");
        foreach (var resource in new[] { "identity/usage.example", "configuration-set/plain" })
        {
            await Ok("POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"{{name}}","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{resource}}"}""");
        }
    }

    private Task Send(string tenant, params string[] to) => Ok("POST", "/v2/email/outbound-emails", JsonSerializer.Serialize(new
    {
        TenantName = tenant, FromEmailAddress = "s@usage.example", Destination = new { ToAddresses = to },
        Content = new { Simple = new { Subject = new { Data = "x" }, Body = new { Text = new { Data = "x" } } } },
    }));

    private async Task<string> Ok(string method, string path, string? body = null)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {answer}");
        return answer;
    }
}
