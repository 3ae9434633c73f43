using System.Net;
using System.Text.Json;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.AdminApi;

public sealed class EgressAdminTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task An_address_is_added_shown_changed_and_removed()
    {
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"life"}""");
        await Ok("PUT", "/silo/v1/dedicated-ips/192.0.2.10", """{"PoolName":"life","HelloName":"m1.example.com","SiloHost":"box-1"}""");
        var ip = Json(await Ok("GET", "/silo/v1/dedicated-ips/192.0.2.10"));
        Assert.Equal(
            ["192.0.2.10", "life", "m1.example.com", "box-1"],
            new[] { "Ip", "PoolName", "HelloName", "SiloHost" }.Select(m => ip.GetProperty(m).GetString()));
        Assert.Matches(
            """^\{"Status":"IN_PROGRESS","Percentage":1,"Plan":"AUTOMATIC","Mode":"TIME","StartedAt":[0-9.]+\}$""", ip.GetProperty("WarmUp").GetRawText());
        Assert.InRange(ip.GetProperty("CreatedAt").GetDecimal(), 1_700_000_000m, 10_000_000_000m);

        await Ok("PUT", "/v2/email/dedicated-ips/192.0.2.10/warmup", """{"WarmupPercentage":40}""");
        await Ok(
            "PUT", "/silo/v1/dedicated-ips/192.0.2.10",
            """{"HelloName":"m2.example.com","Via":{"Host":"proxy","Port":1080,"User":"u","Password":"geheim"}}""");
        var changed = await Ok("GET", "/silo/v1/dedicated-ips/192.0.2.10");
        Assert.Contains("\"PoolName\":\"ses-default-dedicated-pool\",\"HelloName\":\"m2.example.com\"", changed);
        Assert.Contains("\"Via\":{\"Host\":\"proxy\",\"Port\":1080,\"User\":\"u\"}", changed);
        Assert.Contains("\"Percentage\":40", changed);
        Assert.DoesNotContain("geheim", changed);
        Assert.DoesNotContain("SiloHost", changed);

        await Ok("DELETE", "/silo/v1/dedicated-ips/192.0.2.10");
        var (gone, _) = await server.Send("GET", "/silo/v1/dedicated-ips/192.0.2.10");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task An_IPv6_address_is_the_same_in_every_spelling()
    {
        await Ok("PUT", "/silo/v1/dedicated-ips/2001%3Adb8%3A%3A1", """{"HelloName":"m.example.com"}""");
        Assert.Contains("\"Ip\":\"2001:db8::1\"", await Ok("GET", "/silo/v1/dedicated-ips/2001%3ADB8%3A0%3A%3A0001"));
        Assert.Contains("\"Ip\":\"2001:db8::1\"", await Ok("GET", "/v2/email/dedicated-ips/2001%3Adb8%3A%3A1"));
    }

    [Fact]
    public async Task Addresses_are_listed_by_pool_and_page()
    {
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"listed"}""");
        foreach (var last in new[] { 1, 2, 3 })
            await Ok("PUT", $"/silo/v1/dedicated-ips/198.51.100.{last}", """{"PoolName":"listed","HelloName":"m.example.com"}""");
        var first = Json(await Ok("GET", "/silo/v1/dedicated-ips?PageSize=2&PoolName=listed"));
        Assert.Equal(["198.51.100.1", "198.51.100.2"], Names(first));
        var token = Uri.EscapeDataString(first.GetProperty("NextToken").GetString()!);
        var second = Json(await Ok("GET", $"/silo/v1/dedicated-ips?NextToken={token}&PageSize=2&PoolName=listed"));
        Assert.Equal(["198.51.100.3"], Names(second));
        Assert.False(second.TryGetProperty("NextToken", out _));

        static IEnumerable<string?> Names(JsonElement page) =>
            page.GetProperty("DedicatedIps").EnumerateArray().Select(i => i.GetProperty("Ip").GetString());
    }

    [Fact]
    public async Task A_plan_of_ones_own_begins_with_its_first_day()
    {
        await Ok("PUT", "/silo/v1/dedicated-ips/203.0.113.1", """{"HelloName":"m.example.com"}""");
        await Ok("PUT", "/v2/email/dedicated-ips/203.0.113.1/warmup", """{"WarmupPercentage":100}""");
        await Ok(
            "PUT", "/silo/v1/dedicated-ips/203.0.113.1/warm-up",
            """{"DailyCaps":[10,20,30],"Mode":"ADAPTIVE","ProviderCaps":{"Gmail":[10,15]}}""");
        Assert.Matches(
            """^\{"Status":"IN_PROGRESS","Percentage":1,"Plan":"CUSTOM","Mode":"ADAPTIVE","StartedAt":[0-9.]+,"DailyCaps":\[10,20,30\],"ProviderCaps":\{"Gmail":\[10,15\]\}\}$""",
            Json(await Ok("GET", "/silo/v1/dedicated-ips/203.0.113.1")).GetProperty("WarmUp").GetRawText());
        await Ok("PUT", "/v2/email/dedicated-ips/203.0.113.1/warmup", """{"WarmupPercentage":50}""");
        Assert.Contains("\"WarmupPercentage\":50", await Ok("GET", "/v2/email/dedicated-ips/203.0.113.1"));
        await Ok("PUT", "/silo/v1/dedicated-ips/203.0.113.1/warm-up", "{}");
        Assert.Contains("\"Percentage\":1,\"Plan\":\"AUTOMATIC\",\"Mode\":\"TIME\"", await Ok("GET", "/silo/v1/dedicated-ips/203.0.113.1"));
    }

    [Fact]
    public async Task In_a_managed_pool_nothing_is_warmed_up_by_hand()
    {
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"managed","ScalingMode":"MANAGED"}""");
        await Ok("PUT", "/silo/v1/dedicated-ips/203.0.113.7", """{"PoolName":"managed","HelloName":"m.example.com"}""");
        Assert.Contains("\"Status\":\"NOT_APPLICABLE\",\"Percentage\":-1,\"Plan\":\"AUTOMATIC\",\"Mode\":\"ADAPTIVE\"", await Ok("GET", "/silo/v1/dedicated-ips/203.0.113.7"));
        await Refused("PUT", "/silo/v1/dedicated-ips/203.0.113.7/warm-up", "{}", 400, "is in a managed pool");
        await Refused("PUT", "/v2/email/dedicated-ips/203.0.113.7/warmup", """{"WarmupPercentage":5}""", 400, "is in a managed pool");
    }

    [Fact]
    public async Task The_limits_of_a_pool_are_read_as_they_were_put_and_an_absent_one_is_none()
    {
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"limited"}""");
        Assert.Equal("""{"PoolName":"limited"}""", await Ok("GET", "/silo/v1/pools/limited/limits"));
        const string all =
            """
            "RatePerSecond":12.5,"Burst":20,"DailyQuota":500000,"ConnectionsPerIpAndSite":5,"MessagesPerConnection":100,"Providers":[
            """
            + """{"Provider":"Gmail","RatePerSecond":2,"Burst":4,"Connections":2},{"Provider":"Yahoo","Connections":1}]""";
        await Ok("PUT", "/silo/v1/pools/limited/limits", "{" + all + "}");
        Assert.Equal("{\"PoolName\":\"limited\"," + all + "}", await Ok("GET", "/silo/v1/pools/limited/limits"));
        await Ok("PUT", "/silo/v1/pools/limited/limits", """{"DailyQuota":7}""");
        Assert.Equal("""{"PoolName":"limited","DailyQuota":7}""", await Ok("GET", "/silo/v1/pools/limited/limits"));
        await Ok("PUT", "/silo/v1/pools/ses-default-dedicated-pool/limits", """{"DailyQuota":9}""");
        Assert.Equal(
            """{"PoolName":"ses-default-dedicated-pool","DailyQuota":9}""", await Ok("GET", "/silo/v1/pools/ses-default-dedicated-pool/limits"));
    }

    [Fact]
    public async Task A_pool_is_paused_as_a_whole_or_towards_one_provider_and_each_is_resumed_by_itself()
    {
        const string path = "/silo/v1/pools/paused/status";
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"paused"}""");
        await Ok("PUT", path, """{"SendingStatus":"DISABLED","MailboxProvider":"Gmail","Cause":"Listed there."}""");
        await Ok("PUT", path, """{"SendingStatus":"DISABLED"}""");
        await Ok("PUT", path, """{"SendingStatus":"DISABLED","MailboxProvider":"Gmail","Cause":"Still listed."}""");
        Assert.Matches(
            """^\{"PoolName":"paused","SendingStatus":"DISABLED","Pauses":\[\{"Cause":"Status manually updated\.","PausedAt":[0-9.]+\},"""
            + """\{"MailboxProvider":"Gmail","Cause":"Still listed\.","PausedAt":[0-9.]+\}\],"InHand":0,"Budgets":\[\]\}$""",
            await Ok("GET", path));
        await Ok("PUT", path, """{"SendingStatus":"ENABLED"}""");
        Assert.Contains("\"SendingStatus\":\"ENABLED\",\"Pauses\":[{\"MailboxProvider\":\"Gmail\"", await Ok("GET", path));
        await Ok("PUT", path, """{"SendingStatus":"ENABLED","MailboxProvider":"Gmail"}""");
        Assert.Equal("""{"PoolName":"paused","SendingStatus":"ENABLED","Pauses":[],"InHand":0,"Budgets":[]}""", await Ok("GET", path));
    }

    [Fact]
    public async Task An_address_is_paused_as_a_whole_or_towards_one_provider_and_stays_so_when_it_is_put_again_or_moved()
    {
        const string ip = "/silo/v1/dedicated-ips/203.0.113.50";
        await Ok("PUT", ip, """{"HelloName":"m.example.com"}""");
        await Ok("PUT", ip + "/status", """{"SendingStatus":"DISABLED","MailboxProvider":"Gmail","Cause":"Listed there."}""");
        await Ok("PUT", ip + "/status", """{"SendingStatus":"DISABLED"}""");
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"elsewhere"}""");
        await Ok("PUT", ip, """{"HelloName":"m.example.com","PoolName":"elsewhere"}""");
        await Ok("PUT", "/v2/email/dedicated-ips/203.0.113.50/pool", """{"DestinationPoolName":"ses-default-dedicated-pool"}""");
        Assert.Matches(
            """^\{"Ip":"203\.0\.113\.50","SendingStatus":"DISABLED","Pauses":\[\{"MailboxProvider":"Gmail","Cause":"Listed there\.","PausedAt":[0-9.]+\},"""
            + """\{"Cause":"Status manually updated\.","PausedAt":[0-9.]+\}\],"InHand":0,"Budgets":\[\]\}$""",
            await Ok("GET", ip + "/status"));
        await Ok("PUT", ip + "/status", """{"SendingStatus":"ENABLED"}""");
        Assert.Contains("\"SendingStatus\":\"ENABLED\",\"Pauses\":[{\"MailboxProvider\":\"Gmail\"", await Ok("GET", ip + "/status"));
        await Ok("PUT", ip + "/status", """{"SendingStatus":"ENABLED","MailboxProvider":"Gmail"}""");
        Assert.Contains("\"Pauses\":[],", await Ok("GET", ip + "/status"));
    }

    [Theory]
    [InlineData("GET", "dedicated-ips/203.0.113.99/status", null, 404, "Dedicated IP 203.0.113.99 does not exist")]
    [InlineData("GET", "dedicated-ips/nonsense/status", null, 400, "Ip must be an IPv4 or IPv6 address")]
    [InlineData("PUT", "dedicated-ips/203.0.113.99/status", """{"SendingStatus":"DISABLED"}""", 404, "Dedicated IP 203.0.113.99 does not exist")]
    [InlineData("PUT", "dedicated-ips/203.0.113.99/status", "{}", 400, "SendingStatus is required")]
    [InlineData("PUT", "dedicated-ips/203.0.113.99/status", """{"SendingStatus":"OFF"}""", 400, "SendingStatus must be one of ENABLED, DISABLED")]
    [InlineData("PUT", "dedicated-ips/203.0.113.99/status", """{"SendingStatus":"DISABLED","MailboxProvider":"gmail"}""", 400, "MailboxProvider must be one of")]
    [InlineData("PUT", "dedicated-ips/203.0.113.99/status", """{"SendingStatus":"DISABLED","Cause":""}""", 400, "Cause must have")]
    [InlineData("PUT", "dedicated-ips/203.0.113.99/status", """{"SendingStatus":"ENABLED","Cause":"x"}""", 400, "Cause belongs to a pause")]
    [InlineData("PUT", "dedicated-ips/203.0.113.99/status", """{"SendingStatus":"DISABLED","Provider":"Gmail"}""", 400, "Provider is not a member")]
    [InlineData("PUT", "pools/none/status", """{"SendingStatus":"DISABLED"}""", 404, "Dedicated IP pool none does not exist")]
    [InlineData("PUT", "pools/ses-shared-pool/status", "{}", 400, "SendingStatus is required")]
    [InlineData("PUT", "pools/ses-shared-pool/status", """{"SendingStatus":"DISABLED","MailboxProvider":"gmail"}""", 400, "MailboxProvider must be one of")]
    [InlineData("PUT", "pools/ses-shared-pool/status", """{"SendingStatus":"ENABLED","Cause":"x"}""", 400, "Cause belongs to a pause")]
    [InlineData("PUT", "pools/none/limits", "{}", 404, "Dedicated IP pool none does not exist")]
    [InlineData("GET", "pools/no%20ne/limits", null, 404, "Dedicated IP pool no ne does not exist")]
    [InlineData("PUT", "pools/ses-shared-pool/limits", """{"RatePerSecond":0}""", 400, "RatePerSecond must be 0.01 to 1000000, not 0")]
    [InlineData("PUT", "pools/ses-shared-pool/limits", """{"Burst":5}""", 400, "Burst has a meaning only with RatePerSecond")]
    [InlineData("PUT", "pools/ses-shared-pool/limits", """{"DailyQuota":0}""", 400, "DailyQuota must be 1 to 10000000000, not 0")]
    [InlineData("PUT", "pools/ses-shared-pool/limits", """{"ConnectionsPerIpAndSite":0}""", 400, "ConnectionsPerIpAndSite must be 1 to 10000, not 0")]
    [InlineData("PUT", "pools/ses-shared-pool/limits", """{"MessagesPerConnection":0}""", 400, "MessagesPerConnection must be 1 to 1000000, not 0")]
    [InlineData("PUT", "pools/ses-shared-pool/limits", """{"Providers":[{"Provider":"gmail"}]}""", 400, "Providers[0].Provider must be one of")]
    [InlineData("PUT", "pools/ses-shared-pool/limits", """{"Providers":[{}]}""", 400, "Providers[0].Provider is required")]
    [InlineData("PUT", "pools/ses-shared-pool/limits", """{"Providers":[null]}""", 400, "Providers[0] must not be null")]
    [InlineData("PUT", "pools/ses-shared-pool/limits", """{"Providers":[{"Provider":"Gmail"},{"Provider":"Gmail"}]}""", 400, "Providers[1].Provider is given twice")]
    [InlineData("PUT", "pools/ses-shared-pool/limits", """{"Providers":[{"Provider":"Gmail","Connections":0}]}""", 400, "Providers[0].Connections must be 1 to 10000, not 0")]
    [InlineData("PUT", "pools/ses-shared-pool/limits", """{"Providers":[{"Provider":"Gmail","Rate":1}]}""", 400, "Providers[0].Rate is not a member")]
    [InlineData("PUT", "pools/ses-shared-pool/limits", """{"RatePerSec":1}""", 400, "RatePerSec is not a member")]
    [InlineData("PUT", "dedicated-ips/224.0.0.1", """{"HelloName":"m.example.com"}""", 400, "Ip must be an IPv4 or IPv6 address")]
    [InlineData("PUT", "dedicated-ips/192.0.2.300", """{"HelloName":"m.example.com"}""", 400, "Ip must be an IPv4 or IPv6 address")]
    [InlineData("GET", "dedicated-ips/nonsense", null, 400, "Ip must be an IPv4 or IPv6 address")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99", "{}", 400, "HelloName is required")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99", """{"HelloName":"under_score.example.com"}""", 400, "HelloName must be a host name")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99", """{"HelloName":"m.example.com","PoolName":"none"}""", 404, "Dedicated IP pool none does not exist")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99", """{"HelloName":"m.example.com","PoolName":"a b"}""", 400, "PoolName must have 1 to 64")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99", """{"HelloName":"m.example.com","PoolName":"ses-shared-pool"}""", 400, "PoolName must not be ses-shared-pool")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99", """{"HelloName":"m.example.com","SiloHost":"a b"}""", 400, "SiloHost must be a host name")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99", """{"HelloName":"m.example.com","SiloHost":"a","Via":{"Host":"p","Port":1}}""", 400, "SiloHost must be absent with Via")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99", """{"HelloName":"m.example.com","Via":{"Port":0}}""", 400, "Via.Host is required; Via.Port must be 1 to 65535, not 0")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99", """{"HelloName":"m.example.com","Via":{"Host":"p","Port":1,"User":"u"}}""", 400, "Via must have both User and Password")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99", """{"HelloName":"m.example.com","Via":{"Host":"p","Port":1,"User":"","Password":"x"}}""", 400, "Via.User must have 1 to 255 bytes")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99", """{"HelloName":"m.example.com","Via":{"Host":"p","Port":1,"Kind":"http"}}""", 400, "Via.Kind is not a member")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99/warm-up", "{}", 404, "Dedicated IP 192.0.2.99 does not exist")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99/warm-up", """{"Mode":"FAST"}""", 400, "Mode must be one of TIME, ADAPTIVE")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99/warm-up", """{"DailyCaps":[5,4]}""", 400, "DailyCaps[1] must not be below")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99/warm-up", """{"DailyCaps":[5],"ProviderCaps":{"Gmail":[6]}}""", 400, "ProviderCaps.Gmail[0] must be at most the day's total of 5, not 6")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99/warm-up", """{"DailyCaps":[5],"ProviderCaps":{"Gmail":[5,5]}}""", 400, "ProviderCaps.Gmail must have at most the 1 days of the plan, not 2")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99/warm-up", """{"ProviderCaps":{"Gmail":[51]}}""", 400, "ProviderCaps.Gmail[0] must be at most the day's total of 50, not 51")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99/warm-up", """{"ProviderCaps":{"Gmail":null}}""", 400, "ProviderCaps.Gmail is required")]
    [InlineData("PUT", "dedicated-ips/192.0.2.99/warm-up", """{"ProviderCaps":{"Goggle":[1]}}""", 400, "ProviderCaps has no provider 'Goggle'; they are ")]
    public Task A_bad_call_is_refused_with_the_member_at_fault(string method, string path, string? body, int status, string message) =>
        Refused(method, "/silo/v1/" + path, body, status, message);

    private async Task Refused(string method, string path, string? body, int status, string message)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(message, Json(answer).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private async Task<string> Ok(string method, string path, string? body = null)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer);
        return answer;
    }
}
