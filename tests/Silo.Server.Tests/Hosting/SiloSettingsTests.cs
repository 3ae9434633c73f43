using Microsoft.Extensions.Configuration;
using Silo.Server.Hosting;
using Xunit;

namespace Silo.Server.Tests.Hosting;

public sealed class SiloSettingsTests
{
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

    private static (SiloSettings Settings, IReadOnlyList<string> Errors) Read(params (string Key, string Value)[] pairs) => SiloSettings.Read(
        new ConfigurationBuilder().AddInMemoryCollection(pairs.ToDictionary(p => p.Key, p => (string?)p.Value)).Build());
}
