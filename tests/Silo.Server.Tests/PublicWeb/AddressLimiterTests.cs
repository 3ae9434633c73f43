using System.Net;
using Silo.Server.PublicWeb;
using Xunit;

namespace Silo.Server.Tests.PublicWeb;

public sealed class AddressLimiterTests
{
    [Fact]
    public void Each_address_has_its_burst_and_a_64_of_IPv6_is_one_address()
    {
        using var limiter = new AddressLimiter(1, 2, TimeSpan.FromHours(1));
        foreach (var (first, second, other) in new[]
        {
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"), ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"),
        })
        {
            Assert.True(limiter.Allows(IPAddress.Parse(first)));
            Assert.True(limiter.Allows(IPAddress.Parse(second)));
            Assert.False(limiter.Allows(IPAddress.Parse(first)));
            Assert.True(limiter.Allows(IPAddress.Parse(other)));
        }
    }
}
