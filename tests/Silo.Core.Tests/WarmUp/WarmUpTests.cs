using Silo.Core.WarmUp;
using Xunit;

namespace Silo.Core.Tests.WarmUp;

public class WarmUpTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 17, 0, TimeSpan.Zero);

    [Fact]
    public void The_automatic_plan_rises_over_45_days_from_50_by_a_fifth_a_day()
    {
        var plan = WarmUpPlan.Automatic;

        Assert.Equal(45, plan.Days);
        Assert.Equal([50, 60, 72, 87, 105], plan.DailyCaps.Take(5));
        Assert.InRange(plan.CapFor(44)!.Value, 150_000, 160_000);
        Assert.Null(plan.CapFor(45));
        Assert.NotNull(WarmUpPlan.Create(plan.DailyCaps).Plan);
        Assert.InRange(plan.DailyCaps.Count(cap => cap < 1000), 16, 18);
    }

    [Fact]
    public void All_problems_of_a_custom_plan_are_named_at_once()
    {
        Assert.Equal(
            [
                new(WarmUpPlanError.CapOutOfRange, 0), new(WarmUpPlanError.Decreasing, 2),
                new(WarmUpPlanError.CapOutOfRange, 3),
            ],
            WarmUpPlan.Create([0, 5, 4, WarmUpPlan.MaxCap + 1]).Problems);
        Assert.Equal([new(WarmUpPlanError.Empty, 0)], WarmUpPlan.Create([]).Problems);
        Assert.Equal([new(WarmUpPlanError.TooLong, 366)], WarmUpPlan.Create([.. Enumerable.Repeat(5L, 366)]).Problems);
        Assert.Equal(365, WarmUpPlan.Create([.. Enumerable.Repeat(5L, 365)]).Plan!.Days);
    }

    [Fact]
    public void The_slices_of_a_day_sum_to_its_cap_and_differ_by_one_at_most()
    {
        foreach (var cap in new long[] { 1, 5, 23, 24, 25, 50, 999, 152_123, WarmUpPlan.MaxCap })
        {
            var slices = Enumerable.Range(0, 24).Select(hour => WarmUpSchedule.Slice(cap, hour)).ToList();
            Assert.Equal(cap, slices.Sum());
            Assert.InRange(slices.Max() - slices.Min(), 0, 1);
        }
    }

    [Fact]
    public void The_allowance_is_the_slice_of_the_hour_less_what_left_in_it()
    {
        var plan = WarmUpPlan.Create([240, 480]).Plan!;

        Assert.Equal(new WarmUpAllowance(10, Start.AddHours(1)), WarmUpSchedule.Allowance(plan, Start, 0, 0, Start));
        Assert.Equal(3, WarmUpSchedule.Allowance(plan, Start, 27, 7, Start.AddHours(2.5)).Messages);
        Assert.Equal(20, WarmUpSchedule.Allowance(plan, Start, 0, 0, Start.AddDays(1)).Messages);
        Assert.Equal(2, WarmUpSchedule.Allowance(plan, Start, 238, 0, Start.AddHours(23)).Messages);
        Assert.Equal(0, WarmUpSchedule.Allowance(plan, Start, 500, 500, Start.AddHours(23)).Messages);
    }

    [Fact]
    public void A_finished_plan_has_no_cap() =>
        Assert.Equal(
            new WarmUpAllowance(null, DateTimeOffset.MaxValue),
            WarmUpSchedule.Allowance(WarmUpPlan.Automatic, Start, 1_000_000, 1_000_000, Start.AddDays(45)));

    [Fact]
    public void Before_its_start_a_warm_up_is_in_its_first_hour() =>
        Assert.Equal(new WarmUpPosition(0, 0, Start, Start), WarmUpSchedule.PositionAt(Start, Start.AddHours(-5)));

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(22, 48)]
    [InlineData(44, 97)]
    [InlineData(45, 100)]
    [InlineData(400, 100)]
    public void The_percentage_rises_with_the_days(int day, int percentage) =>
        Assert.Equal(percentage, WarmUpSchedule.Percentage(WarmUpPlan.Automatic, Start, Start.AddDays(day)));

    [Fact]
    public void The_start_of_a_percentage_is_where_a_warm_up_of_that_percentage_began()
    {
        for (var days = 1; days <= WarmUpPlan.MaxDays; days++)
        {
            var plan = WarmUpPlan.Create([.. Enumerable.Repeat(5L, days)]).Plan!;
            for (var percentage = 0; percentage <= 100; percentage++)
            {
                var start = WarmUpSchedule.StartOf(plan, percentage, Start);
                Assert.Equal(Math.Max(1, percentage), WarmUpSchedule.Percentage(plan, start, Start));
                if (percentage > 1) Assert.Equal(percentage - 1, WarmUpSchedule.Percentage(plan, start, Start.AddTicks(-1)));
            }
        }
    }

    [Fact]
    public void Whatever_the_clock_does_no_day_and_no_hour_exceeds_its_share()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var plan = WarmUpPlan.Create([.. Enumerable.Range(1, 5).Select(_ => (long)random.Next(1, 300)).Order()]).Plan!;
            var sent = new Dictionary<(int Day, int Hour), long>();
            var now = Start;
            for (var step = 0; step < 400; step++)
            {
                now += TimeSpan.FromMinutes(random.Next(-90, 130));
                var at = WarmUpSchedule.PositionAt(Start, now);
                var today = sent.Where(pair => pair.Key.Day == at.Day).Sum(pair => pair.Value);
                var thisHour = sent.GetValueOrDefault((at.Day, at.Hour));
                if (WarmUpSchedule.Allowance(plan, Start, today, thisHour, now).Messages is not { } left) continue;
                sent[(at.Day, at.Hour)] = thisHour + Math.Min(left, random.Next(0, 40));
            }

            Assert.NotEmpty(sent);
            Assert.All(sent, pair => Assert.True(
                pair.Value <= WarmUpSchedule.Slice(plan.CapFor(pair.Key.Day)!.Value, pair.Key.Hour), $"seed {seed}"));
        }
    }
}
