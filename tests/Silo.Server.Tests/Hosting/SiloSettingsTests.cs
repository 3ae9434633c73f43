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

    [Fact]
    public void Simulated_rates_add_up_to_one_at_most() => Assert.Single(Errors(new()
    {
        ["Silo:Transport:Simulator:ByDomain:b.example:BounceRate"] = "0.6",
        ["Silo:Transport:Simulator:ByDomain:b.example:BlockRate"] = "0.6",
    }));

    private static IReadOnlyList<string> Errors(Dictionary<string, string?> settings) =>
        SiloSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).Errors;
}
