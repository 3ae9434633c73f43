using Silo.Core.ProviderData;
using Xunit;

namespace Silo.Core.Tests.ProviderData;

public sealed class ProviderVerdictsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 3, 2);

    [Theory]
    [InlineData(null, 0)]
    [InlineData(0.0, 0)]
    [InlineData(0.00099, 0)]
    [InlineData(0.001, 3)]
    [InlineData(0.0029, 3)]
    [InlineData(0.003, 10)]
    [InlineData(0.5, 10)]
    public void A_rate_is_worth_as_many_reports_as_open_a_finding_of_its_impact(double? rate, int reports) =>
        Assert.Equal(reports, ProviderVerdicts.ReportsOf(rate));

    [Fact]
    public void A_level_that_lasts_is_told_once_raised_by_the_rest_and_told_again_when_reports_cease_to_count()
    {
        Assert.Equal(3, ProviderVerdicts.Missing([], "acme", 3, Noon));
        var told = ProviderVerdicts.Told([], "acme", null, 3, Noon);
        Assert.Equal(0, ProviderVerdicts.Missing(told, "acme", 3, Noon.AddDays(6)));
        Assert.Equal(7, ProviderVerdicts.Missing(told, "acme", 10, Noon.AddDays(1)));
        Assert.Equal(3, ProviderVerdicts.Missing(told, "other", 3, Noon));
        told = ProviderVerdicts.Told(told, "acme", null, 7, Noon.AddDays(1));
        Assert.Equal(0, ProviderVerdicts.Missing(told, "acme", 3, Noon.AddDays(2)));
        Assert.Equal(3, ProviderVerdicts.Missing(told, "acme", 10, Noon.AddDays(7)));
        Assert.Equal(3, ProviderVerdicts.Missing(told, "acme", 3, Noon.AddDays(8)));
        Assert.Single(ProviderVerdicts.Told(told, "acme", null, 3, Noon.AddDays(20)));
    }

    [Fact]
    public void What_was_counted_on_a_day_is_told_once_and_more_of_it_by_the_difference()
    {
        var told = ProviderVerdicts.Told([], "acme", Today, 4, Noon);
        Assert.Equal(0, ProviderVerdicts.Missing(told, "acme", Today, 4));
        Assert.Equal(2, ProviderVerdicts.Missing(told, "acme", Today, 6));
        Assert.Equal(0, ProviderVerdicts.Missing(told, "acme", Today, 1));
        Assert.Equal(4, ProviderVerdicts.Missing(told, "acme", Today.AddDays(-1), 4));
        Assert.Equal(3, ProviderVerdicts.Missing(told, "acme", 3, Noon));
        Assert.Equal(10_000, ProviderVerdicts.Missing([], "acme", Today, long.MaxValue));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(-7, true)]
    [InlineData(-8, false)]
    [InlineData(-30, false)]
    [InlineData(1, true)]
    [InlineData(5, false)]
    public void Only_days_of_the_last_week_count(int days, bool isRecent) =>
        Assert.Equal(isRecent, ProviderVerdicts.IsRecent(Today.AddDays(days), Noon));
}
