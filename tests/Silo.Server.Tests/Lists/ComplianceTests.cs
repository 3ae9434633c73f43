using System.Net;
using Xunit;

namespace Silo.Server.Tests.Lists;

public sealed class ComplianceTests(ListScene scene) : IClassFixture<ListScene>
{
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

        string State(string rule, string subject) => Assert.Single(
            items, i => i!["Rule"]!.GetValue<string>() == rule && i["Subject"]!.GetValue<string>() == subject)!["State"]!.GetValue<string>();
    }
}
