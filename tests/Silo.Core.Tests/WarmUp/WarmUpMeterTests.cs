using Silo.Core.WarmUp;
using Xunit;

namespace Silo.Core.Tests.WarmUp;

public class WarmUpMeterTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 17, 0, TimeSpan.Zero);
    private static readonly WarmUpPlan Adaptive = Plan(WarmUpMode.Adaptive, 240, 480, 960, 1920, 3840);

    [Fact]
    public void A_slice_that_was_not_used_is_not_made_up_for()
    {
        var meter = new WarmUpMeter(Plan(WarmUpMode.Time, 240, 480), Start);
        meter.Take(3, Start);

        Assert.Equal(7, meter.Room(100, Start.AddMinutes(59)));
        Assert.Equal(10, meter.Room(100, Start.AddHours(1)));
        Assert.Equal(20, meter.Room(100, Start.AddDays(1.5)));
        Assert.Equal(100, meter.Room(100, Start.AddDays(2)));
        Assert.Equal(new WarmUpUse(2, null, null, 0, 0), meter.Use(Start.AddDays(2)));
    }

    [Fact]
    public void What_is_given_back_makes_room_in_the_hour_in_which_it_was_taken_and_in_no_other()
    {
        var meter = new WarmUpMeter(Plan(WarmUpMode.Time, 240), Start);
        meter.Take(10, Start);
        meter.GiveBack(4, Start);
        Assert.Equal(4, meter.Room(100, Start.AddMinutes(1)));

        meter.Take(10, Start.AddHours(1));
        meter.GiveBack(6, Start);
        Assert.Equal(0, meter.Room(100, Start.AddHours(1)));
        Assert.Equal(new WarmUpUse(0, 240, 10, 10, 10), meter.Use(Start.AddHours(1)));
        Assert.Throws<InvalidOperationException>(() => meter.Take(1, Start.AddHours(1)));
    }

    [Fact]
    public void Says_from_when_the_nth_recipient_can_leave()
    {
        var meter = new WarmUpMeter(Plan(WarmUpMode.Time, 240, 480), Start);
        meter.Take(4, Start);

        Assert.Equal(Start, meter.EarliestFor(6, Start));
        Assert.Equal(Start.AddHours(1), meter.EarliestFor(7, Start));
        Assert.Equal(Start.AddHours(3), meter.EarliestFor(6 + 21, Start));
        Assert.Equal(Start.AddDays(1), meter.EarliestFor(237, Start));
        Assert.Equal(Start.AddDays(1).AddHours(1), meter.EarliestFor(236 + 21, Start));
        Assert.Equal(Start.AddDays(2), meter.EarliestFor(236 + 481, Start));
        meter.Take(6, Start);
        Assert.Equal(Start.AddHours(1), meter.RoomAt(Start.AddMinutes(10)));
    }

    [Fact]
    public void Goes_on_from_what_was_saved()
    {
        var meter = new WarmUpMeter(Adaptive, Start);
        UseDay(meter, 0, 200, 200);
        UseDay(meter, 1, 250, 250);
        meter.Take(5, Start.AddDays(2.5));
        meter.Found(WarmUpFinding.Low, Start.AddDays(2.5));
        var again = new WarmUpMeter(Adaptive, Start, meter.Save(Start.AddDays(2.5)));

        Assert.Equal(new WarmUpUse(2, 960, 40, 5, 5), again.Use(Start.AddDays(2.5)));
        Assert.Equal(meter.Save(Start.AddDays(30)), again.Save(Start.AddDays(30)));
    }

    [Theory]
    [InlineData(120, 108, 1)] // Half the cap was used and nine tenths of that delivered: the day counts.
    [InlineData(119, 119, 0)] // Less was used.
    [InlineData(120, 107, 0)] // Less was delivered.
    [InlineData(240, 216, 1)]
    [InlineData(240, 215, 0)]
    public void A_day_counts_when_half_its_cap_was_used_and_nine_tenths_of_that_delivered(int sent, int delivered, int planDay)
    {
        var meter = new WarmUpMeter(Adaptive, Start);
        UseDay(meter, 0, sent, delivered);

        Assert.Equal(planDay, meter.Use(Start.AddDays(1)).PlanDay);
    }

    [Fact]
    public void In_a_plan_by_time_every_day_counts()
    {
        var meter = new WarmUpMeter(Plan(WarmUpMode.Time, 240, 480, 960), Start);
        meter.Found(WarmUpFinding.High, Start);

        Assert.Equal(1, meter.Use(Start.AddDays(1)).PlanDay);
        Assert.Equal(960, new WarmUpMeter(meter.Plan, Start).Use(Start.AddDays(2)).Cap);
    }

    [Fact]
    public void A_LOW_finding_holds_the_plan_and_a_HIGH_one_takes_a_day_back()
    {
        var meter = AtPlanDay(3);
        meter.Found(WarmUpFinding.Low, Start.AddDays(3));
        UseDay(meter, 3, 1920, 1920);
        Assert.Equal(3, meter.Use(Start.AddDays(4)).PlanDay);

        // It need not be open any more when the day ends.
        meter.Found(WarmUpFinding.High, Start.AddDays(4));
        meter.Found(WarmUpFinding.None, Start.AddDays(4));
        UseDay(meter, 4, 1920, 1920);
        Assert.Equal(2, meter.Use(Start.AddDays(5)).PlanDay);
        UseDay(meter, 5, 960, 960);
        Assert.Equal(3, meter.Use(Start.AddDays(6)).PlanDay);

        meter.Found(WarmUpFinding.High, Start.AddDays(6));
        for (var day = 6; day < 12; day++) UseDay(meter, day, 100, 100);
        Assert.Equal(0, meter.Use(Start.AddDays(12)).PlanDay);
    }

    [Theory]
    [InlineData(192, 4)]
    [InlineData(193, 2)]
    public void Deferrals_and_blocks_of_more_than_a_tenth_take_a_day_back(int refused, int planDay)
    {
        var meter = AtPlanDay(3);
        meter.Refused(refused, Start.AddDays(3));
        UseDay(meter, 3, 1920, 1920);

        Assert.Equal(planDay, meter.Use(Start.AddDays(4)).PlanDay);
    }

    [Fact]
    public void Thirty_days_in_a_row_without_mail_halve_the_way_that_was_made()
    {
        var meter = AtPlanDay(4);

        Assert.Equal(4, meter.Use(Start.AddDays(4 + 29)).PlanDay);
        Assert.Equal(2, meter.Use(Start.AddDays(4 + 30)).PlanDay);
        Assert.Equal(2, meter.Use(Start.AddDays(4 + 59)).PlanDay);
        Assert.Equal(1, meter.Use(Start.AddDays(4 + 60)).PlanDay);
        // As one that was asked on none of these days.
        Assert.Equal(1, AtPlanDay(4).Use(Start.AddDays(4 + 60)).PlanDay);
        Assert.Equal(0, AtPlanDay(4).Use(Start.AddDays(400)).PlanDay);

        var now = Start.AddDays(4);
        var used = AtPlanDay(4);
        for (var day = 4; day < 100; day += 30) UseDay(used, day, 1, 0);
        Assert.Equal(4, used.Use(now.AddDays(96)).PlanDay);
    }

    [Fact]
    public void A_plan_that_is_over_stays_so()
    {
        var meter = AtPlanDay(5);
        meter.Found(WarmUpFinding.High, Start.AddDays(5));
        meter.Take(1_000_000, Start.AddDays(5));

        Assert.Null(meter.Use(Start.AddDays(100)).Cap);
    }

    [Fact]
    public void Whatever_happens_no_hour_exceeds_its_slice_and_no_day_its_cap()
    {
        for (var seed = 0; seed < 300; seed++) Simulate(seed);
    }

    private static void Simulate(int seed)
    {
        var random = new Random(seed);
        var mode = (WarmUpMode)random.Next(2);
        var plan = Plan(mode, [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => (long)random.Next(1, 400)).Order()]);
        var meter = new WarmUpMeter(plan, Start);
        var (hours, days) = (new Dictionary<int, long>(), new Dictionary<int, long>());
        var taken = new List<(int Count, DateTimeOffset At)>();
        var (now, latest) = (Start, Start);
        for (var step = 0; step < 600; step++)
        {
            now += TimeSpan.FromMinutes(random.Next(40) == 0 ? random.Next(-90, 3_000) : random.Next(-3, 12));
            if (now > latest) latest = now;
            if (random.Next(30) == 0) meter = new WarmUpMeter(plan, Start, meter.Save(now));
            if (random.Next(20) == 0) meter.Found((WarmUpFinding)random.Next(3), now);
            var room = meter.Room(random.Next(1, 60), now);
            var at = meter.RoomAt(now);
            Assert.True(room > 0 == at <= now && (room > 0 || at > latest), $"seed {seed}: room for {room}, and room at {at:O}");
            if (room > 0)
            {
                meter.Take(room, now);
                taken.Add((room, now));
            }

            for (var i = taken.Count - 1; i >= 0; i--)
            {
                if (random.Next(3) == 0) continue;
                var (count, takenAt) = taken[i];
                taken.RemoveAt(i);
                var isInTime = meter.Use(now).Cap is null || (int)(takenAt - Start).TotalHours == (int)(latest - Start).TotalHours;
                if (isInTime && random.Next(4) != 0) Begin(count);
                else meter.GiveBack(count, takenAt);
            }
        }

        void Begin(int count)
        {
            meter.Delivered(count, now);
            var hour = (int)(latest - Start).TotalHours;
            hours[hour] = hours.GetValueOrDefault(hour) + count;
            days[hour / 24] = days.GetValueOrDefault(hour / 24) + count;
            if (meter.Use(now) is not { Cap: { } cap, Slice: { } slice }) return;
            Assert.True(hours[hour] <= slice, $"seed {seed}: {hours[hour]} started in hour {hour}, of {slice}");
            Assert.True(days[hour / 24] <= cap, $"seed {seed}: {days[hour / 24]} started in day {hour / 24}, of {cap}");
        }
    }

    private static WarmUpMeter AtPlanDay(int planDay)
    {
        var meter = new WarmUpMeter(Adaptive, Start);
        for (var day = 0; day < planDay; day++) UseDay(meter, day, (int)Adaptive.DailyCaps[day], (int)Adaptive.DailyCaps[day]);
        Assert.Equal(planDay, meter.Use(Start.AddDays(planDay)).PlanDay);
        return meter;
    }

    private static void UseDay(WarmUpMeter meter, int day, int sent, int delivered)
    {
        for (var hour = 0; hour < 24 && sent > 0; hour++)
        {
            var now = Start.AddDays(day).AddHours(hour);
            var count = meter.Room(sent, now);
            meter.Take(count, now);
            sent -= count;
        }

        Assert.Equal(0, sent);
        meter.Delivered(delivered, Start.AddDays(day).AddHours(23));
    }

    private static WarmUpPlan Plan(WarmUpMode mode, params long[] caps) => WarmUpPlan.Create(caps, mode).Plan!;
}
