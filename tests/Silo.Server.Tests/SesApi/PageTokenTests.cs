using Silo.Server.SesApi;
using Xunit;

namespace Silo.Server.Tests.SesApi;

public sealed class PageTokenTests
{
    [Theory]
    [InlineData("acme")]
    [InlineData("arn:aws:ses:us-east-1:123456789012:identity/ä✓.example")]
    public void A_token_gives_back_its_key_to_the_list_that_made_it(string key)
    {
        var token = PageToken.Write("ListTenants", "A=b", key);
        var checks = new MemberChecks();
        Assert.Equal(key, PageToken.Read("ListTenants", "A=b", token, checks));
        Assert.Null(checks.Error);
        Assert.Null(PageToken.Write("ListTenants", "", null));
    }

    [Fact]
    public void A_token_of_another_list_or_filter_is_refused()
    {
        var token = PageToken.Write("ListTenants", "A=b", "acme");
        foreach (var (operation, filter) in new[] { ("ListTenants", "A=c"), ("ListTenant", "sA=b"), ("ListResourceTenants", "A=b") })
        {
            var checks = new MemberChecks();
            Assert.Null(PageToken.Read(operation, filter, token, checks));
            Assert.Contains("NextToken", checks.Error!.Message);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("not base64!")]
    [InlineData("/////////////////////w==")]
    public void Nonsense_is_refused(string token)
    {
        var checks = new MemberChecks();
        Assert.Null(PageToken.Read("ListTenants", "", token, checks));
        Assert.NotNull(checks.Error);
    }

    [Theory]
    [InlineData(null, 100)]
    [InlineData(0, 100)]
    [InlineData(1, 1)]
    [InlineData(1000, 1000)]
    public void Page_sizes_default_to_a_hundred(int? given, int size)
    {
        var checks = new MemberChecks();
        Assert.Equal(size, PageToken.Size(given, checks));
        Assert.Null(checks.Error);
        PageToken.Size(1001, checks);
        PageToken.Size(-1, checks);
        Assert.Contains("2 validation errors", checks.Error!.Message);
    }
}
