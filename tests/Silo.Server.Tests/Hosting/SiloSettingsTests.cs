using Microsoft.Extensions.Configuration;
using Silo.Server.Hosting;
using Xunit;

namespace Silo.Server.Tests.Hosting;

public sealed class SiloSettingsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(Errors([]));

    [Fact]
    public void All_errors_are_told_at_once_with_their_keys()
    {
        var errors = Errors(new()
        {
            ["Silo:Tenants:SendRate"] = "0",
            ["Silo:Delivery:DrainTimeout"] = "01:00:00",
            ["Silo:Http:SignatureSkew"] = "01:00:00",
            ["Silo:RootAccessKeyId"] = "AKIAONLYTHEID0000000",
        });
        Assert.Equal(4, errors.Count);
        foreach (var key in (string[])["Silo:Tenants:SendRate", "Silo:Delivery:DrainTimeout", "Silo:Http:SignatureSkew", "Silo:RootAccessKeyId"])
            Assert.Single(errors, e => e.StartsWith(key));
    }

    [Theory]
    [InlineData("Silo:Transport:Smtp:Timeouts:Mail", "-00:00:05")]
    [InlineData("Silo:Transport:Smtp:Port", "0")]
    [InlineData("Silo:Transport:Smtp:User", "silo")]
    [InlineData("Silo:Transport:Simulator:ByDomain:b.example:ComplaintRate", "1.5")]
    [InlineData("Silo:Transport:Simulator:Default:DeferralRate", "2")]
    public void What_lies_deeper_is_checked_too(string key, string value)
    {
        var errors = Errors(new() { ["Silo:Transport:Kind"] = "Smtp", ["Silo:Transport:Smtp:Host"] = "relay.example", [key] = value });
        Assert.NotEmpty(errors);
        Assert.All(errors, e => Assert.StartsWith("Silo:Transport:", e));
    }

    [Theory]
    [InlineData("Silo:Blocklists:DqsKey", "a.b")]
    [InlineData("Silo:Blocklists:Zones:0:Name", "no domain")]
    [InlineData("Silo:Blocklists:Zones:0:Name", "zen.dq.spamhaus.net")] // without a key
    [InlineData("Silo:Blocklists:Zones:0:ListedCodes:0", "10.0.0.2")]
    [InlineData("Silo:Blocklists:Zones:0:IgnoredCodes:0", "127.0.0.9-127.0.0.2")]
    [InlineData("Silo:Blocklists:Zones:1:Name", "BL.example.org")] // twice
    [InlineData("Silo:Blocklists:Zones:0:TestDomain", "two words")]
    public void Blocklists_are_checked(string key, string value)
    {
        Dictionary<string, string?> settings = new() { ["Silo:Blocklists:Zones:0:Name"] = "bl.example.org" };
        Assert.Empty(Errors(settings));
        settings[key] = value;
        Assert.All(Errors(settings), e => Assert.StartsWith("Silo:Blocklists", e));
        Assert.NotEmpty(Errors(settings));
    }

    [Theory]
    [InlineData("Silo:ProviderData:Google:Domains:0", "no domain")]
    [InlineData("Silo:ProviderData:Google:TokenFile", "beside the key")]
    [InlineData("Silo:ProviderData:Google:Endpoint", "http://google.example")]
    [InlineData("Silo:ProviderData:Snds:Url", "http://snds.example/?key=k")]
    public void Provider_data_is_checked(string key, string value)
    {
        Dictionary<string, string?> settings = new()
        {
            ["Silo:ProviderData:Google:Domains:0"] = "acme.example", ["Silo:ProviderData:Google:ServiceAccountFile"] = "key.json",
            ["Silo:ProviderData:Snds:Url"] = "https://snds.example/?key=k",
        };
        Assert.Empty(Errors(settings));
        settings[key] = value;
        Assert.All(Errors(settings), e => Assert.StartsWith("Silo:ProviderData", e));
        Assert.NotEmpty(Errors(settings));
    }

    [Theory]
    [InlineData("Silo:Transport:Mx:Port", "0")]
    [InlineData("Silo:Transport:Mx:MaxAddresses", "1")]
    [InlineData("Silo:Transport:Mx:TlsMode", "Implicit")]
    [InlineData("Silo:Transport:Mx:RestMin", "00:45:00")]
    [InlineData("Silo:Transport:Mx:Timeouts:Mail", "-00:00:05")]
    [InlineData("Silo:Transport:Mx:Sources:0:HelloName", "two words")]
    [InlineData("Silo:Transport:Mx:Sources:0:Address", "out1.example")]
    [InlineData("Silo:Transport:Mx:Sources:0:Proxy", "192.0.2.1:1080")] // beside an address
    [InlineData("Silo:Transport:Mx:Sources:0:ProxyUser", "u")]
    [InlineData("Silo:Transport:Mx:Sources:1:Address", "192.0.2.1")] // twice
    [InlineData("Silo:Transport:Mx:Sources:1:Proxy", "proxy")]
    [InlineData("Silo:Dns:Servers:0", "ns.example")]
    [InlineData("Silo:Dns:Timeout", "00:02:00")]
    public void The_way_to_recipients_servers_is_checked(string key, string value)
    {
        Dictionary<string, string?> settings = new()
        {
            ["Silo:Transport:Kind"] = "Mx", ["Silo:Transport:Mx:Sources:0:Address"] = "192.0.2.1", ["Silo:Dns:Servers:0"] = "[::1]:5353",
        };
        Assert.Empty(Errors(settings));
        settings[key] = value;
        Assert.Contains(Errors(settings), e => e.StartsWith(string.Join(':', key.Split(':').Take(3)), StringComparison.Ordinal));
    }

    [Fact]
    public void Simulated_rates_add_up_to_one_at_most() => Assert.Single(Errors(new()
    {
        ["Silo:Transport:Simulator:ByDomain:b.example:BounceRate"] = "0.6",
        ["Silo:Transport:Simulator:ByDomain:b.example:BlockRate"] = "0.6",
    }));

    private static IReadOnlyList<string> Errors(Dictionary<string, string?> settings) =>
        SiloSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).Errors;

    [Fact]
    public void One_start_shows_every_error_also_beside_values_that_cannot_be_converted()
    {
        var (_, errors) = Read(
            ("Silo:Http:SignatureSkew", "soon"), ("Silo:Http:BodyBudgetBytes", "-1"), ("Silo:Region", "US EAST"), ("Silo:AccountId", "12"),
            ("Silo:Tenants:BacklogCap", "1e3"), ("Silo:Tenants:SendRate", "-5"), ("Silo:Delivery:Quantum", "x"), ("Silo:Delivery:InFlight", "0"));
        foreach (var key in new[] { "SignatureSkew", "BodyBudgetBytes", "Region", "AccountId", "BacklogCap", "SendRate", "Quantum", "InFlight" })
            Assert.Contains(errors, e => e.Contains(key));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://0.0.0.0:0", true)]
    [InlineData("http://[::1]:8080", true)]
    [InlineData("http://+:8080", true)]
    [InlineData("https://127.0.0.1:8080", false)]
    [InlineData("ftp://127.0.0.1", false)]
    [InlineData("http://127.0.0.1:99999", false)]
    [InlineData("http://127.0.0.1:8080/base", false)]
    [InlineData("8080", false)]
    public void The_address_to_listen_on_is_checked_before_anything_starts(string url, bool isValid) =>
        Assert.Equal(isValid, Read(("Silo:Http:Url", url)).Errors.Count == 0);

    // Bounds written as whole numbers convert the value before they compare, and throw or round.
    [Theory]
    [InlineData("Silo:Account:MaxSendRate", "NaN")]
    [InlineData("Silo:Account:MaxSendRate", "1e12")]
    [InlineData("Silo:Account:Max24HourSend", "NaN")]
    [InlineData("Silo:Tenants:SendRate", "NaN")]
    [InlineData("Silo:Tenants:SendBurst", "1e300")]
    [InlineData("Silo:Tenants:SendBurst", "0.7")]
    public void A_number_out_of_range_is_an_error_however_far(string key, string value) => Assert.Single(Read((key, value)).Errors);

    [Theory]
    [InlineData("box-1.example", true)]
    [InlineData("two words", false)]
    [InlineData("under_score", false)]
    public void The_host_is_a_name_as_addresses_can_name_it(string host, bool isValid) =>
        Assert.Equal(isValid, Read(("Silo:Host", host)).Errors.Count == 0);

    [Fact]
    public void A_number_is_no_kind_of_transport() => Assert.Single(Read(("Silo:Transport:Kind", "7")).Errors);

    [Fact]
    public void A_relays_user_comes_with_a_password() =>
        Assert.Single(Read(("Silo:Transport:Kind", "Smtp"), ("Silo:Transport:Smtp:Host", "relay"), ("Silo:Transport:Smtp:User", "u")).Errors);

    [Fact]
    public void A_key_that_is_misspelt_is_told_and_one_of_the_idle_relay_or_of_a_list_is_not()
    {
        var (settings, errors) = Read(
            ("Silo:Transprot:Kind", "Smtp"), ("Silo:Tenants:SendRat", "5"), ("Silo:tenants:sendburst", "5"), ("Silo:Transport:Smtp:Host", "relay"),
            ("Silo:Transport:Simulator:ByDomain:a.example:BounceRate", "0.5"), ("Silo:Transport:Simulator:MailboxDomains:0", "b.example"));
        Assert.Empty(errors);
        Assert.Equal(["Silo:Tenants:SendRat", "Silo:Transprot:Kind"], settings.UnknownKeys);
        Assert.Equal(5, settings.Tenants.SendBurst);
        Assert.Equal(0.5, settings.Simulator.ByDomain["a.example"].BounceRate);
        Assert.Contains("b.example", settings.Simulator.MailboxDomains);
    }

    [Theory]
    [InlineData("Silo:Events:FactsDays", "0")]
    [InlineData("Silo:Events:Targets:0:Url", "hooks.example")]
    [InlineData("Silo:Events:Targets:0:Url", "ftp://hooks.example/")]
    [InlineData("Silo:Events:Targets:1:Arn", "arn:topic")] // twice
    [InlineData("Silo:Events:Targets:1:Secret", "not a key")]
    public void What_stands_for_an_ARN_is_checked(string key, string value)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Silo:Events:Targets:0:Arn"] = "arn:topic", ["Silo:Events:Targets:0:Url"] = "https://hooks.example/a",
            ["Silo:Events:Targets:1:Arn"] = "arn:aws:events:us-east-1:0:event-bus/x", ["Silo:Events:Targets:1:Url"] = "https://hooks.example/b",
        };
        Assert.Empty(Errors(settings));
        settings[key] = value;
        Assert.StartsWith("Silo:Events:", Assert.Single(Errors(settings)));
    }

    private static (SiloSettings Settings, IReadOnlyList<string> Errors) Read(params (string Key, string Value)[] pairs) => SiloSettings.Read(
        new ConfigurationBuilder().AddInMemoryCollection(pairs.ToDictionary(p => p.Key, p => (string?)p.Value)).Build());
}
