using Silo.LoadTest.Marks;
using Xunit;

namespace Silo.LoadTest.Tests;

public sealed class LoadAddressTests
{
    [Theory]
    [InlineData(LoadFate.Profile)]
    [InlineData(LoadFate.Bounce)]
    [InlineData(LoadFate.Complain)]
    [InlineData(LoadFate.Defer)]
    internal void An_address_that_was_written_is_read_as_it_was(LoadFate fate)
    {
        var address = new LoadAddress(fate, "1a2b", 299_999, 1_234_567, 42, "gmail.com");
        Assert.True(LoadAddress.TryParse(address.ToString(), out var read));
        Assert.Equal(address, read);
    }

    [Fact]
    public void The_longest_address_is_one_that_mail_may_have()
    {
        var longest = new LoadAddress(LoadFate.Complain, new string('f', 16), int.MaxValue, int.MaxValue, 9_999_999_999, "d").ToString();
        Assert.InRange(longest.IndexOf('@', StringComparison.Ordinal), 1, 64);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ok.1a.1.1.1")]
    [InlineData("ok.1a.1.1.1@")]
    [InlineData("ok.1a.1.1@gmail.com")]
    [InlineData("ok.1a.1.1.1.1@gmail.com")]
    [InlineData("no.1a.1.1.1@gmail.com")]
    [InlineData("ok.XY.1.1.1@gmail.com")]
    [InlineData("ok.1a.-1.1.1@gmail.com")]
    [InlineData("ok.1a.99999999999.1.1@gmail.com")]
    public void Anything_else_is_none(string text) => Assert.False(LoadAddress.TryParse(text, out _));
}
