using System.Net;
using System.Text.Json;
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
}
