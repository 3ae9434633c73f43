using Silo.Server.Delivery.Mx;
using Xunit;

namespace Silo.Server.Tests.Delivery.Mx;

public class MtaStsPolicyTests
{
    [Fact]
    public void A_policy_is_read_with_either_line_end_and_unknown_fields()
    {
        Assert.True(MtaStsPolicy.TryParse(
            "version: STSv1\r\nmode: enforce\nmx: mail.example.com\r\nmx:*.example.net\nfuture: x\nmax_age: 604800\r\nmode: none\n", out var policy));
        Assert.Equal((MtaStsMode.Enforce, TimeSpan.FromDays(7)), (policy.Mode, policy.MaxAge));
        Assert.Equal(["mail.example.com", "*.example.net"], policy.Hosts);
    }

    [Theory]
    [InlineData("mode: enforce\nmx: a.example\nmax_age: 1\n")]
    [InlineData("version: STSv2\nmode: enforce\nmx: a.example\nmax_age: 1\n")]
    [InlineData("version: STSv1\nmode: strict\nmx: a.example\nmax_age: 1\n")]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 1\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 31557601\n")]
    [InlineData("<html>\n")]
    [InlineData("")]
    public void What_is_no_policy_is_refused(string text) => Assert.False(MtaStsPolicy.TryParse(text, out _));

    [Theory]
    [InlineData("mail.example.com", true)]
    [InlineData("MAIL.example.COM", true)]
    [InlineData("a.example.net", true)]
    [InlineData("a.b.example.net", false)]
    [InlineData("example.net", false)]
    [InlineData(".example.net", false)]
    [InlineData("example.com", false)]
    [InlineData("aexample.net", false)]
    public void A_star_stands_for_one_label(string host, bool allowed) => Assert.Equal(
        allowed, new MtaStsPolicy(MtaStsMode.Enforce, ["mail.example.com", "*.example.net"], TimeSpan.FromDays(1)).Allows(host));

    [Theory]
    [InlineData("20160831085700Z", "v=STSv1; id=20160831085700Z;")]
    [InlineData("1", "v=spf1 -all", "v=STSv1;id=1")]
    [InlineData(null, "v=STSv1; id=1;", "v=STSv1; id=2;")]
    [InlineData(null, "v=STSv1; id=;")]
    [InlineData(null, "v=STSv1; id=a b;")]
    [InlineData(null, "v=STSv1;")]
    [InlineData(null, "v=STSv10; id=1;")]
    [InlineData(null)]
    public void An_id_comes_from_the_one_record(string? id, params string[] texts) => Assert.Equal(id, MtaStsPolicy.IdOf(texts));
}
