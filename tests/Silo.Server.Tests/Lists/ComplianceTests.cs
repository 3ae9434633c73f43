using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Compliance;
using Silo.Server.Accounts;
using Silo.Server.Compliance;
using Xunit;

namespace Silo.Server.Tests.Lists;

public sealed class ComplianceTests(ListScene scene) : IClassFixture<ListScene>
{
    [Fact]
    public async Task The_key_that_signs_is_asked_for_and_no_other()
    {
        await scene.NewTenant("c-keys");
        var account = scene.Server.Provider.GetRequiredService<AccountResources>();
        // Both sign with their second key; one has the record of the first alone, the other that of the second.
        foreach (var (name, published) in new[] { ("c-before.example", 0), ("c-now.example", 1) })
        {
            await scene.Call("POST", "/v2/email/identities", $$"""{"EmailIdentity":"{{name}}"}""");
            await scene.Call("POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"c-keys","ResourceArn":"arn:aws:ses:us-east-1:000000000000:identity/{{name}}"}""");
            string[] tokens = [.. (await account.GetIdentity(name, default))!.Dkim.Tokens];
            await account.ChangeIdentity(name, i => i with { Dkim = i.Dkim with { Selector = tokens[1] } }, default);
            scene.Dns.AddText($"{tokens[published]}._domainkey.{name}", "v=DKIM1; p=MIIB");
        }

        var report = await scene.Server.Provider.GetRequiredService<ComplianceCheck>().Of("c-keys", default);
        Assert.Equal((ComplianceState.NotMet, ComplianceState.Met), (State("c-before.example"), State("c-now.example")));

        ComplianceState State(string domain) => report!.Items.Single(i => i.Rule == "DKIM" && i.Subject == domain).State;
    }

    [Fact]
    public async Task Each_rule_of_a_tenant_says_how_it_stands_what_was_found_and_what_to_do()
    {
        await scene.NewTenant("c-acme");
        scene.Dns.AddText("acme.example", "v=spf1 ip4:192.0.2.1 -all");
        var identity = await scene.Call("GET", "/v2/email/identities/acme.example");
        scene.Dns.AddText($"{identity["DkimAttributes"]!["Tokens"]![0]}._domainkey.acme.example", "v=DKIM1; p=MIIB");
        var items = (await scene.Call("GET", "/silo/v1/tenants/c-acme/compliance"))["Items"]!.AsArray();

        Assert.Equal("MET", State("SPF", "acme.example"));
        Assert.Equal("MET", State("DKIM", "acme.example"));
        Assert.Equal("NOT_MET", State("DMARC", "acme.example"));
        Assert.Equal("MET", State("ALIGNMENT", "acme.example"));
        Assert.Equal(("MET", "NOT_MET", "NOT_APPLICABLE"), (State("ONE_CLICK", "letters"), State("ONE_CLICK", "silent"), State("ONE_CLICK", "plain")));
        Assert.Equal(("UNKNOWN", "UNKNOWN"), (State("COMPLAINT_RATE", "Gmail"), State("COMPLAINT_RATE", "Yahoo")));
        Assert.Equal("NOT_APPLICABLE", State("MICROSOFT_BULK", "Microsoft"));
        Assert.All(items, i => Assert.NotEmpty(i!["Evidence"]!.GetValue<string>()));
        await scene.Refused("GET", "/silo/v1/tenants/c-nobody/compliance", null, HttpStatusCode.NotFound);

        // Of many identities some are looked at, and the answer says so.
        Assert.False((await scene.Call("GET", "/silo/v1/tenants/c-acme/compliance"))["IsPartial"]!.GetValue<bool>());
        await scene.NewTenant("c-many");
        for (var i = 0; i < ComplianceCheck.MaxIdentities; i++)
        {
            await scene.Call("POST", "/v2/email/identities", $$"""{"EmailIdentity":"i{{i}}.example"}""");
            await scene.Call("POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"c-many","ResourceArn":"arn:aws:ses:us-east-1:000000000000:identity/i{{i}}.example"}""");
        }

        Assert.True((await scene.Call("GET", "/silo/v1/tenants/c-many/compliance"))["IsPartial"]!.GetValue<bool>());

        string State(string rule, string subject) => Assert.Single(
            items, i => i!["Rule"]!.GetValue<string>() == rule && i["Subject"]!.GetValue<string>() == subject)!["State"]!.GetValue<string>();
    }
}
