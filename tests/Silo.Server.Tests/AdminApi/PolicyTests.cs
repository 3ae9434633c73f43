using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Server.Tenants;
using Silo.Server.Tests.SesApi;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.AdminApi;

public sealed class PolicyTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Path = "/silo/v1/policies";
    private const string Own = "arn:aws:ses:us-east-1:000000000000:reputation-policy/";

    [Fact]
    public async Task A_policy_is_made_read_used_changed_for_its_users_at_once_and_not_deleted_while_in_use()
    {
        await Ok("PUT", Path + "/soft", """{"Findings":[{"Type":"BOUNCE","Low":0.02,"VolumeFloor":30,"OnLow":{"Action":"NOTIFY"},"OnHigh":{"Action":"NOTIFY"}}]}""");
        var policy = JsonDocument.Parse(await Ok("GET", Path + "/soft")).RootElement;
        Assert.Equal((Own + "soft", 1), (policy.GetProperty("PolicyArn").GetString(), policy.GetProperty("Revision").GetInt32()));
        var bounce = policy.GetProperty("Findings")[0];
        // What was left open reads as it holds.
        Assert.Equal((0.02, 0.15), (bounce.GetProperty("Low").GetDouble(), bounce.GetProperty("High").GetDouble()));
        var names = JsonDocument.Parse(await Ok("GET", Path)).RootElement.GetProperty("Policies").EnumerateArray().Select(p => p.GetProperty("PolicyName").GetString());
        Assert.Equal(["standard", "strict", "none", "soft"], names.Where(n => n is not null && !n.StartsWith("other", StringComparison.Ordinal)));

        await Use("user", "soft");
        await Record("user", 100, i => i % 5 == 0);
        var reputation = await Reputation("user");
        Assert.Equal(("ENABLED", Own + "soft"), (reputation.GetProperty("SendingStatus").GetString(), reputation.GetProperty("ReputationPolicy").GetString()));
        Assert.Equal("NOTIFY", reputation.GetProperty("Findings")[0].GetProperty("Action").GetString());

        await Ok("PUT", Path + "/soft", """{"Findings":[{"Type":"BOUNCE","Low":0.02,"VolumeFloor":30,"OnLow":{"Action":"THROTTLE","Factor":0.25},"OnHigh":{"Action":"THROTTLE","Factor":0.25}}]}""");
        Assert.Equal(0.25, (await Reputation("user")).GetProperty("RateFactor").GetDouble());
        var budgets = JsonDocument.Parse(await Ok("GET", "/silo/v1/tenants/user/budgets")).RootElement.ToString();
        Assert.Contains("250", budgets, StringComparison.Ordinal);
        Assert.Equal(2, (await Server("user").Describe(default))!.Standing.Custom!.Revision);

        var (refused, body) = await server.Send("DELETE", Path + "/soft");
        Assert.True(refused.StatusCode == HttpStatusCode.Conflict, body);
        Assert.DoesNotContain("reputation-policy", await Ok("POST", "/v2/email/tenants/resources/list", """{"TenantName":"user"}"""), StringComparison.Ordinal);
        await SetPolicy("user", "arn:aws:ses:us-east-1:aws:reputation-policy/none");
        Assert.False((await Reputation("user")).TryGetProperty("RateFactor", out _));
        await Ok("DELETE", Path + "/soft");
        Assert.Equal(HttpStatusCode.NotFound, (await server.Send("GET", Path + "/soft")).Response.StatusCode);
    }

    [Fact]
    public async Task A_tenant_shows_where_its_findings_come_from()
    {
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"shown"}""");
        await Record("shown", 300, i => i % 3 == 0);
        await Ok("POST", "/silo/v1/tenants/shown/reports", """{"Source":"spamcop","Kind":"SPAM_TRAP","Count":4,"MessageId":"m1","Detail":"pristine"}""");
        var reputation = await Reputation("shown");
        Assert.Equal("DISABLED", reputation.GetProperty("SendingStatus").GetString());
        var findings = reputation.GetProperty("Findings").EnumerateArray().ToDictionary(f => f.GetProperty("Type").GetString()!);
        var bounce = findings["BOUNCE"];
        Assert.Equal(
            ("HIGH", "OPEN", "Gmail", 1.0 / 3), (Text(bounce, "Impact"), Text(bounce, "Status"), Text(bounce, "Provider"), bounce.GetProperty("Rate").GetDouble()));
        Assert.InRange(bounce.GetProperty("LowerBound").GetDouble(), 0.15, 1.0 / 3);
        Assert.Equal(["m"], bounce.GetProperty("SampleMessageIds").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal("LOW", Text(findings["FEEDBACK_3P"], "Impact"));
        var volumes = reputation.GetProperty("Volumes").EnumerateArray().Where(v => Text(v, "Window") == "DAY").ToList();
        Assert.Equal([null, "Gmail"], volumes.Select(v => v.TryGetProperty("Provider", out var p) ? p.GetString() : null));
        Assert.All(volumes, v => Assert.Equal(100, v.GetProperty("HardBounces").GetInt32()));
        Assert.Equal(["OPENED", "OPENED"], reputation.GetProperty("History").EnumerateArray().Select(h => Text(h, "Step")));
        Assert.Equal(4, reputation.GetProperty("Reports")[0].GetProperty("Count").GetInt32());

        var arn = (await Server("shown").Describe(default))!.Arn;
        var listed = JsonDocument.Parse(await Ok("POST", "/v2/email/vdm/recommendations", $$$"""{"Filter":{"RESOURCE_ARN":"{{{arn}}}"}}""")).RootElement;
        Assert.Equal(["BOUNCE", "FEEDBACK_3P"], listed.GetProperty("Recommendations").EnumerateArray().Select(r => Text(r, "Type")));
    }

    [Fact]
    public async Task A_replay_says_what_a_policy_would_have_done_and_touches_nothing()
    {
        await Ok("PUT", Path + "/other-strict", """{"Findings":[{"Type":"BOUNCE","Low":0.02,"High":0.03,"VolumeFloor":20,"OnHigh":{"Action":"PAUSE"},"OnLow":{"Action":"PAUSE"}}]}""");
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"past"}""");
        await SetPolicy("past", "arn:aws:ses:us-east-1:aws:reputation-policy/none");
        var from = TimeProvider.System.GetUtcNow().AddSeconds(-1).ToUnixTimeSeconds();
        await Record("past", 200, i => i % 4 == 0);
        var to = TimeProvider.System.GetUtcNow();
        var request = $$"""{"From":{{from}},"To":{{to.ToUnixTimeMilliseconds() / 1000m}},"Tenants":["past"]}""";

        var replayed = await Ok("POST", Path + "/other-strict/replay", request);
        var tenant = JsonDocument.Parse(replayed).RootElement.GetProperty("Tenants")[0];
        Assert.Equal(("past", "ONLY_POLICY"), (Text(tenant, "TenantName"), Text(tenant, "Pause")));
        Assert.InRange(tenant.GetProperty("LeftWhilePaused").GetInt64(), 1, 200);
        Assert.Equal("PAUSE", Text(tenant.GetProperty("Would")[0], "Action"));
        Assert.Equal(replayed, await Ok("POST", Path + "/other-strict/replay", request));
        Assert.Empty(JsonDocument.Parse(await Ok("POST", Path + "/none/replay", request)).RootElement.GetProperty("Tenants").EnumerateArray());
        Assert.True((await Server("past").Describe(default))!.Standing.MaySend);
    }

    [Theory]
    [InlineData("PUT", Path + "/a", """{"Findings":[{"Type":"BOUNCE","Low":0.7}]}""", "Findings[0].Low must be 0.0001 to 0.4999")]
    [InlineData("PUT", Path + "/a", """{"Findings":[{"Type":"BOUNCE","Low":0.2}]}""", "Findings[0].High (0.15) must not be below Low (0.2)")]
    [InlineData("PUT", Path + "/a", """{"Findings":[{"Type":"IP_LISTING","Low":1.5}]}""", "Findings[0].Low must be a whole number")]
    [InlineData("PUT", Path + "/a", """{"Findings":[{"Type":"SPAM"}]}""", "Findings[0].Type must be one of BOUNCE")]
    [InlineData("PUT", Path + "/a", """{"Findings":[{"Type":"BOUNCE"},{"Type":"BOUNCE"}]}""", "Findings names BOUNCE twice")]
    [InlineData("PUT", Path + "/a", """{"Findings":[{"Type":"BOUNCE","OnLow":{"Action":"THROTTLE"}}]}""", "Findings[0].OnLow.Factor is required")]
    [InlineData("PUT", Path + "/a", """{"Findings":[{"Type":"BOUNCE","OnLow":{"Action":"THROTTLE","Factor":0.001}}]}""", "Findings[0].OnLow.Factor must be 0.01 to 1")]
    [InlineData("PUT", Path + "/a", """{"Findings":[{"Type":"VOLUME","Windows":["DAY"]}]}""", "Findings[0].Windows belongs to BOUNCE and COMPLAINT")]
    [InlineData("PUT", Path + "/strict", "{}", "PolicyName strict is a policy of SES")]
    [InlineData("PUT", Path + "/a.b", "{}", "PolicyName must be 1 to 64")]
    [InlineData("PUT", Path + "/a", """{"Unknown":1}""", "Unknown")]
    [InlineData("POST", Path + "/none/replay", """{"From":1,"To":9000000}""", "To must be at most 31 days after From")]
    [InlineData("POST", Path + "/none/replay", """{"From":5,"To":5}""", "To must be after From")]
    [InlineData("POST", "/silo/v1/tenants/x/reports", """{"Kind":"SPAM_TRAP"}""", "Source is required")]
    [InlineData("POST", "/silo/v1/tenants/x/reports", """{"Source":"s","Kind":"TRAP"}""", "Kind must be one of ABUSE")]
    public async Task What_is_wrong_is_named(string method, string path, string body, string said)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest && answer.Contains(said, StringComparison.Ordinal), $"{response.StatusCode} {answer}");
    }

    [Fact]
    public async Task What_does_not_exist_is_told()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await server.Send("DELETE", Path + "/nothing")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Send("GET", "/silo/v1/tenants/nobody/reputation")).Response.StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound, (await server.Send("POST", "/silo/v1/tenants/nobody/reports", """{"Source":"s","Kind":"ABUSE"}""")).Response.StatusCode);
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"lonely"}""");
        var (response, body) = await server.Send("PUT", await EntityPath("lonely"), $$"""{"ReputationEntityPolicy":"{{Own}}nothing"}""");
        // NotFoundException is not among this operation's errors.
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, body);
        Assert.Contains("nothing does not exist", body, StringComparison.Ordinal);
    }

    private ITenant Server(string tenant) => server.Services.Tenants.Get(tenant);

    private async Task Use(string tenant, string policy)
    {
        await Ok("POST", "/v2/email/tenants", $$"""{"TenantName":"{{tenant}}"}""");
        await SetPolicy(tenant, Own + policy);
    }

    private async Task SetPolicy(string tenant, string arn) => await Ok("PUT", await EntityPath(tenant), $$"""{"ReputationEntityPolicy":"{{arn}}"}""");

    private async Task<string> EntityPath(string tenant) =>
        $"/v2/email/reputation/entities/RESOURCE/{Uri.EscapeDataString((await Server(tenant).Describe(default))!.Arn)}/policy";

    private async Task<JsonElement> Reputation(string tenant) => JsonDocument.Parse(await Ok("GET", $"/silo/v1/tenants/{tenant}/reputation")).RootElement;

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();

    private async Task<string> Ok(string method, string path, string? body = null)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {path}: {response.StatusCode} {answer}");
        return answer;
    }

    private async Task Record(string tenant, int count, Func<int, bool> bounces)
    {
        var key = (await server.Services.Store.Tenants.Load(tenant, default))!.TenantKey;
        var now = TimeProvider.System.GetUtcNow();
        var envelope = new Envelope
        {
            MessageId = "m", TenantName = tenant, Sender = "s@example.com", FromAddress = "s@example.com", IdentityArn = "arn",
            Destination = ["r@gmail.com"], AcceptedAt = now, SizeBytes = 1,
        };
        var unit = new QueuedUnit(2, 1, 1, "r@gmail.com", now, 0, null, 0, false);
        var bounce = new DeliveryResult { Kind = DeliveryResultKind.HardBounce, Stage = DeliveryStage.Recipient };
        var delivered = new DeliveryResult { Kind = DeliveryResultKind.Delivered, Stage = DeliveryStage.FinalDot };
        var outcomes = Enumerable.Range(0, count).Select(i => new Outcome(unit, envelope, 0, bounces(i) ? bounce : delivered, now, now)).ToArray();
        var ticket = await server.Provider.GetRequiredService<IOwnTenants>().Get(tenant).Record(
            new OutcomeBatch(key, server.Services.Store.Ownership.Incarnation, outcomes, default), default);
        await server.Services.Store.Spool.WhenCommitted(ticket, default);
    }
}
