using Microsoft.Extensions.Configuration;
using Silo.Server.Delivery.Ses;
using Silo.Server.Hosting;
using Xunit;

namespace Silo.Server.Tests.Delivery.Ses;

public sealed class SesOptionsTests
{
    [Fact]
    public void A_region_is_enough() => Assert.Empty(Errors(("Region", "eu-west-1")));

    [Fact]
    public void All_errors_are_told_at_once_with_their_keys()
    {
        var errors = Errors(
            ("Region", "EU WEST"), ("Endpoint", "http://ses.example.net"), ("AccessKeyId", "AKIA"), ("SessionToken", ""), ("MaxConnections", "0"),
            ("RequestTimeout", "soon"), ("MaxSendRate", "NaN"), ("TenantPrefix", "a b"), ("ProfilesFile", "x"));
        foreach (var key in new[] { "Region", "Endpoint", "AccessKeyId", "MaxConnections", "RequestTimeout", "MaxSendRate", "TenantPrefix", "ProfilesFile" })
            Assert.Contains(errors, e => e.Contains(SesOptions.Section + ":" + key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://vpce-1.email.eu-west-1.vpce.amazonaws.com", true)]
    [InlineData("https://127.0.0.1:8443", true)]
    [InlineData("http://127.0.0.1:8005", true)]
    [InlineData("http://localhost:8005", true)]
    [InlineData("http://[::1]:8005", true)]
    [InlineData("http://10.0.0.1:8005", false)]
    [InlineData("https://host/path", false)]
    [InlineData("https://user:secret@host", false)]
    [InlineData("ses.example.net", false)]
    public void Plain_text_is_for_this_machine_only(string endpoint, bool isValid) =>
        Assert.Equal(isValid, Errors(("Region", "eu-west-1"), ("Endpoint", endpoint)).Count == 0);

    [Theory]
    [InlineData("eu-west-1", "https://email.eu-west-1.amazonaws.com/")]
    [InlineData("cn-north-1", "https://email.cn-north-1.amazonaws.com.cn/")]
    public void The_endpoint_follows_from_the_region(string region, string endpoint) =>
        Assert.Equal(endpoint, SesPlace.Find(new SesOptions { Region = region }, out _)!.Endpoint.AbsoluteUri);

    [Fact]
    public void A_profile_gives_the_region_and_one_that_is_not_there_is_an_error()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "[mail]\naws_access_key_id = A\naws_secret_access_key = s\nregion = eu-west-3\n");
        Assert.Equal("eu-west-3", SesPlace.Find(new SesOptions { Profile = "mail", ProfilesFile = file }, out _)!.Region);
        Assert.Null(SesPlace.Find(new SesOptions { Profile = "other", ProfilesFile = file, Region = "eu-west-1" }, out var errors));
        Assert.StartsWith("Silo:Transport:Ses:Profile", Assert.Single(errors));
        File.Delete(file);
    }

    [Fact]
    public void The_names_of_configuration_sets_there_are_read()
    {
        var (settings, errors) = Read(("Region", "eu-west-1"), ("ConfigurationSets:news", "there"), ("ConfigurationSets:none", ""));
        Assert.Empty(errors);
        Assert.Empty(settings.UnknownKeys);
        Assert.Equal(("there", ""), (settings.Ses.ConfigurationSets["news"], settings.Ses.ConfigurationSets["none"]));
    }

    [Fact]
    public void What_is_written_down_for_SES_is_not_looked_at_while_another_way_out_is_in_use()
    {
        var (settings, errors) = Read(("Region", "EU WEST"), ("Kind", "Simulator"));
        Assert.Empty(errors);
        Assert.Empty(settings.UnknownKeys);
    }

    private static IReadOnlyList<string> Errors(params (string Key, string Value)[] settings) => Read(settings).Errors;

    private static (SiloSettings Settings, IReadOnlyList<string> Errors) Read(params (string Key, string Value)[] settings)
    {
        var values = new Dictionary<string, string?> { ["Silo:Transport:Kind"] = "Ses" };
        foreach (var (key, value) in settings) values[key == "Kind" ? "Silo:Transport:Kind" : SesOptions.Section + ":" + key] = value;
        return SiloSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
    }
}
