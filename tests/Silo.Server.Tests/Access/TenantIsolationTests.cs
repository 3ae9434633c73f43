using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Access;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Access;

/// <summary>A tenant's key learns nothing of what is not its tenant's: neither from an answer nor from the work that it takes.</summary>
public sealed class TenantIsolationTests(AccessServer server) : IClassFixture<AccessServer>
{
    private const string Template = """{"Template":{"TemplateName":"NAME","TemplateData":"{}"}}""";

    [Fact]
    public async Task A_tenants_key_sends_for_its_tenant_named_or_not()
    {
        Assert.Equal(200, (await server.SendMail(server.Acme, "a@acme.example", "acme-mail")).Status);
        Assert.Equal(200, (await server.SendMail(server.Acme, "a@acme.example", "acme-mail", "acme")).Status);
        Assert.Equal(200, (await server.SendMail(server.Acme, "a@mail.acme.example", "acme-mail")).Status);
        var raw = Convert.ToBase64String("From: a@acme.example\r\nTo: r@example.net\r\nX-SES-TENANT: globex\r\nSubject: x\r\n\r\nx"u8);
        var foreign = await server.SendMail(server.Acme, "a@acme.example", "acme-mail", content: $$$"""{"Raw":{"Data":"{{{raw}}}"}}""");
        Assert.Equal(("AccessDeniedException", true), (foreign.Code, foreign.Body.Contains("perform: ses:SendRawEmail")));
    }

    [Fact]
    public async Task Nothing_of_another_tenant_can_be_told_from_what_does_not_exist()
    {
        await server.Ok("POST", "/v2/email/identities", """{"EmailIdentity":"ceo@globex.example","ConfigurationSetName":"globex-mail"}""");
        // What is asked about, foreign and absent, with the answers made alike in the name that the caller gave itself.
        (string What, string Foreign, string Absent, Func<string, Task<(int Status, string? Code, string Body)>> Ask)[] pairs =
        [
            ("tenant of a send", "globex", "nobody", n => server.SendMail(server.Acme, "a@acme.example", "acme-mail", n)),
            ("identity", "globex", "nobody", n => server.SendMail(server.Acme, $"a@{n}.example", "acme-mail")),
            ("identity with a default set", "globex", "nobody", n => server.SendMail(server.Acme, $"ceo@{n}.example", null)),
            ("identity by its ARN", "globex", "nobody", n => server.SendMail(
                server.Acme, $"a@{n}.example", "acme-mail", identityArn: $"arn:aws:ses:us-east-1:000000000000:identity/{n}.example")),
            ("configuration set", "globex", "nobody", n => server.SendMail(server.Acme, "a@acme.example", $"{n}-mail")),
            ("template", "globex", "nobody", n => server.SendMail(server.Acme, "a@acme.example", "acme-mail", content: Template.Replace("NAME", n))),
            ("tenant", "globex", "nobody", n => server.Ask("POST", "/v2/email/tenants/get", $$"""{"TenantName":"{{n}}"}""", server.Acme)),
            ("resources", "globex", "nobody", n => server.Ask("POST", "/v2/email/tenants/resources/list", $$"""{"TenantName":"{{n}}"}""", server.Acme)),
            ("suppression list", "globex", "nobody", n => server.Ask("GET", $"/v2/email/suppression/addresses?TenantName={n}", by: server.Acme)),
            ("metrics", "globex", "nobody", n => server.Ask("GET", $"/silo/v1/metrics?TenantName={n}", by: server.Acme)),
            ("reputation", server.GlobexArn, server.GlobexArn.Replace("globex", "nobody"), n => server.Ask(
                "GET", $"/v2/email/reputation/entities/RESOURCE/{Uri.EscapeDataString(n)}", by: server.Acme)),
            ("identity, looked at", "globex", "nobody", n => server.Ask("GET", $"/v2/email/identities/{n}.example", by: server.Acme)),
            ("set, looked at", "globex", "nobody", n => server.Ask("GET", $"/v2/email/configuration-sets/{n}-mail", by: server.Acme)),
        ];
        await server.SendMail(server.Acme, "a@acme.example", "acme-mail");
        foreach (var (what, foreign, absent, ask) in pairs)
        {
            var before = server.Store.Reads;
            var ofForeign = await ask(foreign);
            var between = server.Store.Reads;
            var ofAbsent = await ask(absent);
            Assert.True(
                (between - before, server.Store.Reads - between) == (0, 0),
                $"{what}: {between - before} reads of the store for a foreign one, {server.Store.Reads - between} for an absent one");
            Assert.Equal((what, 403, "AccessDeniedException"), (what, ofForeign.Status, ofForeign.Code));
            Assert.Equal(ofAbsent.Body, ofForeign.Body.Replace("globex", "nobody"));
            Assert.Equal((ofAbsent.Status, ofAbsent.Code), (ofForeign.Status, ofForeign.Code));
        }
    }

    [Fact]
    public async Task A_tenants_key_gets_the_metrics_of_its_own_tenant_and_of_others_not_even_that_they_exist()
    {
        await server.SendMail(server.Globex, "a@globex.example", "globex-mail");
        await server.SendMail(server.Acme, "a@acme.example", "acme-mail");
        var today = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string Query(string id, string dimensions) =>
            $$$"""{"Id":"{{{id}}}","Namespace":"VDM","Metric":"SEND","StartDate":{{{today - 86_400}}},"EndDate":{{{today + 86_400}}}{{{dimensions}}}}""";
        string Of(string tenant) => $$$"""{"Queries":[{{{Query("q", $$""","Dimensions":{"TENANT_NAME":"{{tenant}}"}""")}}}]}""";
        Task<(int Status, string? Code, string Body)> Ask(string body) => server.Ask("POST", "/v2/email/metrics/batch", body, server.Acme);

        var before = server.Store.Reads;
        var foreign = await Ask(Of("globex"));
        var absent = await Ask(Of("nobody"));
        Assert.Equal((200, before), (foreign.Status, server.Store.Reads));
        Assert.Equal(absent.Body, foreign.Body);
        Assert.Contains("\"Code\":\"ACCESS_DENIED\"", foreign.Body, StringComparison.Ordinal);
        var own = await Ask(Of("acme"));
        Assert.DoesNotContain("\"Values\":[0,0,0]", own.Body, StringComparison.Ordinal);
        // Without a tenant it is the key's own; with a resource of another one there is nothing of it.
        Assert.Equal(own.Body, (await Ask($$"""{"Queries":[{{Query("q", "")}}]}""")).Body);
        var ofGlobex = await Ask($$$"""{"Queries":[{{{Query("q", $$""","Dimensions":{"EMAIL_IDENTITY":"globex.example"}""")}}}]}""");
        Assert.Contains("\"Values\":[0,0,0]", ofGlobex.Body, StringComparison.Ordinal);
        var tenants = await server.Ask("GET", "/silo/v1/metrics?By=TENANT&Metric=SEND", by: server.Acme);
        Assert.Contains("\"TenantName\":\"acme\"", tenants.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("globex", tenants.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_or_a_default_set_of_somebody_else_changes_nothing_for_a_tenants_key()
    {
        await server.AddTenant("shade");
        var key = await server.AddKey("TENANT", "shade");
        var before = await server.SendMail(key, "ceo@shade.example", "shade-mail");
        var withoutSet = await server.SendMail(key, "ceo@shade.example", null);
        Assert.Equal((200, "BadRequestException"), (before.Status, withoutSet.Code));

        // Nearer to the address than the tenant's own, and not the tenant's.
        await server.Ok("POST", "/v2/email/identities", """{"EmailIdentity":"ceo@shade.example","ConfigurationSetName":"globex-mail"}""");
        Assert.Equal(200, (await server.SendMail(key, "ceo@shade.example", "shade-mail")).Status);
        Assert.Equal(withoutSet, await server.SendMail(key, "ceo@shade.example", null));
        await server.Ok(
            "POST", "/v2/email/tenants/resources",
            """{"TenantName":"shade","ResourceArn":"arn:aws:ses:us-east-1:000000000000:identity/ceo@shade.example"}""");
        Assert.Equal(withoutSet, await server.SendMail(key, "ceo@shade.example", null));
    }

    [Fact]
    public async Task A_suppression_list_that_is_not_named_is_the_callers_own()
    {
        const string path = "/v2/email/suppression/addresses";
        await server.Ok("PUT", path, """{"EmailAddress":"gone@example.net","Reason":"BOUNCE"}""", server.Globex);
        Assert.Equal(200, (await server.Ask("GET", path + "/gone@example.net", by: server.Globex)).Status);
        Assert.Equal(200, (await server.Ask("GET", path + "/gone@example.net?TenantName=globex")).Status);
        Assert.Equal("NotFoundException", (await server.Ask("GET", path + "/gone@example.net")).Code);
        Assert.Equal("NotFoundException", (await server.Ask("GET", path + "/gone@example.net", by: server.Acme)).Code);
        Assert.Equal("AccessDeniedException", (await server.Ask("DELETE", path + "/gone@example.net?TenantName=globex", by: server.Acme)).Code);
        await server.Ok("DELETE", path + "/gone@example.net", by: server.Globex);
    }

    [Fact]
    public async Task A_policy_narrows_what_a_tenants_key_may_send()
    {
        const string policy = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ses:SendEmail",
              "Resource":["arn:aws:ses:us-east-1:000000000000:identity/acme.example","arn:aws:ses:us-east-1:000000000000:configuration-set/acme-mail"],
              "Condition":{"StringEquals":{"ses:TenantName":"acme"},"ForAllValues:StringLike":{"ses:Recipients":"*@example.net"}}}]}
            """;
        var key = await server.AddKey("TENANT", "acme", policy);
        Assert.Equal(200, (await server.SendMail(key, "a@acme.example", "acme-mail")).Status);
        var toOther = await server.SendMail(key, "a@acme.example", "acme-mail", to: "r@example.com");
        Assert.Contains(
            $"User: arn:aws:iam::000000000000:user/{key.Id} is not authorized to perform: ses:SendEmail on resource: "
            + "arn:aws:ses:us-east-1:000000000000:identity/acme.example because no identity-based policy allows the ses:SendEmail action",
            toOther.Body);
        Assert.Equal((403, "AccessDeniedException"), (toOther.Status, toOther.Code));
        Assert.Equal("AccessDeniedException", (await server.Ask("POST", "/v2/email/tenants/get", "{}", key)).Code);
        var raw = Convert.ToBase64String("From: a@acme.example\r\nTo: r@example.net\r\nSubject: x\r\n\r\nx"u8);
        Assert.Equal("AccessDeniedException", (await server.SendMail(key, "a@acme.example", "acme-mail", content: $$$"""{"Raw":{"Data":"{{{raw}}}"}}""")).Code);
    }

    [Fact]
    public async Task Each_change_leaves_a_record_of_who_made_it_and_reading_leaves_none()
    {
        await server.Ok("POST", "/v2/email/tenants", """{"TenantName":"audited"}""", server.Operator);
        await server.Ok("POST", "/v2/email/tenants/get", """{"TenantName":"audited"}""", server.Operator);
        Assert.Equal("AlreadyExistsException", (await server.Ask("POST", "/v2/email/tenants", """{"TenantName":"audited"}""", server.Operator)).Code);
        await server.Ok("PUT", "/silo/v1/tenants/audited/limits", """{"SendRate":7}""");
        var events = (await server.Ok("GET", "/silo/v1/audit?TenantName=audited", by: server.Operator)).GetProperty("AuditEvents").EnumerateArray().ToList();
        Assert.Equal(
            [("PutTenantLimits", "ROOT", "SUCCEEDED", 200), ("CreateTenant", "OPERATOR", "FAILED", 400), ("CreateTenant", "OPERATOR", "SUCCEEDED", 200)],
            events.Select(e => (
                e.GetProperty("Operation").GetString(), e.GetProperty("AccessKeyKind").GetString(), e.GetProperty("Result").GetString(),
                e.GetProperty("Status").GetInt32())));
        Assert.Equal(server.Operator.Id, events[1].GetProperty("AccessKeyId").GetString());
        Assert.Equal("AlreadyExistsException", events[1].GetProperty("Error").GetString());
        Assert.Equal("127.0.0.1", events[0].GetProperty("SourceIp").GetString());
        Assert.Matches("^[0-9a-f-]{36}$", events[0].GetProperty("RequestId").GetString());
        var byOperation = await server.Ok("GET", $"/silo/v1/audit?AccessKeyId={server.Operator.Id}&Operation=CreateTenant&PageSize=1");
        Assert.Equal(1, byOperation.GetProperty("AuditEvents").GetArrayLength());
        Assert.True(byOperation.TryGetProperty("NextToken", out _));
        Assert.DoesNotContain(server.Acme.Secret, (await server.Ask("GET", "/silo/v1/audit")).Body);
    }

    [Fact]
    public async Task What_cannot_be_recorded_is_not_done()
    {
        server.Store.AuditFails = true;
        try
        {
            var refused = await server.Ask("POST", "/v2/email/tenants", """{"TenantName":"unrecorded"}""", server.Operator);
            Assert.Equal((503, "ServiceUnavailable"), (refused.Status, refused.Code));
        }
        finally
        {
            server.Store.AuditFails = false;
        }

        Assert.Equal("NotFoundException", (await server.Ask("POST", "/v2/email/tenants/get", """{"TenantName":"unrecorded"}""")).Code);
    }

    [Fact]
    public async Task Records_are_kept_for_their_time()
    {
        var store = server.Provider.GetRequiredService<ISiloStore>();
        var entry = new AuditEntry(TimeProvider.System.GetUtcNow().AddDays(-401), "r", "KEYOFLONGAGO", 1, "Old", null, null, null);
        await store.Audit.Begin(entry, default);
        var retention = server.Provider.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<AuditRetention>().Single();
        await retention.Run(default);
        Assert.Empty((await store.Audit.List(new AuditFilter { KeyId = "KEYOFLONGAGO" }, 10, default)).Items);
    }
}
