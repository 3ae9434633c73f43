using System.Net;
using Silo.Server.Events.Sending;
using Xunit;

namespace Silo.Server.Tests.Events.Sending;

public sealed class PublicAddressTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("168.63.129.16")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::10.0.0.1")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void What_is_not_of_the_public_Internet_is_refused(string address)
    {
        Assert.False(PublicAddress.Of(new PublishingOptions()).Allows(IPAddress.Parse(address)));
        Assert.True(PublicAddress.Of(new PublishingOptions { AllowPrivateAddresses = true }).Allows(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700::1111")]
    [InlineData("64:ff9b::101:101")]
    [InlineData("2002:101:101::1")]
    [InlineData("::ffff:1.1.1.1")]
    public void What_is_of_it_is_allowed(string address) =>
        Assert.True(PublicAddress.Of(new PublishingOptions()).Allows(IPAddress.Parse(address)));

    [Fact]
    public void Networks_that_the_operator_names_are_allowed_and_no_others()
    {
        var rules = PublicAddress.Of(new PublishingOptions { AllowedNetworks = ["10.1.0.0/16", "fd12::/32"] });
        Assert.Equal(
            [true, true, true, false, false],
            new[] { "10.1.2.3", "::ffff:10.1.2.3", "fd12::1", "10.2.0.1", "fd13::1" }.Select(a => rules.Allows(IPAddress.Parse(a))));
    }

    [Fact]
    public void Networks_that_are_none_stop_the_start() =>
        Assert.Single(new PublishingOptions { AllowedNetworks = ["10.1.0.0/16", "10.1.2.3/8x"] }.Errors());
}
