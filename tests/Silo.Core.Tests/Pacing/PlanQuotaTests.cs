using Silo.Core.Pacing;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class PlanQuotaTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 30, 22, 0, 0, TimeSpan.FromHours(-1));

    [Fact]
    public void A_used_up_day_refuses_all_of_a_message_and_says_when_the_UTC_day_ends()
    {
        var quota = new PlanQuota(100, null);

        Assert.Null(quota.TryTake(90, Start));
        Assert.Equal(
            new PlanRefusal(PlanPeriod.Day, 100, new DateTimeOffset(2026, 1, 31, 0, 0, 0, TimeSpan.Zero)), quota.TryTake(11, Start));
        Assert.Equal(90, quota.UsedToday);
        Assert.Null(quota.TryTake(100, Start.AddHours(1)));
    }

    [Fact]
    public void A_used_up_month_is_named_before_the_day_and_ends_with_the_calendar_month()
    {
        var quota = new PlanQuota(100, 150);
        Assert.Null(quota.TryTake(100, Start));
        Assert.Null(quota.TryTake(50, Start.AddHours(2)));

        Assert.Equal(
            new PlanRefusal(PlanPeriod.Month, 150, new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero)),
            quota.TryTake(60, Start.AddHours(2)));
        Assert.Null(quota.TryTake(100, Start.AddHours(25)));
    }

    [Fact]
    public void A_clock_that_steps_back_over_midnight_gives_no_second_day()
    {
        var quota = new PlanQuota(100, null);
        Assert.Null(quota.TryTake(100, Start.AddHours(1)));

        Assert.NotNull(quota.TryTake(1, Start));
        Assert.NotNull(quota.TryTake(1, Start.AddHours(2)));
    }
}
