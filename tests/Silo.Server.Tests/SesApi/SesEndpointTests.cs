using System.Net;
using System.Text;
using System.Text.Json;
using Silo.Server.AdminApi;
using Silo.Server.SesApi;
using Xunit;

namespace Silo.Server.Tests.SesApi;

public sealed class SesEndpointTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Theory]
    [InlineData("POST", "/v2/email/tenants/list", 403, "MissingAuthenticationTokenException", false)]
    [InlineData("GET", "/v2/email/nowhere", 403, "MissingAuthenticationTokenException", false)]
    [InlineData("GET", "/v2/email/nowhere", 404, "UnknownOperationException", true)]
    [InlineData("GET", "/v2/email/insights/1", 404, "NotFoundException", true)]
    [InlineData("PUT", "/v1/email/nowhere", 404, "UnknownOperationException", true)]
    [InlineData("GET", "/v2/email/tenants", 405, "MethodNotAllowedException", true)]
    [InlineData("GET", "/somewhere/else", 404, "UnknownOperationException", false)]
    [InlineData("POST", "/healthz", 405, "MethodNotAllowedException", false)]
    public async Task Every_refusal_is_JSON_with_a_code(string method, string path, int status, string code, bool signed)
    {
        var (response, body) = await server.Send(method, path, method == "GET" ? null : "{}", signed);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(code, Assert.Single(response.Headers.GetValues("x-amzn-ErrorType")));
        Assert.NotEmpty(JsonDocument.Parse(body).RootElement.GetProperty("message").GetString()!);
        Assert.Matches("^[0-9a-f-]{36}$", Assert.Single(response.Headers.GetValues("x-amzn-RequestId")));
    }

    [Theory]
    [InlineData("ffffffffffff")]
    [InlineData("zz")]
    public async Task A_chunk_size_that_is_none_is_the_clients_fault(string chunkSize)
    {
        var answer = await server.SendChunked("/v2/email/tenants", chunkSize + "\r\n{}");
        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.Contains("x-amzn-ErrorType: BadRequestException", answer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Timestamps_are_numbers_without_exponent_and_the_hash_header_is_optional(bool declaresHash)
    {
        var name = $"e-{declaresHash}";
        var (response, body) = await server.Send("POST", "/v2/email/tenants", $$"""{"TenantName":"{{name}}"}""", declaresHash: declaresHash);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        Assert.Matches("\"CreatedTimestamp\":[0-9]{10}(\\.[0-9]{1,3})?[,}]", body);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_was_altered_on_its_way_is_refused_and_does_nothing(bool declaresHash)
    {
        const string altered = """{"TenantName":"e-altered"}""";
        var (response, _) = await server.Send("POST", "/v2/email/tenants", altered, declaresHash: declaresHash, signedBody: "{}");
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("InvalidSignatureException", Assert.Single(response.Headers.GetValues("x-amzn-ErrorType")));
        var (absent, _) = await server.Send("POST", "/v2/email/tenants/get", altered);
        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
    }

    [Fact]
    public async Task Bodies_leave_the_budget_with_their_answers()
    {
        for (var i = 0; i < 20; i++) await server.Send("POST", "/v2/email/tenants/get", "{}", declaresHash: i % 2 == 0);
        Assert.InRange(server.Budget.UsedBytes, 0, 1 << 20);
    }

    [Fact]
    public async Task Both_older_lists_take_their_query()
    {
        foreach (var path in new[] { "/v2/email/identities", "/v2/email/configuration-sets" })
        {
            var (response, _) = await server.Send("GET", path + "?PageSize=5");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var (refused, body) = await server.Send("GET", path + "?PageSize=five");
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("PageSize", body);
        }
    }

    [Fact]
    public async Task A_body_above_the_limit_of_its_operation_names_the_limit()
    {
        var (response, body) = await server.Send("POST", "/v2/email/tenants", new string(' ', SesOperation.UsualMaxBodyBytes + 1));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("1048576 bytes", body);
    }

    [Fact]
    public async Task Identities_are_pending_until_verified_unless_the_simulator_is_the_way_out()
    {
        var (_, body) = await server.Send("POST", "/v2/email/identities", """{"EmailIdentity":"E-Verify.example"}""");
        Assert.Contains("\"VerifiedForSendingStatus\":true", body);
        Assert.True((await server.Services.Account.FindIdentityFor("x@sub.e-verify.EXAMPLE", CancellationToken.None))!.IsVerified);
        Assert.Null(await server.Services.Account.FindIdentityFor("x@e-verify.example.org", CancellationToken.None));
    }

    [Fact]
    public async Task Odd_bodies_of_any_operation_are_answered_and_never_break_it()
    {
        string[] values = ["null", "1", "-1", "1e999", "\"\"", "\"acme\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "[null]", "{}", "{\"a\":null}", "true", "\"arn:aws:ses:us-east-1:000000000000:tenant/a/tn-1\""];
        string[] members =
        [
            "TenantName", "Tags", "SuppressionAttributes", "Filter", "NextToken", "PageSize", "ResourceArn", "SuppressedReasons", "SuppressionScope", "SendingStatus",
            "ReputationEntityPolicy", "Content", "Destination", "EmailTags", "EmailIdentity", "DkimSigningAttributes", "ConfigurationSetName", "TrackingOptions",
            "DeliveryOptions", "SendingOptions", "VdmOptions", "MessageSecurityOptions", "SendingEnabled", "FromEmailAddress", "PoolName",
            "ScalingMode", "DestinationPoolName", "WarmupPercentage", "TlsPolicy", "SendingPoolName", "HelloName", "Via", "DailyCaps", "ProviderCaps", "Providers",
        ];
        SesOperation[] operations = [.. SesOperations.Available, .. AdminOperations.All];
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var operation = operations[random.Next(operations.Length)];
            var text = "{" + string.Join(',', Enumerable.Range(0, random.Next(6)).Select(_ =>
                $"\"{members[random.Next(members.Length)]}\":{values[random.Next(values.Length)]}")) + (random.Next(20) == 0 ? "" : "}");
            string[] labels = [random.Next(3) switch { 0 => "RESOURCE", 1 => "192.0.2.1", _ => "\0" }, random.Next(2) == 0 ? "arn:aws:ses:us-east-1:000000000000:tenant/a/tn-1" : "x/\u2713"];
            var query = random.Next(2) == 0 ? "" : "ResourceArn=%ff&TagKeys=&TagKeys=%E2%9C%93&PageSize=-5&NextToken=%00";
            try
            {
                var call = new SesCall(server.Services, labels, query, Encoding.UTF8.GetBytes(text)) { Caller = ApiServer.Root };
                var answer = await operation.Handle!(call, CancellationToken.None);
                Assert.True(answer.Error is null or { Status: < 500 }, $"{answer.Error}");
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, {operation.Name} {text}: {e}");
            }
        }
    }
}
