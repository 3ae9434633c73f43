using Silo.Server.WebConsole.Charts;
using Xunit;

namespace Silo.Server.Tests.WebConsole;

public sealed class ChartAxisTests
{
    [Theory]
    [InlineData(0, new[] { 0.0, 1 })]
    [InlineData(double.NaN, new[] { 0.0, 1 })]
    [InlineData(100, new[] { 0.0, 50, 100 })]
    [InlineData(7, new[] { 0.0, 2, 4, 6, 8 })]
    [InlineData(0.034, new[] { 0.0, 0.01, 0.02, 0.03, 0.04 })]
    public void An_axis_has_round_marks_and_ends_at_or_above_the_largest_value(double max, double[] marks)
    {
        var actual = ChartAxis.Marks(max);
        Assert.Equal(marks.Length, actual.Count);
        for (var i = 0; i < marks.Length; i++) Assert.Equal(marks[i], actual[i], 9);
    }

    [Fact]
    public void Times_are_named_at_whole_hours_or_days_and_never_too_many()
    {
        var from = new DateTimeOffset(2026, 11, 1, 0, 30, 0, TimeSpan.Zero);
        foreach (var length in new[] { TimeSpan.FromMinutes(3), TimeSpan.FromHours(5), TimeSpan.FromDays(1), TimeSpan.FromDays(60), TimeSpan.FromDays(900) })
        {
            var marks = ChartAxis.Marks(from, from + length);
            Assert.InRange(marks.Count, 1, 9);
            Assert.All(marks, m => Assert.InRange(m, from, from + length));
            Assert.All(marks, m => Assert.Equal(0, m.Second));
        }
    }
}
