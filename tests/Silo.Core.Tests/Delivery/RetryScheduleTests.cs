using Silo.Core.Delivery;
using Xunit;

namespace Silo.Core.Tests.Delivery;

public class RetryScheduleTests
{
    private static readonly DateTimeOffset Accepted = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_whole_schedule_without_jitter() =>
        Assert.Equal([2, 6, 14, 30, 62, 126, 216, 306, 396, 486, 576, 666, 756, 839], AttemptMinutes(0));

    [Fact]
    public void The_whole_schedule_with_nearly_the_largest_jitter() =>
        Assert.Equal([2, 7, 17, 37, 77, 156, 268, 379, 491, 603, 714, 826, 839], AttemptMinutes(0.96));

    [Fact]
    public void A_short_lifetime_ends_with_an_attempt_just_before_its_end()
    {
        var lifetime = TimeSpan.FromMinutes(5);

        Assert.Equal(TimeSpan.FromMinutes(2), RetrySchedule.NextDelay(1, TimeSpan.Zero, 0, lifetime));
        Assert.Equal(TimeSpan.FromMinutes(2), RetrySchedule.NextDelay(2, TimeSpan.FromMinutes(2), 0, lifetime));
        Assert.Null(RetrySchedule.NextDelay(3, TimeSpan.FromMinutes(4), 0, lifetime));
    }

    [Fact]
    public void An_attempt_number_of_any_size_and_an_age_below_zero_are_taken()
    {
        Assert.Equal(RetrySchedule.LongestDelay, RetrySchedule.NextDelay(int.MaxValue, TimeSpan.FromHours(-3), 0));
        Assert.Null(RetrySchedule.NextDelay(1, TimeSpan.MaxValue, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetrySchedule.NextDelay(0, TimeSpan.Zero, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetrySchedule.NextDelay(1, TimeSpan.Zero, 1));
    }

    [Fact]
    public void The_lifetime_counts_from_the_first_attempt_and_waiting_before_it_costs_none()
    {
        Assert.Null(RetrySchedule.ExpiresAt(Accepted, null, null));
        Assert.False(RetrySchedule.HasExpired(Accepted, null, null, Accepted.AddDays(30)));

        var first = Accepted.AddDays(2);
        Assert.False(RetrySchedule.HasExpired(Accepted, first, null, first.AddHours(14).AddTicks(-1)));
        Assert.True(RetrySchedule.HasExpired(Accepted, first, null, first.AddHours(14)));
    }

    [Fact]
    public void MaxDeliverySeconds_counts_from_acceptance_with_or_without_an_attempt()
    {
        Assert.Equal(Accepted.AddSeconds(300), RetrySchedule.ExpiresAt(Accepted, null, 300));
        Assert.Equal(Accepted.AddSeconds(300), RetrySchedule.ExpiresAt(Accepted, Accepted.AddSeconds(200), 300));
        Assert.True(RetrySchedule.HasExpired(Accepted, null, 300, Accepted.AddSeconds(300)));
    }

    private static IEnumerable<int> AttemptMinutes(double jitter)
    {
        var age = TimeSpan.Zero;
        for (var attempt = 1; RetrySchedule.NextDelay(attempt, age, jitter) is { } delay; attempt++)
        {
            age += delay;
            yield return (int)Math.Round(age.TotalMinutes);
        }
    }
}
