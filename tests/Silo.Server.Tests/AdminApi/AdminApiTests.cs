using System.Net;
using System.Text.Json;
using Silo.Core.Messages;
using Silo.Server.Tenants;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.AdminApi;

public sealed class AdminApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task A_tenants_limits_are_read_as_they_were_put_and_an_absent_one_is_the_common_one_again()
    {
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"limited"}""");
        Assert.Equal("""{"TenantName":"limited"}""", await Ok("GET", "/silo/v1/tenants/limited/limits"));
        await Ok("PUT", "/silo/v1/tenants/limited/limits", """{"SendRate":2.5,"SendBurst":10}""");
        Assert.Equal("""{"TenantName":"limited","SendRate":2.5,"SendBurst":10}""", await Ok("GET", "/silo/v1/tenants/limited/limits"));
        await Ok("PUT", "/silo/v1/tenants/limited/limits", """{"SendBurst":20}""");
        Assert.Equal("""{"TenantName":"limited","SendBurst":20}""", await Ok("GET", "/silo/v1/tenants/limited/limits"));
    }

    [Theory]
    [InlineData("PUT", "tenants/refused/limits", """{"SendRate":0}""", 400, "SendRate must be 0.01 to 1000000, not 0")]
    [InlineData("PUT", "tenants/refused/limits", """{"SendRate":1e7,"SendBurst":0.5}""", 400, "SendBurst must be 1 to 1000000, not 0.5")]
    [InlineData("PUT", "tenants/refused/limits", """{"SendRatee":5}""", 400, "SendRatee is not a member of this request")]
    [InlineData("PUT", "tenants/refused/limits", """{"SendRate":"fast"}""", 400, "SendRate has a value of the wrong type")]
    [InlineData("PUT", "tenants/nobody/limits", "{}", 404, "<nobody> does not exist")]
    [InlineData("GET", "tenants/nobody/limits", null, 404, "<nobody> does not exist")]
    [InlineData("GET", "tenants/no%20name/limits", null, 400, "TenantName must have")]
    [InlineData("PUT", "tenants/refused/status", "{}", 400, "SendingStatus is required")]
    [InlineData("PUT", "tenants/refused/status", """{"SendingStatus":"PAUSED"}""", 400, "SendingStatus must be one of ENABLED")]
    [InlineData("PUT", "tenants/refused/status", """{"SendingStatus":"DISABLED","MaxAgeSeconds":5}""", 400, "MaxAgeSeconds belongs to a resume")]
    [InlineData("PUT", "tenants/refused/status", """{"SendingStatus":"ENABLED","MaxAgeSeconds":-1}""", 400, "MaxAgeSeconds must be 0 to 31536000")]
    [InlineData("PUT", "tenants/refused/status", """{"SendingStatus":"ENABLED","Cause":""}""", 400, "Cause must have 1 to 512 characters")]
    [InlineData("PUT", "tenants/nobody/status", """{"SendingStatus":"DISABLED"}""", 404, "<nobody> does not exist")]
    [InlineData("POST", "tenants/refused/queue-orders", "{}", 400, "Action is required")]
    [InlineData("POST", "tenants/refused/queue-orders", """{"Action":"DROP"}""", 400, "Action must be one of HOLD, CANCEL")]
    [InlineData("POST", "tenants/refused/queue-orders", """{"Action":"HOLD","Filter":{"TagValue":"x"}}""", 400, "Filter.TagName is required")]
    [InlineData("POST", "tenants/refused/queue-orders", """{"Action":"HOLD","Filter":{"MailboxProvider":"gmial"}}""", 400, "Filter.MailboxProvider must be")]
    [InlineData("POST", "tenants/refused/queue-orders", """{"Action":"HOLD","Filter":{"Domain":"x"}}""", 400, "Filter.Domain is not a member")]
    [InlineData("POST", "tenants/refused/queue-orders", """{"Action":"HOLD","Filter":{"OlderThanSeconds":-1}}""", 400, "Filter.OlderThanSeconds must be 0")]
    [InlineData("POST", "tenants/nobody/queue-orders", """{"Action":"HOLD"}""", 404, "<nobody> does not exist")]
    [InlineData("POST", "tenants/nobody/queue-orders", """{"Action":"HOLD","DryRun":true}""", 404, "<nobody> does not exist")]
    [InlineData("DELETE", "tenants/refused/queue-orders/qo-none", null, 404, "Order <qo-none> of tenant <refused> is not in force")]
    [InlineData("POST", "warm-up/plan", "{}", 400, "DailyVolume is required")]
    [InlineData("POST", "warm-up/plan", """{"DailyVolume":-1}""", 400, "DailyVolume must be 0 to")]
    [InlineData("POST", "warm-up/plan", """{"DailyVolume":1,"DailyCaps":[5,4,0]}""", 400, "DailyCaps[2] must be 1 to")]
    [InlineData("POST", "warm-up/plan", """{"DailyVolume":1,"DailyCaps":[]}""", 400, "DailyCaps must have at least one day")]
    [InlineData("GET", "nowhere", null, 404, "No operation is known")]
    public async Task A_bad_call_is_refused_with_the_member_at_fault(string method, string path, string? body, int status, string message)
    {
        if (path.Contains("refused", StringComparison.Ordinal)) await server.Send("POST", "/v2/email/tenants", """{"TenantName":"refused"}""");
        var (response, answer) = await server.Send(method, "/silo/v1/" + path, body);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(message, JsonDocument.Parse(answer).RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        if (path.Contains("refused", StringComparison.Ordinal))
            Assert.Equal("""{"TenantName":"refused"}""", await Ok("GET", "/silo/v1/tenants/refused/limits"));
    }

    [Fact]
    public async Task A_tenant_is_paused_and_resumed_with_a_cause_that_stays()
    {
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"held"}""");
        Assert.Equal(
            """{"SendingStatus":"DISABLED","DialoguesBegun":0}""",
            await Ok("PUT", "/silo/v1/tenants/held/status", """{"SendingStatus":"DISABLED","Cause":"List was bought."}"""));
        Assert.Equal("List was bought.", (await server.Services.Tenants.Get("held").Describe(default))!.Standing.Customer.Cause);
        Assert.Contains("DISABLED", await Ok("POST", "/v2/email/tenants/get", """{"TenantName":"held"}"""), StringComparison.Ordinal);
        Assert.Equal(
            """{"SendingStatus":"ENABLED","DialoguesBegun":0}""",
            await Ok("PUT", "/silo/v1/tenants/held/status", """{"SendingStatus":"ENABLED","MaxAgeSeconds":3600}"""));
    }

    [Fact]
    public async Task A_dry_run_counts_what_an_order_would_mean_and_an_order_is_listed_until_it_is_taken_back()
    {
        const string path = "/silo/v1/tenants/queued/queue-orders";
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"queued"}""");
        // Held from the first on: nothing of it leaves while it is counted.
        var everything = JsonDocument.Parse(await Ok("POST", path, """{"Action":"HOLD"}""")).RootElement.GetProperty("OrderId").GetString();
        for (var i = 0; i < 6; i++) await Admit("queued", i % 2 == 0 ? "spring" : "winter", ["a@gmail.com", "b@stop.example"]);

        Assert.Equal("""{"Deliveries":12,"Messages":6}""", await Ok("POST", path, """{"Action":"CANCEL","DryRun":true}"""));
        Assert.Equal(
            """{"Deliveries":3,"Messages":3}""",
            await Ok("POST", path, """{"Action":"CANCEL","DryRun":true,"Filter":{"ConfigurationSetName":"spring","RecipientDomain":"STOP.example"}}"""));
        Assert.Equal(
            """{"Deliveries":3,"Messages":3}""",
            await Ok("POST", path, """{"Action":"HOLD","DryRun":true,"Filter":{"TagName":"campaign","TagValue":"winter","MailboxProvider":"Gmail"}}"""));
        Assert.Equal(
            """{"Deliveries":0,"Messages":0}""", await Ok("POST", path, """{"Action":"HOLD","DryRun":true,"Filter":{"OlderThanSeconds":3600}}"""));
        await Ok("DELETE", $"{path}/{everything}");
        Assert.Equal("""{"Orders":[]}""", await Ok("GET", path));

        var ordered = JsonDocument.Parse(await Ok(
            "POST", path, """{"Action":"HOLD","Filter":{"TagName":"campaign"},"Cause":"Wrong prices."}""")).RootElement;
        var id = ordered.GetProperty("OrderId").GetString();
        var order = Assert.Single(JsonDocument.Parse(await Ok("GET", path)).RootElement.GetProperty("Orders").EnumerateArray());
        Assert.Equal((id, "HOLD", "Wrong prices."), (
            order.GetProperty("OrderId").GetString(), order.GetProperty("Action").GetString(), order.GetProperty("Cause").GetString()));
        Assert.Equal("campaign", order.GetProperty("Filter").GetProperty("TagName").GetString());
        await Ok("DELETE", $"{path}/{id}");
        Assert.Equal("""{"Orders":[]}""", await Ok("GET", path));
    }

    [Fact]
    public async Task Strangers_learn_nothing()
    {
        var (response, _) = await server.Send("GET", "/silo/v1/tenants/a/limits", null, signed: false);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task A_warm_up_is_planned_without_anything_being_stored()
    {
        var answer = await Ok("POST", "/silo/v1/warm-up/plan", """{"DailyVolume":20,"DailyCaps":[10,25],"FirstDay":"2026-03-01"}""");
        Assert.Equal(
            """{"Days":[{"Day":1,"Date":"2026-03-01","Cap":10,"Sends":10,"Waits":10},{"Day":2,"Date":"2026-03-02","Cap":25,"Sends":25,"Waits":5},"""
            + """{"Day":3,"Date":"2026-03-03","Sends":25,"Waits":0}],"LongestWaitDays":1}""", answer);
        var automatic = JsonDocument.Parse(await Ok("POST", "/silo/v1/warm-up/plan", """{"DailyVolume":1000}""")).RootElement.GetProperty("Days");
        Assert.Equal(46, automatic.GetArrayLength());
    }

    private async Task<string> Ok(string method, string path, string? body = null)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer);
        return answer;
    }

    private async Task Admit(string tenant, string campaign, string[] recipients)
    {
        var envelope = new Envelope
        {
            MessageId = $"{tenant}-{campaign}", TenantName = tenant, Sender = "s@example.com", FromAddress = "s@example.com", IdentityArn = "arn",
            ConfigurationSetName = campaign, Tags = [new MessageTag("campaign", campaign)], Destination = recipients,
            AcceptedAt = TimeProvider.System.GetUtcNow(), SizeBytes = 64,
        };
        var admission = await server.Services.Tenants.Get(tenant).Admit(
            new AdmitMessage(new SendScope([]), envelope, new byte[64], recipients, []), default);
        Assert.Null(admission.Refusal);
    }
}
