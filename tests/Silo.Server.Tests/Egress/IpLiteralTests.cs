using Silo.Server.Egress;
using Xunit;

namespace Silo.Server.Tests.Egress;

public sealed class IpLiteralTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("10.0.0.255", "10.0.0.255")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("2001:DB8:0:0::0001", "2001:db8::1")]
    public void An_address_has_one_form(string text, string canonical) => Assert.Equal(canonical, IpLiteral.Read(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("mta.example.com")]
    [InlineData("127.1")]
    [InlineData("3221225985")]
    [InlineData("0x7f000001")]
    [InlineData("192.0.2.01")]
    [InlineData(" 192.0.2.1")]
    [InlineData("192.0.2.1:25")]
    [InlineData("192.0.2.0/24")]
    [InlineData("0.0.0.0")]
    [InlineData("0.0.0.7")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("ff02::1")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[2001:db8::1]")]
    [InlineData("::ffff:192.0.2.1")]
    [InlineData("2001:db8::1:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0")]
    public void What_mail_cannot_leave_from_is_none(string? text) => Assert.Null(IpLiteral.Read(text));
}
