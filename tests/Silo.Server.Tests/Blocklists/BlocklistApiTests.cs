using System.Net;
using System.Text.Json;
using Silo.Core.Messages;
using Silo.Server.Tests.Feedback;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Server.Tests.Blocklists;

/// <summary>The whole server with a list of its own: what the operator sees.</summary>
public sealed class BlocklistApiTests : IAsyncLifetime
{
    private readonly ScriptedDnsServer _dns = new();
    private FeedbackServer _server = null!;

    public async Task InitializeAsync()
    {
        _dns.AddAddress("2.0.0.127.bl.example", "127.0.0.2").AddAddress("9.2.0.192.bl.example", "127.0.0.2");
        _server = await FeedbackServer.Start(
            null, ("Silo:Blocklists:Zones:0:Name", "bl.example"), ("Silo:Dns:Servers:0", $"{_dns.EndPoint}"));
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _dns.DisposeAsync();
    }

    [Fact]
    public async Task A_listing_shows_with_the_address_its_pool_and_the_lists_and_tells_nobody_of_what_it_does_not_know()
    {
        Assert.Equal("NOT_TESTED", (await Ok("GET", "/silo/v1/blocklists")).GetProperty("Zones")[0].GetProperty("Status").GetString());
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"own"}""");
        foreach (var ip in (string[])["192.0.2.9", "192.0.2.10"])
            await Ok("PUT", $"/silo/v1/dedicated-ips/{ip}", """{"PoolName":"own","HelloName":"m.example.com"}""");
        Assert.Equal(HttpStatusCode.NotFound, (await Send("GET", "/silo/v1/blocklists/subjects/192.0.2.9")).Status);
        var looked = await Ok("POST", "/silo/v1/blocklists/subjects/192.0.2.9/look");
        Assert.Equal(("own", "LISTED", "127.0.0.2"), (looked.GetProperty("PoolName").GetString(), Zone(looked, "Status"), Zone(looked, "Codes")));
        Assert.Equal("NOT_LISTED", Zone(await Ok("POST", "/silo/v1/blocklists/subjects/192.0.2.10/look"), "Status"));
        Assert.Equal("LISTED", Zone(await Ok("GET", "/silo/v1/blocklists/subjects/192.0.2.9"), "Status"));
        Assert.Equal(HttpStatusCode.NotFound, (await Send("POST", "/silo/v1/blocklists/subjects/192.0.2.77/look")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send("POST", "/silo/v1/blocklists/subjects/what/look")).Status);

        var listed = (await Ok("GET", "/silo/v1/blocklists/subjects?Listed=true")).GetProperty("Subjects");
        Assert.Equal("192.0.2.9", Assert.Single(listed.EnumerateArray()).GetProperty("Subject").GetString());
        var page = await Ok("GET", "/silo/v1/blocklists/subjects?PageSize=1");
        var next = await Ok("GET", $"/silo/v1/blocklists/subjects?NextToken={Uri.EscapeDataString(page.GetProperty("NextToken").GetString()!)}&PageSize=1");
        Assert.Equal("192.0.2.9", next.GetProperty("Subjects")[0].GetProperty("Subject").GetString());
        var pool = (await Ok("GET", "/silo/v1/pools/own/status")).GetProperty("Listings");
        Assert.Equal("192.0.2.9", Assert.Single(pool.EnumerateArray()).GetProperty("Subject").GetString());
        Assert.Equal("BELIEVED", (await Ok("GET", "/silo/v1/blocklists")).GetProperty("Zones")[0].GetProperty("Status").GetString());
    }

    [Fact]
    public async Task Culprits_are_those_whose_mail_preceded_and_only_those_that_may_use_the_pool()
    {
        await Ok("PUT", "/silo/v1/dedicated-ips/192.0.2.9", """{"HelloName":"m.example.com"}""");
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"other"}""");
        await Ok("PUT", "/silo/v1/dedicated-ips/192.0.2.10", """{"PoolName":"other","HelloName":"m.example.com"}""");
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"bad"}""");
        await Ok("POST", "/silo/v1/tenants/bad/reports", """{"Source":"spamcop","Kind":"SPAM_TRAP","Count":2,"MessageId":"m-1"}""");
        await Ok("POST", "/v2/email/tenants", """{"TenantName":"quiet"}""");
        var ranking = await Ok("GET", "/silo/v1/dedicated-ips/192.0.2.9/culprits");
        Assert.Equal("ALL_TENANTS", ranking.GetProperty("Basis").GetString());
        var culprit = Assert.Single(ranking.GetProperty("Culprits").EnumerateArray());
        Assert.Equal(
            ("bad", 2, "m-1"),
            (culprit.GetProperty("TenantName").GetString(), culprit.GetProperty("Counts").GetProperty("TrapReports").GetInt32(),
                culprit.GetProperty("SampleMessageIds")[0].GetString()));
        // Nobody's configuration set names the other pool.
        ranking = await Ok("GET", "/silo/v1/dedicated-ips/192.0.2.10/culprits");
        Assert.Equal(("TENANTS_OF_POOL", 0), (ranking.GetProperty("Basis").GetString(), ranking.GetProperty("Culprits").GetArrayLength()));
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        ranking = await Ok("GET", $"/silo/v1/dedicated-ips/192.0.2.9/culprits?From={now - 7200}.5&Until={now - 3600}");
        Assert.Equal(0, ranking.GetProperty("Culprits").GetArrayLength());
        foreach (var wrong in (string[])[$"From={now}&Until={now - 1}", $"From={now - (40 * 86_400)}", "From=yesterday", $"Until={now + 1_000}"])
            Assert.Equal(HttpStatusCode.BadRequest, (await Send("GET", "/silo/v1/dedicated-ips/192.0.2.9/culprits?" + wrong)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Send("GET", "/silo/v1/dedicated-ips/192.0.2.99/culprits")).Status);
    }

    private static string? Zone(JsonElement subject, string member) => subject.GetProperty("Zones")[0].GetProperty(member).GetString();

    private async Task<JsonElement> Ok(string method, string path, string? body = null)
    {
        var (status, answer) = await Send(method, path, body);
        Assert.True(status == HttpStatusCode.OK, answer);
        return JsonDocument.Parse(answer).RootElement;
    }

    private Task<(HttpStatusCode Status, string Body)> Send(string method, string path, string? body = null) => _server.Send(method, path, body);
}
