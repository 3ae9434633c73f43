using Silo.Core.WarmUp;
using Xunit;

namespace Silo.Core.Tests.WarmUp;

public sealed class WarmUpCalendarTests
{
    private static readonly DateOnly FirstDay = new(2026, 3, 1);

    [Fact]
    public void What_exceeds_the_cap_of_a_day_waits_and_leaves_first_on_the_next()
    {
        var calendar = WarmUpCalendar.Of(WarmUpPlan.Create([10, 25]).Plan!, 20, FirstDay);
        Assert.Equal(
            [
                new(1, FirstDay, 10, 10, 10),
                new(2, FirstDay.AddDays(1), 25, 25, 5),
                new(3, FirstDay.AddDays(2), null, 25, 0),
            ],
            calendar.Days);
        Assert.Equal(1, calendar.LongestWaitDays);
    }

    [Fact]
    public void A_volume_below_every_cap_waits_for_nothing() =>
        Assert.Equal(0, WarmUpCalendar.Of(WarmUpPlan.Automatic, 50, FirstDay).LongestWaitDays);

    [Fact]
    public void No_day_exceeds_its_cap_no_message_is_lost_and_the_first_to_come_waits_longest()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            long cap = 1;
            var plan = WarmUpPlan.Create([.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => cap += random.Next(0, 40))]).Plan!;
            var volume = random.Next(0, 400);
            var calendar = WarmUpCalendar.Of(plan, volume, FirstDay);
            var (left, longest) = (0L, 0);
            foreach (var day in calendar.Days)
            {
                Assert.True(day.Sends >= 0 && day.Sends <= (day.Cap ?? long.MaxValue), $"Seed {seed}, day {day.Day}: {day.Sends} of {day.Cap}");
                // Each message by itself: which one it is tells on which day it came.
                for (var i = 0; i < day.Sends; i++) longest = Math.Max(longest, day.Day - 1 - (int)(left++ / volume));
                Assert.True(left + day.Waits == (long)volume * day.Day, $"Seed {seed}, day {day.Day}: {left} left and {day.Waits} wait");
            }

            Assert.True(calendar.LongestWaitDays == longest, $"Seed {seed}: {calendar.LongestWaitDays} and {longest}");
        }
    }
}
