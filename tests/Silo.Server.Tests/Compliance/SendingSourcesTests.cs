using System.Net;
using System.Text.Json.Nodes;
using Silo.Server.Tests.SesApi;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Server.Tests.Compliance;

/// <summary>Whether SPF names the addresses that a tenant's mail leaves from.</summary>
public sealed class SendingSourcesTests : IAsyncLifetime
{
    private readonly ScriptedDnsServer _dns = new();
    private readonly ApiServer _server = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _dns.DisposeAsync();
    }

    [Fact]
    public async Task Each_address_of_the_pools_of_a_tenant_has_to_pass_and_no_other()
    {
        await Start(("Silo:Transport:Kind", "Mx"));
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"ours"}""");
        await Ok("POST", "/v2/email/dedicated-ip-pools", """{"PoolName":"theirs"}""");
        (string, string)[] ips = [("198.51.100.1", "ours"), ("2001:db8::1", "ours"), ("10.0.0.1", "ours"), ("203.0.113.9", "theirs")];
        foreach (var (ip, pool) in ips)
            await Ok("PUT", $"/silo/v1/dedicated-ips/{ip}", $$"""{"PoolName":"{{pool}}","HelloName":"m.acme.example"}""");
        await Tenant("acme", """{"SendingPoolName":"ours"}""");
        await Tenant("globex", """{"SendingPoolName":"theirs"}""");
        _dns.AddText("acme.example", "v=spf1 include:_spf.silo.example -all");
        _dns.AddText("_spf.silo.example", "v=spf1 ip4:198.51.100.0/28 a:m.silo.example ~all");
        _dns.AddAddress("m.silo.example", "2001:db8::1");
        _dns.AddText("globex.example", "v=spf1 include:_spf.silo.example ~all");

        var met = await Spf("acme");
        Assert.Equal("MET", met.State);
        Assert.Contains("all 2 addresses pass: addresses of its pools.", met.Evidence, StringComparison.Ordinal);
        var failed = await Spf("globex");
        Assert.Equal("NOT_MET", failed.State);
        Assert.Contains("203.0.113.9: softfail. It is meant by '~all' of globex.example.", failed.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_configured_sources_count_where_the_pools_have_no_address()
    {
        await Start(("Silo:Transport:Kind", "Mx"), ("Silo:Transport:Mx:Sources:0:Address", "198.51.100.7"));
        await Tenant("acme", null);
        _dns.AddText("acme.example", "v=spf1 ip4:198.51.100.8 -all");
        var failed = await Spf("acme");
        Assert.Equal("NOT_MET", failed.State);
        Assert.Contains("(addresses of Silo:Transport:Mx:Sources). 198.51.100.7: fail.", failed.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_relay_nobody_knows_for_sure_where_it_sends_from()
    {
        _dns.AddAddress("relay.example", "198.51.100.20");
        await Start(("Silo:Transport:Kind", "Smtp"), ("Silo:Transport:Smtp:Host", "relay.example"));
        await Tenant("acme", null);
        await Tenant("globex", null);
        _dns.AddText("acme.example", "v=spf1 a:relay.example -all");
        _dns.AddText("globex.example", "v=spf1 -all");
        Assert.Equal("MET", (await Spf("acme")).State);
        var other = await Spf("globex");
        Assert.Equal("UNKNOWN", other.State);
        Assert.Contains("198.51.100.20: fail", other.Evidence, StringComparison.Ordinal);
    }

    private async Task Start(params (string Key, string Value)[] settings)
    {
        foreach (var (key, value) in settings) _server.Settings[key] = value;
        _server.Settings["Silo:Dns:Servers:0"] = _dns.EndPoint.ToString();
        _server.Settings["Silo:Identities:AutoVerify"] = "true";
        await _server.InitializeAsync();
    }

    private async Task Tenant(string name, string? delivery)
    {
        await Ok("POST", "/v2/email/tenants", $$"""{"TenantName":"{{name}}"}""");
        await Ok("POST", "/v2/email/identities", $$"""{"EmailIdentity":"{{name}}.example"}""");
        await Ok("POST", "/v2/email/configuration-sets",
            $$"""{"ConfigurationSetName":"{{name}}-mail"{{(delivery is null ? "" : $",\"DeliveryOptions\":{delivery}")}}}""");
        foreach (var resource in new[] { $"identity/{name}.example", $"configuration-set/{name}-mail" })
        {
            await Ok("POST", "/v2/email/tenants/resources",
                $$"""{"TenantName":"{{name}}","ResourceArn":"arn:aws:ses:us-east-1:000000000000:{{resource}}"}""");
        }
    }

    private async Task<(string State, string Evidence)> Spf(string tenant)
    {
        var items = (await Ok("GET", $"/silo/v1/tenants/{tenant}/compliance"))["Items"]!.AsArray();
        var item = Assert.Single(items, i => i!["Rule"]!.GetValue<string>() == "SPF")!;
        return (item["State"]!.GetValue<string>(), item["Evidence"]!.GetValue<string>());
    }

    private async Task<JsonNode> Ok(string method, string path, string? body = null)
    {
        var (response, text) = await _server.Send(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
