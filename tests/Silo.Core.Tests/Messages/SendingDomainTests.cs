using Silo.Core.Messages;
using Xunit;

namespace Silo.Core.Tests.Messages;

public class SendingDomainTests
{
    [Theory]
    [InlineData("arn:aws:ses:us-east-1:000000000000:identity/example.com", "s@mail.example.com", "example.com")]
    [InlineData("arn:aws:ses:us-east-1:000000000000:identity/Sales@Shop.Example", "sales@shop.example", "shop.example")]
    [InlineData("arn", "s@Example.COM", "example.com")]
    [InlineData("arn", "nobody", null)]
    [InlineData("arn", "", null)]
    public void It_is_the_domain_of_the_verified_identity_in_lower_case(string arn, string from, string? expected) =>
        Assert.Equal(expected, SendingDomain.Of(arn, from));
}
