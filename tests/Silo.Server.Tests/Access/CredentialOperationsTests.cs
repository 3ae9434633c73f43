using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Access;
using Silo.Server.SesApi;
using Silo.Server.Tests.SesApi;
using Xunit;

namespace Silo.Server.Tests.Access;

public sealed class CredentialOperationsTests(AccessServer server) : IClassFixture<AccessServer>
{
    private const string Path = "/silo/v1/credentials";

    [Fact]
    public async Task A_secret_is_shown_once_and_the_key_lives_until_it_is_disabled_or_deleted()
    {
        var created = await server.Ok("POST", Path, """{"Kind":"OPERATOR","Description":"deploys"}""");
        var key = AccessServer.KeyOf(created);
        Assert.Matches("^AKIA[A-Z2-7]{16}$", key.Id);
        var shown = await server.Ask("GET", $"{Path}/{key.Id}", by: key);
        Assert.Contains("\"Status\":\"ENABLED\"", shown.Body);
        Assert.Contains("deploys", shown.Body);
        Assert.DoesNotContain(key.Secret, shown.Body + (await server.Ask("GET", Path)).Body);

        await server.Ok("PUT", $"{Path}/{key.Id}/status", """{"Status":"DISABLED"}""");
        Assert.Equal("UnrecognizedClientException", (await server.Ask("GET", Path, by: key)).Code);
        await server.Ok("PUT", $"{Path}/{key.Id}/status", """{"Status":"ENABLED"}""");
        Assert.Equal(200, (await server.Ask("GET", Path, by: key)).Status);
        await server.Ok("DELETE", $"{Path}/{key.Id}");
        Assert.Equal("UnrecognizedClientException", (await server.Ask("GET", Path, by: key)).Code);
        Assert.Equal("NotFoundException", (await server.Ask("GET", $"{Path}/{key.Id}")).Code);
    }

    [Fact]
    public async Task Rotating_makes_a_second_key_and_the_old_one_ends()
    {
        await server.AddTenant("rotating");
        var old = await server.AddKey("TENANT", "rotating");
        var fresh = AccessServer.KeyOf(await server.Ok("POST", $"{Path}/{old.Id}/rotate"));
        foreach (var key in new[] { old, fresh }) await server.Ok("POST", "/v2/email/tenants/get", """{"TenantName":"rotating"}""", key);
        Assert.Contains("\"Status\":\"ENDING\"", (await server.Ask("GET", $"{Path}/{old.Id}")).Body);
        Assert.Equal("ConflictException", (await server.Ask("POST", $"{Path}/{old.Id}/rotate")).Code);

        var last = AccessServer.KeyOf(await server.Ok("POST", $"{Path}/{fresh.Id}/rotate", """{"OldKeyValidSeconds":0}"""));
        Assert.Equal("UnrecognizedClientException", (await server.Ask("POST", "/v2/email/tenants/get", "{}", fresh)).Code);
        Assert.Contains("\"Status\":\"ENDED\"", (await server.Ask("GET", $"{Path}/{fresh.Id}")).Body);
        await server.Ok("POST", "/v2/email/tenants/get", """{"TenantName":"rotating"}""", last);
        Assert.Equal("BadRequestException", (await server.Ask("POST", $"{Path}/{last.Id}/rotate", """{"OldKeyValidSeconds":7776001}""")).Code);
    }

    [Fact]
    public async Task A_tenant_has_ten_keys_at_most_and_they_go_with_it()
    {
        await server.AddTenant("full");
        var keys = new List<AccessKey>();
        for (var i = 0; i < CredentialResources.MaxPerTenant; i++) keys.Add(await server.AddKey("TENANT", "full"));
        var tooMany = await server.Ask("POST", Path, """{"Kind":"TENANT","TenantName":"full"}""");
        Assert.Equal(("LimitExceededException", true), (tooMany.Code, tooMany.Body.Contains("Tenant full has 10 keys")));
        var page = await server.Ok("GET", $"{Path}?TenantName=full&PageSize=6");
        Assert.Equal(6, page.GetProperty("Credentials").GetArrayLength());
        var next = Uri.EscapeDataString(page.GetProperty("NextToken").GetString()!);
        Assert.Equal(4, (await server.Ok("GET", $"{Path}?NextToken={next}&PageSize=6&TenantName=full")).GetProperty("Credentials").GetArrayLength());

        await server.Ok("POST", "/v2/email/tenants/delete", """{"TenantName":"full"}""");
        Assert.Equal("UnrecognizedClientException", (await server.Ask("POST", "/v2/email/tenants/get", "{}", keys[3])).Code);
        await server.Ok("POST", "/v2/email/tenants", """{"TenantName":"full"}""");
        Assert.Equal("UnrecognizedClientException", (await server.Ask("POST", "/v2/email/tenants/get", """{"TenantName":"full"}""", keys[3])).Code);
        Assert.Equal(0, (await server.Ok("GET", $"{Path}?TenantName=full")).GetProperty("Credentials").GetArrayLength());
    }

    [Fact]
    public async Task Keys_made_at_the_same_time_do_not_pass_the_limit()
    {
        await server.AddTenant("busy");
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => server.Ask("POST", Path, """{"Kind":"TENANT","TenantName":"busy"}""")));
        Assert.Equal(CredentialResources.MaxPerTenant, answers.Count(a => a.Status == 200));
        Assert.Equal(6, answers.Count(a => a.Code == "LimitExceededException"));
    }

    [Fact]
    public async Task An_SMTP_password_is_taken_over_under_its_own_id_and_signs_nothing()
    {
        const string id = "AKIAOLD0000000000001";
        var body = $$"""{"AccessKeyId":"{{id}}","SmtpPassword":"BM+old/password","TenantName":"acme"}""";
        var answer = await server.Ok("POST", Path + "/smtp", body);
        Assert.False(answer.TryGetProperty("SecretAccessKey", out _));
        Assert.True(answer.GetProperty("Credential").GetProperty("SmtpOnly").GetBoolean());
        var key = (await server.Provider.GetRequiredService<AccessKeys>().Find(id, default))!;
        Assert.Equal(("BM+old/password", "acme", true, ""), (key.SmtpPassword, key.TenantName, key.SmtpOnly, key.Secret));
        foreach (var secret in new[] { "", "BM+old/password" })
            Assert.Equal("UnrecognizedClientException", (await server.Ask("POST", "/v2/email/tenants/get", "{}", new AccessKey(id, secret))).Code);

        Assert.Equal("AlreadyExistsException", (await server.Ask("POST", Path + "/smtp", body)).Code);
        Assert.Equal("AlreadyExistsException", (await server.Ask("POST", Path + "/smtp", body.Replace(id, ApiServer.KeyId))).Code);
        Assert.Equal("ConflictException", (await server.Ask("POST", $"{Path}/{id}/rotate")).Code);
        Assert.Equal(200, (await server.Ask("DELETE", $"{Path}/{id}")).Status);
    }

    [Fact]
    public async Task The_root_key_is_listed_and_nobody_touches_it_here()
    {
        var root = $"{Path}/{ApiServer.KeyId}";
        Assert.Contains("\"Kind\":\"ROOT\"", (await server.Ask("GET", root, by: server.Operator)).Body);
        Assert.Contains(ApiServer.KeyId, (await server.Ask("GET", Path, by: server.Operator)).Body);
        foreach (var (method, path, body) in new[]
        {
            ("PUT", root + "/status", """{"Status":"DISABLED"}"""), ("PUT", root + "/policy", "{}"), ("POST", root + "/rotate", "{}"), ("DELETE", root, null),
        })
        {
            foreach (var by in new[] { null, server.Operator })
                Assert.Equal("BadRequestException", (await server.Ask(method, path, body, by)).Code);
        }
    }

    [Fact]
    public async Task What_is_wrong_with_a_key_is_named()
    {
        foreach (var (body, problem) in new[]
        {
            ("{}", "Kind is required"), ("""{"Kind":"ROOT"}""", "Kind must be one of OPERATOR, TENANT"), ("""{"Kind":"TENANT"}""", "TenantName is required"),
            ("""{"Kind":"OPERATOR","TenantName":"acme"}""", "TenantName belongs to keys of kind TENANT"),
            ("""{"Kind":"TENANT","TenantName":"nobody"}""", @"The requested tenant \u003Cnobody\u003E does not exist."),
            ("""{"Kind":"OPERATOR","Policy":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{}}}}}""", "Condition.Bool is not supported"),
        })
        {
            var answer = await server.Ask("POST", Path, body);
            Assert.True(answer.Status is 400 or 404 && answer.Body.Contains(problem), $"{body}: {answer}");
        }
    }

    [Fact]
    public async Task A_policy_of_an_operator_bounds_it_and_it_cannot_free_itself()
    {
        const string policy = """
            {"Statement":[{"Effect":"Allow","Action":["ses:Get*","silo:*"],"Resource":"*"},
             {"Effect":"Deny","Action":"*","Resource":"arn:aws:ses:us-east-1:000000000000:identity/globex.example"}]}
            """;
        var bounded = await server.AddKey("OPERATOR", policy: policy);
        Assert.Equal(200, (await server.Ask("GET", "/v2/email/identities/acme.example", by: bounded)).Status);
        Assert.Equal("AccessDeniedException", (await server.Ask("GET", "/v2/email/identities/globex.example", by: bounded)).Code);
        Assert.Equal("AccessDeniedException", (await server.Ask("DELETE", "/v2/email/identities/acme.example", by: bounded)).Code);
        Assert.Equal("AccessDeniedException", (await server.Ask("POST", Path, """{"Kind":"OPERATOR"}""", bounded)).Code);
        Assert.Equal("AccessDeniedException", (await server.Ask("PUT", $"{Path}/{bounded.Id}/policy", "{}", bounded)).Code);
        await server.Ok("PUT", $"{Path}/{bounded.Id}/policy", "{}");
        Assert.Equal(200, (await server.Ask("GET", "/v2/email/identities/globex.example", by: bounded)).Status);
    }

    [Theory]
    [InlineData("""{"TenantName":"acme"}""", "acme")]
    [InlineData("""{"TenantName":"acme","TenantName":"globex"}""", "globex")]
    [InlineData("""{"Filter":{"TenantName":"acme"},"Ten\u0061ntName":"globex"}""", "globex")]
    [InlineData("""{"tenantname":"acme"}""", null)]
    [InlineData("""{"TenantName":"acme","TenantName":null}""", null)]
    [InlineData("""{"TenantName":["acme"]}""", null)]
    [InlineData("""{"TenantName":"acme" """, null)]
    public void The_door_reads_a_body_as_the_operation_behind_it_does(string body, string? name)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(body);
        Assert.Equal(name, OperationSubject.JsonMember(bytes, "TenantName"));
        if (RequestJson.TryRead(bytes, SesJson.Default.GetTenantRequest, out var request, out _)) Assert.Equal(name, request.TenantName);
    }
}
