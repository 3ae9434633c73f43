using Silo.Server.Accounts;
using Xunit;

namespace Silo.Server.Tests.Accounts;

public sealed class IdentityNameTests
{
    [Theory]
    [InlineData("Acme.Example", "acme.example")]
    [InlineData("Ann@Acme.Example", "Ann@acme.example")]
    [InlineData("x+y/z@a.example", "x+y/z@a.example")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    public void Domains_are_kept_in_lower_case_and_local_parts_as_given(string name, string normal) =>
        Assert.Equal(normal, IdentityName.Normalize(name));

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("a..b")]
    [InlineData("-a.example")]
    [InlineData("a-.example")]
    [InlineData("a.example.")]
    [InlineData("bücher.example")]
    [InlineData("10.0.0.1")]
    [InlineData("@a.example")]
    [InlineData(".a@a.example")]
    [InlineData("a..b@a.example")]
    [InlineData("a b@a.example")]
    [InlineData("ä@a.example")]
    [InlineData("a@b@")]
    public void Everything_else_is_no_identity(string name) => Assert.Null(IdentityName.Normalize(name));

    [Fact]
    public void Lengths_have_their_limits()
    {
        var label = new string('a', 63);
        Assert.NotNull(IdentityName.Normalize($"{label}.{label}.{label}.{new string('a', 61)}"));
        Assert.Null(IdentityName.Normalize($"{label}.{label}.{label}.{new string('a', 62)}"));
        Assert.Null(IdentityName.Normalize($"{label}a.example"));
        Assert.NotNull(IdentityName.Normalize($"{new string('a', 64)}@a.example"));
        Assert.Null(IdentityName.Normalize($"{new string('a', 65)}@a.example"));
    }

    [Theory]
    [InlineData("acme.example", "ann@acme.example", true)]
    [InlineData("acme.example", "ann@ACME.example", true)]
    [InlineData("acme.example", "ann@news.acme.example", true)]
    [InlineData("acme.example", "ann@notacme.example", false)]
    [InlineData("news.acme.example", "ann@acme.example", false)]
    [InlineData("ann@acme.example", "ann@acme.example", true)]
    [InlineData("ann@acme.example", "joann@acme.example", false)]
    [InlineData("ann@acme.example", "ann@news.acme.example", false)]
    public void A_domain_covers_its_subdomains_and_an_address_itself_alone(string identity, string address, bool covers) =>
        Assert.Equal(covers, IdentityName.Covers(identity, address));
}
