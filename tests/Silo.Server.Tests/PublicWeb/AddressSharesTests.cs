using System.Net;
using Silo.Server.PublicWeb;
using Xunit;

namespace Silo.Server.Tests.PublicWeb;

public sealed class AddressSharesTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", "192.0.2.2")]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2")]
    [InlineData("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")]
    public void An_address_or_network_has_its_share_and_no_more(string one, string same, string other)
    {
        var shares = new AddressShares(2, []);
        Assert.True(shares.TryTake(IPAddress.Parse(one)));
        Assert.True(shares.TryTake(IPAddress.Parse(same)));
        Assert.False(shares.TryTake(IPAddress.Parse(one)));
        Assert.True(shares.TryTake(IPAddress.Parse(other)));
        shares.Give(IPAddress.Parse(same));
        Assert.True(shares.TryTake(IPAddress.Parse(one)));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::ffff:10.1.2.3")]
    public void The_machine_itself_and_trusted_proxies_may_have_all(string address)
    {
        var shares = new AddressShares(1, [IPNetwork.Parse("10.0.0.0/8")]);
        for (var i = 0; i < 5; i++) Assert.True(shares.TryTake(IPAddress.Parse(address)));
        for (var i = 0; i < 5; i++) shares.Give(IPAddress.Parse(address));
    }
}
