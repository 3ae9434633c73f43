using System.Net;
using Silo.Dns;
using Silo.Server.Egress;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Server.Tests.Egress;

public sealed class SourceNamesTests : IAsyncLifetime
{
    private readonly ScriptedDnsServer _dns = new();
    private DnsClient _client = null!;

    public Task InitializeAsync()
    {
        _client = new DnsClient(new DnsClientOptions { Servers = [_dns.EndPoint] }, TimeProvider.System, new UnpredictableRandom());
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("192.0.2.1", "1.2.0.192.in-addr.arpa")]
    [InlineData("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public async Task An_address_whose_PTR_and_EHLO_names_lead_back_to_it_is_well(string ip, string reverse)
    {
        Assert.Equal(reverse, SourceNames.ReverseName(IPAddress.Parse(ip)));
        Ptr(reverse, "mx.sender.example");
        _dns.AddAddress("mx.sender.example", ip);
        var names = await Check(ip, "MX.sender.example");
        Assert.Equal("mx.sender.example", Assert.Single(names.PtrNames));
        Assert.Equal("mx.sender.example", Assert.Single(names.ConfirmedNames));
        Assert.Empty(names.Problems);
    }

    [Fact]
    public async Task What_receivers_will_miss_is_said()
    {
        Assert.Equal(
            ["192.0.2.1 has no PTR record", "The name in EHLO, none.example, does not resolve to 192.0.2.1"],
            (await Check("192.0.2.1", "none.example")).Problems);
        Assert.Equal(["192.0.2.1 has no PTR record"], (await Check("192.0.2.1", "[192.0.2.1]")).Problems);

        Ptr("2.2.0.192.in-addr.arpa", "other.example", "mx.sender.example");
        _dns.AddAddress("other.example", "192.0.2.9").AddAddress("mx.sender.example", "192.0.2.2");
        var names = await Check("192.0.2.2", "mx.sender.example");
        Assert.Equal(["mx.sender.example"], names.ConfirmedNames);
        Assert.Equal(["The PTR record names other.example, which does not resolve to 192.0.2.2"], names.Problems);

        _dns.AddAddress("second.example", "192.0.2.2");
        Assert.Contains(
            "The name in EHLO, second.example, is not the one that the PTR record names", (await Check("192.0.2.2", "second.example")).Problems);
    }

    [Fact]
    public async Task What_name_servers_do_not_say_is_not_taken_for_missing()
    {
        _dns.Reply(q => q.Type == DnsRecordType.Ptr ? [new ScriptedReply { Code = 2 }] : null);
        var problem = Assert.Single((await Check("192.0.2.3", "[192.0.2.3]")).Problems);
        Assert.StartsWith("The PTR record of 192.0.2.3 could not be read", problem, StringComparison.Ordinal);
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _dns.DisposeAsync();
    }

    private void Ptr(string name, params string[] targets) =>
        _dns.Add([.. targets.Select(t => new NameRecord(name, TimeSpan.FromMinutes(5), DnsRecordType.Ptr, t))]);

    private async Task<SourceNames> Check(string ip, string helloName) => await SourceNames.Check(_client, IPAddress.Parse(ip), helloName, default);
}
