using Silo.Core.Pacing;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class PlanQuotaTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 30, 22, 0, 0, TimeSpan.FromHours(-1));

    private readonly PlanUse _use = new();

    [Fact]
    public void A_used_up_day_refuses_all_of_a_message_and_says_when_the_UTC_day_ends()
    {
        Accept(90, Start, 100, null);

        Assert.Equal(new PlanRefusal(PlanPeriod.Day, 100, new DateTimeOffset(2026, 1, 31, 0, 0, 0, TimeSpan.Zero)), Check(100, null, 11, Start));
        Accept(10, Start, 100, null);
        Assert.NotNull(Check(100, null, 1, Start.AddMinutes(59).AddSeconds(59)));
        Accept(100, Start.AddHours(1), 100, null);
    }

    [Fact]
    public void A_used_up_month_is_named_before_the_day_and_ends_with_the_calendar_month()
    {
        Accept(100, Start, 100, 150);
        Accept(50, Start.AddHours(2), 100, 150);

        Assert.Equal(
            new PlanRefusal(PlanPeriod.Month, 150, new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero)), Check(100, 150, 60, Start.AddHours(2)));
        Accept(100, Start.AddHours(25), 100, 150);
    }

    [Fact]
    public void Without_a_quota_nothing_is_refused_and_with_one_of_zero_everything_is()
    {
        Accept(int.MaxValue, Start, null, null);
        Assert.Equal(PlanPeriod.Day, Check(0, null, 1, Start.AddDays(9))?.Period);
        Assert.Equal(PlanPeriod.Month, Check(null, 0, 1, Start.AddDays(9))?.Period);
    }

    [Fact]
    public void A_clock_that_steps_back_over_midnight_gives_no_second_day()
    {
        Accept(100, Start, 100, null);
        Accept(60, Start.AddHours(1), 100, null);

        Assert.NotNull(Check(100, null, 1, Start));
        Accept(40, Start.AddHours(2), 100, null);
        Assert.NotNull(Check(100, null, 1, Start.AddHours(2)));
    }

    [Fact]
    public void A_clock_that_was_years_ahead_for_a_while_takes_nothing_of_the_days_that_follow()
    {
        Accept(60, Start, 100, 1_000);
        Accept(100, Start.AddYears(70), 100, 1_000);

        Assert.NotNull(Check(100, 1_000, 41, Start));
        Accept(40, Start, 100, 1_000);
        Assert.NotNull(Check(100, 1_000, 1, Start));
        for (var day = 1; day < 400; day++) Accept(30, Start.AddDays(day), 100, 1_000);
    }

    [Fact]
    public void Counts_equal_a_book_of_every_day_whatever_the_clock_does_and_in_whatever_pieces_they_are_kept()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var (use, at) = (new PlanUse(), Start);
            var (days, months) = (new Dictionary<DateOnly, long>(), new Dictionary<DateOnly, long>());
            for (var step = 0; step < 500; step++)
            {
                at += random.Next(20) == 0 ? TimeSpan.FromHours(random.Next(-20, 60)) : TimeSpan.FromMinutes(random.Next(-5, 60));
                var recipients = random.Next(1, 51);
                use.Count(recipients, at);
                var (day, month) = (DateOnly.FromDateTime(at.UtcDateTime), new DateOnly(at.UtcDateTime.Year, at.UtcDateTime.Month, 1));
                days[day] = days.GetValueOrDefault(day) + recipients;
                months[month] = months.GetValueOrDefault(month) + recipients;
                if (random.Next(10) == 0) use = PlanUse.Read(use.Days, use.Months);
                Assert.True(
                    use.OnDay(at) == days[day] && use.InMonth(at) == months[month],
                    $"seed {seed}, step {step}: {use.OnDay(at)} and {use.InMonth(at)} at {at:O}, the book says {days[day]} and {months[month]}");
            }
        }
    }

    private void Accept(int recipients, DateTimeOffset at, long? perDay, long? perMonth)
    {
        Assert.Null(Check(perDay, perMonth, recipients, at));
        _use.Count(recipients, at);
    }

    private PlanRefusal? Check(long? perDay, long? perMonth, int recipients, DateTimeOffset at) =>
        PlanQuota.Check(perDay, perMonth, _use, recipients, at);
}
