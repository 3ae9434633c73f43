using System.Net;
using System.Text.Json;
using Silo.Core.Messages;
using Silo.Core.Suspension;
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
        await Ok("PUT", "/silo/v1/tenants/limited/limits", """{"Weight":0.5,"DailyQuota":0,"MonthlyQuota":1000000}""");
        Assert.Equal(
            """{"TenantName":"limited","Weight":0.5,"DailyQuota":0,"AcceptedToday":0,"MonthlyQuota":1000000,"AcceptedThisMonth":0}""",
            await Ok("GET", "/silo/v1/tenants/limited/limits"));
    }

    [Fact]
    public async Task A_tenants_warm_up_is_put_read_with_its_use_and_ended()
    {
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"cold"}""");
        var startedAt = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        await Ok(
            "PUT", "/silo/v1/tenants/cold/warm-up",
            $$$"""{"DailyCaps":[24,48],"Mode":"ADAPTIVE","ProviderCaps":{"Gmail":[12]},"StartedAt":{{{startedAt}}}.125}""");
        var answer = JsonDocument.Parse(await Ok("GET", "/silo/v1/tenants/cold/warm-up")).RootElement;
        Assert.Equal($"{startedAt}.125", answer.GetProperty("StartedAt").GetRawText());
        Assert.Equal(("CUSTOM", "ADAPTIVE"), (answer.GetProperty("Plan").GetString(), answer.GetProperty("Mode").GetString()));
        Assert.Equal("""{"Day":1,"Days":2,"Percentage":1,"DailyCap":24,"SentToday":0,"HourlyCap":1,"SentThisHour":0}""", answer.GetProperty("Total").GetRawText());
        Assert.Equal("Gmail", answer.GetProperty("Providers")[0].GetProperty("Provider").GetString());
        await Ok("PUT", "/silo/v1/tenants/cold/warm-up", """{"Plan":"AUTOMATIC"}""");
        answer = JsonDocument.Parse(await Ok("GET", "/silo/v1/tenants/cold/warm-up")).RootElement;
        Assert.Equal(("AUTOMATIC", 45), (answer.GetProperty("Plan").GetString(), answer.GetProperty("Total").GetProperty("Days").GetInt32()));
        Assert.False(answer.TryGetProperty("Providers", out _));
        await Ok("DELETE", "/silo/v1/tenants/cold/warm-up");
        Assert.Equal(HttpStatusCode.NotFound, (await server.Send("GET", "/silo/v1/tenants/cold/warm-up")).Response.StatusCode);
    }

    [Fact]
    public async Task A_warm_up_by_sending_domain_shows_each_domain_and_the_pool_that_it_overflows_to()
    {
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"domains"}""");
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"spare"}""");
        await Ok("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"domains"}""");
        foreach (var domain in new[] { "one.example", "two.example" })
            await Ok("POST", "/v2/email/identities", $$"""{"EmailIdentity":"{{domain}}"}""");
        foreach (var resource in new[] { "identity/one.example", "identity/two.example", "configuration-set/domains" })
        {
            await Ok("POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"domains","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{resource}}"}""");
        }

        await Ok(
            "PUT", "/silo/v1/tenants/domains/warm-up",
            """{"DailyCaps":[24,48],"ProviderCaps":{"Gmail":[12]},"Scope":"SENDING_DOMAIN","OverflowPoolName":"spare"}""");
        var answer = JsonDocument.Parse(await Ok("GET", "/silo/v1/tenants/domains/warm-up")).RootElement;
        Assert.Equal(("SENDING_DOMAIN", "spare"), (answer.GetProperty("Scope").GetString(), answer.GetProperty("OverflowPoolName").GetString()));
        Assert.Equal((0, false), (answer.GetProperty("SendingDomains").GetArrayLength(), answer.TryGetProperty("Total", out _)));

        foreach (var from in new[] { "s@one.example", "s@one.example", "s@mail.two.example" })
        {
            await Ok("POST", "/v2/email/outbound-emails",
                JsonSerializer.Serialize(new
                {
                    TenantName = "domains", ConfigurationSetName = "domains", FromEmailAddress = from,
                    Destination = new { ToAddresses = new[] { "success@simulator.amazonses.com" } },
                    Content = new { Simple = new { Subject = new { Data = "x" }, Body = new { Text = new { Data = "x" } } } },
                }));
        }

        await Testing.EndToEnd.Patiently.Until(
            async () => (await server.Services.Tenants.Get("domains").Describe(default))!.Books.Open == 0, () => "all three have left");
        answer = JsonDocument.Parse(await Ok("GET", "/silo/v1/tenants/domains/warm-up")).RootElement;
        Assert.Equal(
            [("one.example", 1), ("two.example", 1)],
            answer.GetProperty("SendingDomains").EnumerateArray().Select(d =>
                (d.GetProperty("SendingDomain").GetString(), d.GetProperty("Total").GetProperty("SentThisHour").GetInt32())));
        Assert.Equal("Gmail", answer.GetProperty("SendingDomains")[0].GetProperty("Providers")[0].GetProperty("Provider").GetString());
        var tenant = JsonDocument.Parse(await Ok("GET", "/silo/v1/tenants/domains/budgets")).RootElement.GetProperty("Tenant");
        Assert.Equal("spare", tenant.GetProperty("OverflowPoolName").GetString());
        Assert.Equal(
            ["one.example", "one.example", "two.example", "two.example"],
            tenant.GetProperty("WarmUp").EnumerateArray().Select(w => w.GetProperty("SendingDomain").GetString()));
    }

    [Fact]
    public async Task A_send_over_a_plan_quota_is_refused_whole_before_what_else_is_wrong_with_it()
    {
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"planned"}""");
        await Ok("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"planned"}""");
        await Ok("POST", "/v2/email/identities", """{"EmailIdentity":"planned.example"}""");
        foreach (var resource in new[] { "identity/planned.example", "configuration-set/planned" })
        {
            await Ok("POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"planned","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{resource}}"}""");
        }

        await Ok("PUT", "/silo/v1/tenants/planned/limits", """{"DailyQuota":2}""");
        var (refused, answer) = await Send(["a@example.org", "b@example.org", "c@example.org"]);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("LimitExceededException", Assert.Single(refused.Headers.GetValues("x-amzn-ErrorType")));
        Assert.Matches(
            "^Daily message quota exceeded\\. arn:aws:ses:us-east-1:000000000000:tenant/planned/tn-[0-9a-f]{30} may send to 2 recipients per day; "
            + "the next one begins at 20[0-9-]{8}T00:00:00Z\\.$",
            JsonDocument.Parse(answer).RootElement.GetProperty("message").GetString());
        Assert.Equal(0, (await server.Services.Tenants.Get("planned").Describe(default))!.Books.Accepted);
        Assert.Equal(HttpStatusCode.OK, (await Send(["a@example.org", "b@example.org"])).Response.StatusCode);

        await Ok("PUT", "/silo/v1/tenants/planned/limits", """{"MonthlyQuota":0}""");
        await Ok("PUT", "/v2/email/configuration-sets/planned/sending", """{"SendingEnabled":false}""");
        (refused, answer) = await Send(["a@example.org"]);
        Assert.Equal("LimitExceededException", Assert.Single(refused.Headers.GetValues("x-amzn-ErrorType")));
        Assert.Contains("Monthly message quota exceeded.", answer);
        await Ok("PUT", "/silo/v1/tenants/planned/limits", "{}");
        Assert.Equal("SendingPausedException", Assert.Single((await Send(["a@example.org"])).Response.Headers.GetValues("x-amzn-ErrorType")));

        Task<(HttpResponseMessage Response, string Body)> Send(string[] to) => server.Send("POST", "/v2/email/outbound-emails", JsonSerializer.Serialize(new
        {
            FromEmailAddress = "a@planned.example",
            TenantName = "planned",
            ConfigurationSetName = "planned",
            Destination = new { ToAddresses = to },
            Content = new { Simple = new { Subject = new { Data = "x" }, Body = new { Text = new { Data = "x" } } } },
        }));
    }

    [Theory]
    [InlineData("PUT", "tenants/refused/limits", """{"SendRate":0}""", 400, "SendRate must be 0.01 to 1000000, not 0")]
    [InlineData("PUT", "tenants/refused/limits", """{"SendRate":1e7,"SendBurst":0.5}""", 400, "SendBurst must be 1 to 1000000, not 0.5")]
    [InlineData("PUT", "tenants/refused/limits", """{"SendRatee":5}""", 400, "SendRatee is not a member of this request")]
    [InlineData("PUT", "tenants/refused/limits", """{"SendRate":"fast"}""", 400, "SendRate has a value of the wrong type")]
    [InlineData("PUT", "tenants/refused/limits", """{"Weight":0.1}""", 400, "Weight must be 0.125 to 10000, not 0.1")]
    [InlineData("PUT", "tenants/refused/limits", """{"Weight":10001}""", 400, "Weight must be 0.125 to 10000, not 10001")]
    [InlineData("PUT", "tenants/refused/limits", """{"DailyQuota":-1}""", 400, "DailyQuota must be 0 to 1000000000000, not -1")]
    [InlineData("PUT", "tenants/refused/limits", """{"MonthlyQuota":1000000000001}""", 400, "MonthlyQuota must be 0 to 1000000000000")]
    [InlineData("PUT", "tenants/refused/limits", """{"MonthlyQuota":1.5}""", 400, "MonthlyQuota is not in its format")]
    [InlineData("PUT", "tenants/refused/status", """{"SendingStatus":"ENABLED","Origin":"OWNER"}""", 400, "Origin must be one of CUSTOMER, PLATFORM")]
    [InlineData("GET", "tenants/nobody/status", null, 404, "<nobody> does not exist")]
    [InlineData("PUT", "tenants/nobody/limits", "{}", 404, "<nobody> does not exist")]
    [InlineData("GET", "tenants/nobody/limits", null, 404, "<nobody> does not exist")]
    [InlineData("GET", "tenants/no%20name/limits", null, 400, "TenantName must have")]
    [InlineData("PUT", "tenants/refused/status", "{}", 400, "SendingStatus is required")]
    [InlineData("PUT", "tenants/refused/status", """{"SendingStatus":"PAUSED"}""", 400, "SendingStatus must be one of ENABLED")]
    [InlineData("PUT", "tenants/refused/status", """{"SendingStatus":"DISABLED","MaxAgeSeconds":5}""", 400, "MaxAgeSeconds belongs to a resume")]
    [InlineData("PUT", "tenants/refused/status", """{"SendingStatus":"ENABLED","MaxAgeSeconds":-1}""", 400, "MaxAgeSeconds must be 0 to 31536000")]
    [InlineData("PUT", "tenants/refused/status", """{"SendingStatus":"ENABLED","Cause":""}""", 400, "Cause must have 1 to 512 characters")]
    [InlineData("PUT", "tenants/nobody/status", """{"SendingStatus":"DISABLED"}""", 404, "<nobody> does not exist")]
    [InlineData("GET", "messages/nonsense/explain", null, 400, "MessageId is no id that a send was answered with")]
    [InlineData("GET", "messages/0100019a0000000000000000-0000-4000-8000-000000000000-000000/explain", null, 400, "MessageId is no id")]
    [InlineData("GET", "messages/0100019a00000000-00000000-0000-4000-8000-000000000000-000000/explain", null, 404, "is not known")]
    [InlineData("GET", "messages/0100019a00000000-00000000-0000-4000-8000-000000000000-000000/explain?TenantName=nobody", null, 404, "<nobody> does not exist")]
    [InlineData("GET", "tenants/nobody/budgets", null, 404, "<nobody> does not exist")]
    [InlineData("POST", "tenants/refused/queue-orders", "{}", 400, "Action is required")]
    [InlineData("POST", "tenants/refused/queue-orders", """{"Action":"DROP"}""", 400, "Action must be one of HOLD, CANCEL, REROUTE")]
    [InlineData("POST", "tenants/refused/queue-orders", """{"Action":"REROUTE"}""", 400, "ToPoolName is required")]
    [InlineData("POST", "tenants/refused/queue-orders", """{"Action":"HOLD","ToPoolName":"x"}""", 400, "ToPoolName belongs to Action REROUTE")]
    [InlineData("POST", "tenants/refused/queue-orders", """{"Action":"REROUTE","ToPoolName":"none"}""", 404, "Dedicated IP pool none does not exist")]
    [InlineData("POST", "tenants/nobody/queue-orders", """{"Action":"REROUTE","ToPoolName":"ses-shared-pool"}""", 404, "<nobody> does not exist")]
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
    [InlineData("PUT", "tenants/refused/warm-up", "{}", 400, "DailyCaps or Plan is required")]
    [InlineData("PUT", "tenants/refused/warm-up", """{"Plan":"FAST"}""", 400, "Plan must be one of AUTOMATIC")]
    [InlineData("PUT", "tenants/refused/warm-up", """{"Plan":"AUTOMATIC","DailyCaps":[5]}""", 400, "DailyCaps must not be given with Plan")]
    [InlineData("PUT", "tenants/refused/warm-up", """{"DailyCaps":[5,4]}""", 400, "DailyCaps[1] must not be below")]
    [InlineData("PUT", "tenants/refused/warm-up", """{"DailyCaps":[5],"Mode":"FAST"}""", 400, "Mode must be one of TIME, ADAPTIVE")]
    [InlineData("PUT", "tenants/refused/warm-up", """{"DailyCaps":[5],"ProviderCaps":{"Gmail":[6]}}""", 400, "ProviderCaps.Gmail[0] must be at most")]
    [InlineData("PUT", "tenants/refused/warm-up", """{"DailyCaps":[5],"ProviderCaps":{"Gmial":[6]}}""", 400, "ProviderCaps has no provider 'Gmial'")]
    [InlineData("PUT", "tenants/refused/warm-up", """{"DailyCaps":[5],"StartedAt":1000000000}""", 400, "StartedAt must be at most 365 days")]
    [InlineData("PUT", "tenants/refused/warm-up", """{"DailyCaps":[5],"Scope":"DOMAIN"}""", 400, "Scope must be one of TENANT, SENDING_DOMAIN")]
    [InlineData("PUT", "tenants/refused/warm-up", """{"DailyCaps":[5],"OverflowPoolName":"gone"}""", 400, "OverflowPoolName must be the name of a")]
    [InlineData("PUT", "tenants/nobody/warm-up", """{"DailyCaps":[5]}""", 404, "<nobody> does not exist")]
    [InlineData("GET", "tenants/nobody/warm-up", null, 404, "<nobody> does not exist")]
    [InlineData("GET", "tenants/refused/warm-up", null, 404, "Tenant <refused> has no warm-up")]
    [InlineData("DELETE", "tenants/refused/warm-up", null, 404, "Tenant <refused> has no warm-up")]
    [InlineData("DELETE", "tenants/nobody/warm-up", null, 404, "<nobody> does not exist")]
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
    public async Task A_message_that_waits_is_explained_by_its_id_alone()
    {
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"explained"}""");
        await Ok("POST", "/v2/email/identities", """{"EmailIdentity":"explained.example"}""");
        await Ok("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"explained"}""");
        foreach (var resource in new[] { "identity/explained.example", "configuration-set/explained" })
        {
            await Ok("POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"explained","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{resource}}"}""");
        }

        await Ok("PUT", "/silo/v1/tenants/explained/limits", """{"SendRate":0.01,"SendBurst":1}""");
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            var sent = await Ok("POST", "/v2/email/outbound-emails", JsonSerializer.Serialize(new
            {
                FromEmailAddress = "a@explained.example",
                TenantName = "explained",
                ConfigurationSetName = "explained",
                Destination = new { ToAddresses = (string[])[$"r{i}@gmail.com"] },
                Content = new { Simple = new { Subject = new { Data = "x" }, Body = new { Text = new { Data = "x" } } } },
            }));
            ids.Add(JsonDocument.Parse(sent).RootElement.GetProperty("MessageId").GetString()!);
        }

        foreach (var query in new[] { "", "?TenantName=explained" })
        {
            var explained = JsonDocument.Parse(await Ok("GET", $"/silo/v1/messages/{ids[3]}/explain{query}")).RootElement;
            Assert.Equal("explained", explained.GetProperty("TenantName").GetString());
            var delivery = Assert.Single(explained.GetProperty("Deliveries").EnumerateArray());
            Assert.Equal(("r3@gmail.com", "QUEUED"), (delivery.GetProperty("Recipient").GetString(), delivery.GetProperty("State").GetString()));
            Assert.InRange(delivery.GetProperty("Position").GetInt32(), 3, 4);
        }

        var budgets = JsonDocument.Parse(await Ok("GET", "/silo/v1/tenants/explained/budgets")).RootElement;
        Assert.Equal(0.01, budgets.GetProperty("Tenant").GetProperty("SendRate").GetDouble());
        Assert.Contains("ses-shared-pool × Gmail", budgets.GetProperty("SharedBudgets").EnumerateArray().Select(b => b.GetProperty("Name").GetString()));
        Assert.Equal("NORMAL", Assert.Single(budgets.GetProperty("Queues").EnumerateArray()).GetProperty("Stream").GetString());
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
    public async Task A_pause_by_the_platform_is_shown_with_its_cause_and_lifted_by_the_platform_alone()
    {
        const string path = "/silo/v1/tenants/judged/status";
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"judged"}""");
        await server.Services.Tenants.Get("judged").SetStatus(
            new SetStatus(StatusOrigin.PlatformManaged, SendingStatus.Disabled, "554 Sending disabled there."), default);
        Assert.Matches(
            """^\{"TenantName":"judged","SendingStatus":"DISABLED","Customer":\{"SendingStatus":"ENABLED","UpdatedAt":[0-9.]+\}"""
            + ""","Platform":\{"SendingStatus":"DISABLED","Cause":"554 Sending disabled there\.","UpdatedAt":[0-9.]+\}\}$""",
            await Ok("GET", path));

        await Ok("PUT", path, """{"SendingStatus":"DISABLED"}""");
        foreach (var origin in new[] { "", ""","Origin":"CUSTOMER" """ })
            Assert.Contains("\"SendingStatus\":\"DISABLED\"", await Ok("PUT", path, $$"""{"SendingStatus":"ENABLED"{{origin}}}"""));
        Assert.Equal(
            """{"SendingStatus":"ENABLED","DialoguesBegun":0}""",
            await Ok("PUT", path, """{"SendingStatus":"ENABLED","Origin":"PLATFORM","Cause":"Settled with the provider."}"""));
        var shown = JsonDocument.Parse(await Ok("GET", path)).RootElement;
        Assert.Equal(
            ("ENABLED", "ENABLED", "Status manually updated.", "ENABLED", "Settled with the provider."),
            (Text("SendingStatus"), Text("Customer", "SendingStatus"), Text("Customer", "Cause"), Text("Platform", "SendingStatus"),
                Text("Platform", "Cause")));

        string? Text(params string[] members) => members.Aggregate(shown, (element, member) => element.GetProperty(member)).GetString();
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
            """{"Deliveries":6,"Messages":3}""", await Ok("POST", path, """{"Action":"CANCEL","DryRun":true,"Filter":{"PoolName":"pool-spring"}}"""));
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
            new AdmitMessage(new SendScope([]), envelope, new byte[64], recipients, []) { Pool = "pool-" + campaign }, default);
        Assert.Null(admission.Refusal);
    }
}
