using System.Globalization;
using System.Net;
using System.Text.Json;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.ProviderData;

public sealed class ProviderDataApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Path = "/silo/v1/provider-data";

    [Fact]
    public async Task An_upload_shows_with_the_domain_and_in_the_tenants_reputation()
    {
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"gmailer"}""");
        Assert.Equal("unknown", Rate(await Ok("GET", "/silo/v1/tenants/gmailer/reputation")));
        await Ok("POST", "/v2/email/identities", """{"EmailIdentity":"gmailer.example"}""");
        await Ok(
            "POST", "/v2/email/tenants/resources",
            """{"TenantName":"gmailer","ResourceArn":"arn:aws:ses:us-east-1:000000000000:identity/gmailer.example"}""");
        var day = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-1));
        var stats = $$$"""{"domainStats":[{"metric":"spam_rate","date":{"year":{{{day.Year}}},"month":{{{day.Month}}},"day":{{{day.Day}}}},"value":{"floatValue":0.0015}}]}""";
        var answer = await Ok("POST", Path + "/google-postmaster?Domain=Gmailer.example", stats);
        Assert.Equal((1, true), (answer.GetProperty("Imported").GetInt32(), answer.GetProperty("IsWhole").GetBoolean()));
        var reputation = await Ok("GET", "/silo/v1/tenants/gmailer/reputation");
        Assert.Equal("0.0015", Rate(reputation));
        Assert.Equal(
            ("gmailer.example", "DOMAIN"),
            (reputation.GetProperty("Gmail").GetProperty("Domains")[0].GetProperty("Domain").GetString(),
                reputation.GetProperty("Gmail").GetProperty("Domains")[0].GetProperty("Basis").GetString()));
        Assert.Equal("FEEDBACK_3P", reputation.GetProperty("Findings")[0].GetProperty("Type").GetString());
        var kept = await Ok("GET", Path + "/google-postmaster/gmailer.example");
        Assert.Equal(day.ToString("O", CultureInfo.InvariantCulture), kept.GetProperty("Days")[0].GetProperty("Day").GetString());
    }

    [Fact]
    public async Task A_file_of_SNDS_shows_with_the_address_and_its_pool()
    {
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"snds"}""");
        await Ok("PUT", "/silo/v1/dedicated-ips/192.0.2.61", """{"PoolName":"snds","HelloName":"m.example.com"}""");
        var answer = await Ok(
            "POST", Path + "/snds",
            "192.0.2.61,3/1/2026 1:00 AM,3/1/2026 2:00 AM,9,8,7,RED,0.2%,,,3,,,\r\n192.0.2.62,3/1/2026 1:00 AM,,9,8,7,RED,0.2%,,,3,,,\r\nnonsense\r\n");
        Assert.Equal((1, 1), (answer.GetProperty("Imported").GetInt32(), answer.GetProperty("Skipped").GetInt32()));
        Assert.Equal("192.0.2.62", answer.GetProperty("UnknownAddresses")[0].GetString());
        var day = (await Ok("GET", Path + "/snds/192.0.2.61")).GetProperty("Days")[0];
        Assert.Equal(("RED", 0.002, 3), (day.GetProperty("FilterResult").GetString(), day.GetProperty("ComplaintRate").GetDouble(), day.GetProperty("TrapHits").GetInt32()));
        var pool = (await Ok("GET", "/silo/v1/pools/snds/status")).GetProperty("Snds");
        Assert.Equal("192.0.2.61", Assert.Single(pool.EnumerateArray()).GetProperty("Ip").GetString());
    }

    [Theory]
    [InlineData("POST", "/google-postmaster", "{}")]
    [InlineData("POST", "/google-postmaster?Domain=a_b", "{}")]
    [InlineData("POST", "/google-postmaster?Domain=a.example", "[]")]
    [InlineData("POST", "/google-postmaster?Domain=a.example", "")]
    [InlineData("POST", "/snds", "<html>")]
    [InlineData("GET", "/snds/nobody", null)]
    [InlineData("GET", "/google-postmaster/nobody", null)]
    public async Task What_is_no_file_is_refused(string method, string path, string? body)
    {
        var (response, answer) = await server.Send(method, Path + path, body);
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, answer);
    }

    [Theory]
    [InlineData("/snds/192.0.2.99")]
    [InlineData("/google-postmaster/nothing.example")]
    public async Task What_was_not_imported_is_not_there(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, (await server.Send("GET", Path + path)).Response.StatusCode);

    private static string Rate(JsonElement reputation)
    {
        var gmail = reputation.GetProperty("Gmail");
        var rate = gmail.GetProperty("ComplaintRate");
        return rate.ValueKind == JsonValueKind.Null && gmail.GetProperty("Reason").GetString()!.Length > 0 ? "unknown" : rate.GetRawText();
    }

    private async Task<JsonElement> Ok(string method, string path, string? body = null)
    {
        var (response, answer) = await server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer);
        return JsonDocument.Parse(answer).RootElement;
    }
}
