using System.Net;
using System.Text.Json;
using Silo.Core.Pacing;
using Silo.Core.QueueControl;
using Silo.Core.Tenants;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.AdminApi;

public sealed class ConfigurationSetStreamTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Arns = "arn:aws:ses:us-east-1:000000000000:";

    [Fact]
    public async Task A_sets_stream_is_read_as_it_was_put_and_other_changes_of_the_set_leave_it()
    {
        await Ok("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"spoken"}""");
        Assert.Equal("""{"ConfigurationSetName":"spoken","Stream":"NORMAL"}""", await Ok("GET", "/silo/v1/configuration-sets/spoken/stream"));
        foreach (var stream in new[] { "URGENT", "BULK", "NORMAL", "BULK" })
        {
            await Ok("PUT", "/silo/v1/configuration-sets/spoken/stream", $$"""{"Stream":"{{stream}}"}""");
            Assert.Equal($$"""{"ConfigurationSetName":"spoken","Stream":"{{stream}}"}""", await Ok("GET", "/silo/v1/configuration-sets/spoken/stream"));
        }

        await Ok("PUT", "/v2/email/configuration-sets/spoken/delivery-options", """{"TlsPolicy":"REQUIRE"}""");
        await Ok("PUT", "/v2/email/configuration-sets/spoken/sending", """{"SendingEnabled":true}""");
        Assert.Contains("BULK", await Ok("GET", "/silo/v1/configuration-sets/spoken/stream"));
        // SES has no such member.
        Assert.DoesNotContain("Stream", await Ok("GET", "/v2/email/configuration-sets/spoken"));
    }

    [Theory]
    [InlineData("PUT", "refused", "{}", 400, "Stream is required")]
    [InlineData("PUT", "refused", """{"Stream":"urgent"}""", 400, "Stream must be one of URGENT, NORMAL, BULK")]
    [InlineData("PUT", "refused", """{"Stream":1}""", 400, "Stream has a value of the wrong type")]
    [InlineData("PUT", "refused", """{"Stream":"BULK","Weight":2}""", 400, "Weight is not a member of this request")]
    [InlineData("PUT", "nobody", """{"Stream":"BULK"}""", 404, "Configuration set nobody does not exist")]
    [InlineData("PUT", "no%20name", """{"Stream":"BULK"}""", 404, "does not exist")]
    [InlineData("GET", "nobody", null, 404, "Configuration set nobody does not exist")]
    public async Task A_bad_call_is_refused_with_the_member_at_fault(string method, string set, string? body, int status, string message)
    {
        await server.Send("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"refused"}""");
        var (response, answer) = await server.Send(method, $"/silo/v1/configuration-sets/{set}/stream", body);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(message, JsonDocument.Parse(answer).RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("NORMAL", await Ok("GET", "/silo/v1/configuration-sets/refused/stream"));
    }

    [Fact]
    public async Task Accepted_mail_is_queued_in_the_stream_and_the_pool_of_its_set_at_that_time()
    {
        await Ok("POST", "/v2/email/identities", """{"EmailIdentity":"lanes.example"}""");
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"lanes-pool"}""");
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"lanes"}""");
        await Associate("identity/lanes.example");
        foreach (var (set, delivery) in new[] { ("resets", """,{"SendingPoolName":"lanes-pool"}"""), ("letters", ""), ("other", "") })
        {
            await Ok("POST", "/v2/email/configuration-sets", $$"""{"ConfigurationSetName":"{{set}}"{{delivery.Replace(",{", ",\"DeliveryOptions\":{")}}}""");
            await Associate($"configuration-set/{set}");
        }

        await Ok("PUT", "/silo/v1/configuration-sets/resets/stream", """{"Stream":"URGENT"}""");
        await Ok("PUT", "/silo/v1/configuration-sets/letters/stream", """{"Stream":"BULK"}""");
        await Ok("POST", "/silo/v1/tenants/lanes/queue-orders", """{"Action":"HOLD"}""");
        foreach (var set in new[] { "resets", "letters", "other" }) await Send("lanes", set);
        await Ok("PUT", "/silo/v1/configuration-sets/letters/stream", """{"Stream":"NORMAL"}""");
        await Ok("PUT", "/v2/email/configuration-sets/resets/delivery-options", "{}");
        foreach (var set in new[] { "resets", "letters" }) await Send("lanes", set);

        Assert.Equal(
            [
                (MailStream.Urgent, "lanes-pool"), (MailStream.Urgent, "lanes-pool"), (MailStream.Bulk, null), (MailStream.Bulk, null),
                (MailStream.Normal, null), (MailStream.Normal, null),
                (MailStream.Urgent, null), (MailStream.Urgent, null), (MailStream.Normal, null), (MailStream.Normal, null),
            ],
            await QueueOf("lanes"));
    }

    [Fact]
    public async Task Mail_without_a_set_is_normal_mail_of_no_pool()
    {
        await Ok("POST", "/v2/email/identities", """{"EmailIdentity":"plain.example"}""");
        await Send(null, null, "plain.example");
        // The first send brings the account's own tenant about.
        var order = new QueueOrder("qo-streams", QueueAction.Hold, new QueueFilter(), TimeProvider.System.GetUtcNow(), "Test.");
        await server.Services.Tenants.Get(TenantName.Account).OrderQueue(order, default);
        await Send(null, null, "plain.example");

        Assert.Contains((MailStream.Normal, null), await QueueOf(TenantName.Account));
    }

    private Task<string> Associate(string resource) =>
        Ok("POST", "/v2/email/tenants/resources", $$"""{"TenantName":"lanes","ResourceArn":"{{Arns}}{{resource}}"}""");

    private Task<string> Send(string? tenant, string? set, string domain = "lanes.example") => Ok("POST", "/v2/email/outbound-emails", JsonSerializer.Serialize(new
    {
        FromEmailAddress = $"a@{domain}",
        TenantName = tenant,
        ConfigurationSetName = set,
        Destination = new { ToAddresses = new[] { "x@example.org", "y@example.org" } },
        Content = new { Simple = new { Subject = new { Data = "x" }, Body = new { Text = new { Data = "x" } } } },
    }));

    private async Task<IEnumerable<(MailStream, string?)>> QueueOf(string tenant)
    {
        var store = server.Services.Store;
        var key = (await store.Tenants.Load(tenant, default))!.TenantKey;
        var units = await store.Spool.ReadQueue(key, default, 100, includeSetAside: true, default);
        return units.OrderBy(u => u.Id).Select(u => (u.Stream, u.Pool));
    }

    private async Task<string> Ok(string method, string path, string? body = null)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {path}: {answer}");
        return answer;
    }
}
