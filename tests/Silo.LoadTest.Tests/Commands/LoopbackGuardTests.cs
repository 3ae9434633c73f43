using Silo.LoadTest.Commands;
using Xunit;

namespace Silo.LoadTest.Tests.Commands;

public sealed class LoopbackGuardTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.4.5.6")]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("localhost")]
    [InlineData("LOCALHOST")]
    public void This_machine_may_be_loaded(string host) => Assert.Null(LoopbackGuard.Check([host], isOwned: false));

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("silo.example.com")]
    [InlineData("localhost.example.com")]
    [InlineData("127.0.0.1.example.com")]
    [InlineData("3221225985")]
    [InlineData("0.0.0.0")]
    public void Any_other_is_refused_until_somebody_says_that_it_is_theirs(string host)
    {
        Assert.Contains("--yes-i-own-this-host", LoopbackGuard.Check(["127.0.0.1", host], isOwned: false), StringComparison.Ordinal);
        Assert.Null(LoopbackGuard.Check([host], isOwned: true));
    }
}
