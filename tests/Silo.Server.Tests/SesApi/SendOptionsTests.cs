using System.Net;
using System.Text.Json;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.SesApi;

/// <summary>What a request says beside its body: keys of repeated calls, and schedules.</summary>
public sealed class SendOptionsTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Body =
        """{"FromEmailAddress":"s@keyed.example","Destination":{"ToAddresses":["success@simulator.amazonses.com"]},"Content":{"Simple":{"Subject":{"Data":"x"},"Body":{"Text":{"Data":"x"}}}}}""";

    private const string Reordered =
        """{ "Content":{"Simple":{"Body":{"Text":{"Data":"\u0078","Charset":null}},"Subject":{"Data":"x"}}}, "Destination":{"ToAddresses":["success@simulator.amazonses.com"]},"FromEmailAddress":"s@keyed.example" }""";

    [Fact]
    public async Task The_same_request_under_one_key_is_one_message_however_it_is_spelt_and_another_is_a_conflict()
    {
        await Identity();
        var first = await Id(Body, ("Idempotency-Key", "order 42"));
        Assert.Equal(first, await Id(Body, ("Idempotency-Key", "order 42")));
        Assert.Equal(first, await Id(Reordered, ("Idempotency-Key", "order 42")));
        Assert.NotEqual(first, await Id(Body, ("Idempotency-Key", "order 43")));
        Assert.NotEqual(first, await Id(Body));
        foreach (var (other, header) in new[] { (Body.Replace("\"x\"", "\"y\""), "x"), (Body, "X-Silo-Schedule") })
        {
            var (response, text) = await Send(
                other, ("Idempotency-Key", "order 42"), (header, $"{TimeProvider.System.GetUtcNow().AddHours(1):yyyy-MM-ddTHH:mm:ss}Z"));
            Assert.Equal((HttpStatusCode.Conflict, "ConflictException"), (response.StatusCode, Code(response)));
            Assert.Contains("order 42", text);
        }
    }

    [Fact]
    public async Task A_retry_of_an_SDK_is_its_first_call_and_nothing_else_is()
    {
        await Identity();
        (string, string) Invocation(int n) => ("amz-sdk-invocation-id", $"797c4d4c-508b-43cf-8842-185dd0f5dd7{n}");
        (string, string) Attempt(int n) => ("amz-sdk-request", $"ttl=20261122T210000Z; attempt={n}; max=3");
        var first = await Id(Body, Invocation(1), Attempt(1));
        Assert.Equal(first, await Id(Body, Invocation(1), Attempt(2)));
        Assert.Equal(first, await Id(Body, Invocation(1), Attempt(3)));
        Assert.NotEqual(first, await Id(Body, Invocation(2), Attempt(2)));
        // A client that has but one id loses nothing, nor one that counts no attempts.
        Assert.NotEqual(first, await Id(Body.Replace("\"x\"", "\"y\""), Invocation(1), Attempt(2)));
        Assert.NotEqual(first, await Id(Body, Invocation(1)));
        Assert.NotEqual(first, await Id(Body, ("amz-sdk-invocation-id", "mine"), Attempt(2)));
    }

    [Fact]
    public async Task A_repeated_bulk_send_is_its_first_call_entry_by_entry_and_waits_for_its_instant()
    {
        await Identity();
        await server.Send("POST", "/v2/email/tenants", """{"TenantName":"bulk-keys"}""");
        await Ok("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"bulk-keys"}""");
        foreach (var resource in new[] { "identity/keyed.example", "configuration-set/bulk-keys" })
            await Ok("POST", "/v2/email/tenants/resources", $$"""{"TenantName":"bulk-keys","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{resource}}"}""");
        const string body =
            """{"TenantName":"bulk-keys","ConfigurationSetName":"bulk-keys","FromEmailAddress":"s@keyed.example","DefaultContent":{"Template":{"TemplateContent":{"Subject":"x","Text":"x"},"TemplateData":"{}"}},"BulkEmailEntries":[{"Destination":{"ToAddresses":["a@x.example"]}},{"Destination":{"ToAddresses":["a@x.example"]}},{"Destination":{"ToAddresses":["b@x.example"]}}]}""";
        var later = ("X-Silo-Schedule", $"{TimeProvider.System.GetUtcNow().AddHours(1):yyyy-MM-ddTHH:mm:ss}Z");
        (string, string)[] Attempt(int n) =>
            [later, ("amz-sdk-invocation-id", "797c4d4c-508b-43cf-8842-185dd0f5dd79"), ("amz-sdk-request", $"attempt={n}; max=3")];

        var first = await Ids(body, Attempt(1));
        Assert.Equal(3, first.Distinct().Count());
        Assert.Equal(first, await Ids(body, Attempt(2)));
        Assert.NotEqual(first, await Ids(body, Attempt(3)[..2]));
        var named = await Ids(body, later, ("Idempotency-Key", "bulk 1"));
        Assert.Equal(named, await Ids(body, later, ("Idempotency-Key", "bulk 1")));
        var (response, text) = await Bulk(body.Replace("b@x", "c@x"), later, ("Idempotency-Key", "bulk 1"));
        Assert.Equal((HttpStatusCode.Conflict, "ConflictException"), (response.StatusCode, Code(response)));
        Assert.Contains("bulk 1", text);
        var page = JsonDocument.Parse(await Ok("GET", "/silo/v1/tenants/bulk-keys/scheduled-messages?PageSize=50")).RootElement;
        Assert.Equal(9, page.GetProperty("Messages").EnumerateArray().Sum(m => m.GetProperty("Deliveries").GetInt32()));

        Task<(HttpResponseMessage Response, string Body)> Bulk(string bulk, params (string, string)[] headers) =>
            server.Send("POST", "/v2/email/outbound-bulk-emails", bulk, headers: headers);

        async Task<string?[]> Ids(string bulk, params (string, string)[] headers)
        {
            var (answered, results) = await Bulk(bulk, headers);
            Assert.True(answered.StatusCode == HttpStatusCode.OK && !results.Contains("Error"), results);
            return [.. JsonDocument.Parse(results).RootElement.GetProperty("BulkEmailEntryResults").EnumerateArray()
                .Select(r => r.GetProperty("MessageId").GetString())];
        }
    }

    [Theory]
    [InlineData("Idempotency-Key", "")]
    [InlineData("X-Silo-Schedule", "tomorrow")]
    [InlineData("X-Silo-Schedule", "2020-01-01T00:00:00Z")]
    public async Task Headers_that_mean_nothing_are_refused_by_name(string header, string value)
    {
        await Identity();
        var (response, text) = await Send(Body, (header, value));
        Assert.Equal((HttpStatusCode.BadRequest, "BadRequestException"), (response.StatusCode, Code(response)));
        Assert.Contains(header, text);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send(Body, ("Idempotency-Key", new string('k', 257)))).Response.StatusCode);
    }

    [Fact]
    public async Task Scheduled_messages_are_listed_page_by_page_and_cancelled_by_their_id()
    {
        await Identity();
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"later"}""");
        await Ok("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"later"}""");
        foreach (var resource in new[] { "identity/keyed.example", "configuration-set/later" })
            await Ok("POST", "/v2/email/tenants/resources", $$"""{"TenantName":"later","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{resource}}"}""");
        var body = Body.Replace("[\"success@simulator.amazonses.com\"]", "[\"a@x.example\",\"b@x.example\"]")
            .Replace("{\"From", "{\"TenantName\":\"later\",\"ConfigurationSetName\":\"later\",\"From", StringComparison.Ordinal);
        var ids = new List<string>();
        foreach (var hours in new[] { 3, 1, 2 })
            ids.Add(await Id(body, ("X-Silo-Schedule", $"{TimeProvider.System.GetUtcNow().AddHours(hours):yyyy-MM-ddTHH:mm:ss}Z")));

        var page = JsonDocument.Parse(await Ok("GET", "/silo/v1/tenants/later/scheduled-messages?PageSize=2")).RootElement;
        var token = Uri.EscapeDataString(page.GetProperty("NextToken").GetString()!);
        var rest = JsonDocument.Parse(await Ok("GET", $"/silo/v1/tenants/later/scheduled-messages?NextToken={token}&PageSize=2")).RootElement;
        var listed = page.GetProperty("Messages").EnumerateArray().Concat(rest.GetProperty("Messages").EnumerateArray()).ToList();
        Assert.Equal([ids[1], ids[2], ids[0]], listed.Select(m => m.GetProperty("MessageId").GetString()));
        Assert.All(listed, m => Assert.Equal(2, m.GetProperty("Deliveries").GetInt32()));
        Assert.False(rest.TryGetProperty("NextToken", out _));

        var cancelled = JsonDocument.Parse(await Ok("DELETE", $"/silo/v1/messages/{ids[1]}")).RootElement;
        Assert.Equal((2, 0), (cancelled.GetProperty("CancelledDeliveries").GetInt32(), cancelled.GetProperty("LeftDeliveries").GetInt32()));
        Assert.Equal("later", cancelled.GetProperty("TenantName").GetString());
        await Patiently.Until(
            async () => (await server.Send("DELETE", $"/silo/v1/messages/{ids[1]}?TenantName=later")).Response.StatusCode == HttpStatusCode.NotFound,
            () => "it is gone");
        var explained = JsonDocument.Parse(await Ok("GET", $"/silo/v1/messages/{ids[2]}/explain")).RootElement.GetProperty("Deliveries")[0];
        Assert.Equal("SCHEDULED", explained.GetProperty("State").GetString());
        Assert.StartsWith("scheduled for 20", explained.GetProperty("WaitsFor").GetString());
    }

    private static string Code(HttpResponseMessage response) => Assert.Single(response.Headers.GetValues("x-amzn-ErrorType"));

    private async Task Identity() => await server.Send("POST", "/v2/email/identities", """{"EmailIdentity":"keyed.example"}""");

    private Task<(HttpResponseMessage Response, string Body)> Send(string body, params (string, string)[] headers) =>
        server.Send("POST", "/v2/email/outbound-emails", body, headers: headers);

    private async Task<string> Id(string body, params (string, string)[] headers)
    {
        var (response, text) = await Send(body, headers);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("MessageId").GetString()!;
    }

    private async Task<string> Ok(string method, string path, string? body = null)
    {
        var (response, text) = await server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {path}: {text}");
        return text;
    }
}
