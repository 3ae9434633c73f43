using Silo.LoadTest.Marks;
using Xunit;

namespace Silo.LoadTest.Tests;

public sealed class LoadMarkTests
{
    [Fact]
    public void A_mark_that_was_written_is_read_as_it_was()
    {
        var mark = new LoadMark("1a2b", 17, 3, 42, 638_700_000_000_000_000);
        Assert.True(LoadMark.TryParse($" {mark}\r\n", out var read));
        Assert.Equal(mark, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("run=1a;tenant=1;lane=1;number=1")]
    [InlineData("run=1a;tenant=1;lane=1;number=1;due=1;more=1")]
    [InlineData("run=XY;tenant=1;lane=1;number=1;due=1")]
    [InlineData("run=1a;tenant=-1;lane=1;number=1;due=1")]
    [InlineData("run=1a;lane=1;tenant=1;number=1;due=1")]
    [InlineData("run=1a;tenant=99999999999;lane=1;number=1;due=1")]
    public void Anything_else_is_no_mark(string text) => Assert.False(LoadMark.TryParse(text, out _));
}
