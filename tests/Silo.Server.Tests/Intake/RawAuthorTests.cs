using System.Net;
using System.Text;
using System.Text.Json;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.Intake;

public sealed class RawAuthorTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Theory]
    [InlineData("author@raw.example", "From: author@raw.example", null)]
    [InlineData("author@raw.example", "From: News <news@sub.raw.example>", null)]
    [InlineData("author@raw.example", "From: author@bank.example", "author@bank.example")]
    [InlineData(null, "From: author@bank.example\r\nSender: author@raw.example", "author@bank.example")]
    [InlineData(null, "From: author@raw.example, second@bank.example\r\nSender: author@raw.example", "second@bank.example")]
    [InlineData("author@raw.example", "From: author@raw.example\r\nSender: clerk@bank.example", "clerk@bank.example")]
    public async Task Every_author_that_a_raw_message_shows_needs_a_verified_identity(string? parameter, string headers, string? unverified)
    {
        await server.Send("POST", "/v2/email/identities", """{"EmailIdentity":"raw.example"}""");
        var (response, body) = await SendRaw(parameter, headers, null);
        if (unverified is null)
        {
            Assert.True(response.StatusCode == HttpStatusCode.OK, body);
            return;
        }

        Assert.Equal("MessageRejected", Assert.Single(response.Headers.GetValues("x-amzn-ErrorType")));
        Assert.EndsWith($"US-EAST-1: {unverified}", JsonDocument.Parse(body).RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Another_tenants_identity_is_none_for_the_From_header()
    {
        foreach (var name in new[] { "mine.example", "theirs.example" })
            await server.Send("POST", "/v2/email/identities", $$"""{"EmailIdentity":"{{name}}"}""");
        await server.Send("POST", "/v2/email/configuration-sets", """{"ConfigurationSetName":"authors"}""");
        await server.Send("POST", "/v2/email/tenants", """{"TenantName":"authors"}""");
        foreach (var arn in new[] { "identity/mine.example", "configuration-set/authors" })
        {
            await server.Send("POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"authors","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{arn}}"}""");
        }

        var (own, body) = await SendRaw("a@mine.example", "From: a@mine.example", "authors");
        Assert.True(own.StatusCode == HttpStatusCode.OK, body);
        var (foreign, refusal) = await SendRaw("a@mine.example", "From: a@theirs.example", "authors");
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        Assert.Contains("[arn:aws:ses:us-east-1:000000000000:identity/theirs.example]", refusal);
    }

    private async Task<(HttpResponseMessage Response, string Body)> SendRaw(string? parameter, string headers, string? tenant)
    {
        var data = Convert.ToBase64String(Encoding.ASCII.GetBytes(headers + "\r\nSubject: x\r\n\r\nx\r\n"));
        return await server.Send("POST", "/v2/email/outbound-emails", JsonSerializer.Serialize(new
        {
            FromEmailAddress = parameter,
            TenantName = tenant,
            ConfigurationSetName = tenant is null ? null : "authors",
            Destination = new { ToAddresses = new[] { "success@simulator.amazonses.com" } },
            Content = new { Raw = new { Data = data } },
        }));
    }
}
