using Silo.Core.Limits;
using Xunit;

namespace Silo.Core.Tests.Limits;

public class RollingQuotaTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public void Takes_up_to_the_limit_and_no_more()
    {
        var quota = new RollingQuota(100, Day);

        Assert.True(quota.TryTake(60, Start));
        Assert.False(quota.TryTake(41, Start));
        Assert.Equal(40, quota.TakeUpTo(50, Start));
        Assert.Equal(0, quota.TakeUpTo(50, Start));
        Assert.Equal(100, quota.Used(Start));
    }

    [Fact]
    public void What_was_taken_comes_back_between_24_hours_and_24_hours_ten_minutes_later()
    {
        var quota = new RollingQuota(100, Day);
        quota.TryTake(100, Start);

        var at = quota.AvailableAt(1, Start);

        Assert.InRange(at - Start, Day, Day + TimeSpan.FromMinutes(10));
        Assert.False(quota.TryTake(1, at.AddTicks(-1)));
        Assert.True(quota.TryTake(100, at));
    }

    [Fact]
    public void One_that_was_saved_goes_on_in_another_process_as_if_nothing_had_happened()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var (one, other) = (new RollingQuota(500, Day), new RollingQuota(500, Day));
            var now = Start;
            for (var step = 0; step < 300; step++)
            {
                now += TimeSpan.FromMinutes(random.Next(20) == 0 ? -random.Next(30) : random.Next(40));
                if (random.Next(5) == 0) other = RollingQuota.Restore(500, Day, other.Save());
                var wanted = random.Next(30);
                Assert.True(one.TakeUpTo(wanted, now) == other.TakeUpTo(wanted, now), $"seed {seed}");
                Assert.True(one.Used(now) == other.Used(now) && one.AvailableAt(100, now) == other.AvailableAt(100, now), $"seed {seed}");
            }
        }

        var latest = new RollingQuota(1, Day).Save().LatestSlot + 1_000;
        Assert.Throws<ArgumentException>(() => RollingQuota.Restore(1, Day, new(latest, [new(latest + 1, 1)])));
        Assert.Throws<ArgumentException>(() => RollingQuota.Restore(1, Day, new(latest, [new(latest - 290, 1)])));
        Assert.Throws<ArgumentException>(() => RollingQuota.Restore(1, Day, new(latest, [new(latest, -1)])));
    }

    [Fact]
    public void More_than_the_limit_is_never_available() =>
        Assert.Equal(DateTimeOffset.MaxValue, new RollingQuota(10, Day).AvailableAt(11, Start));

    [Fact]
    public void What_is_given_back_can_be_taken_again()
    {
        var quota = new RollingQuota(100, Day);
        quota.TryTake(100, Start);

        quota.GiveBack(30, Start);

        Assert.Equal(70, quota.Used(Start.AddMinutes(1)));
        Assert.True(quota.TryTake(30, Start.AddMinutes(1)));
    }

    [Fact]
    public void Giving_back_what_has_aged_out_changes_nothing()
    {
        var quota = new RollingQuota(100, Day);
        quota.TryTake(10, Start);
        quota.TryTake(20, Start.AddDays(2));

        quota.GiveBack(10, Start);

        Assert.Equal(20, quota.Used(Start.AddDays(2)));
    }

    [Fact]
    public void Below_a_lowered_limit_nothing_is_taken_until_enough_has_aged()
    {
        var quota = new RollingQuota(100, Day);
        quota.TryTake(80, Start);

        quota.Limit = 50;

        Assert.Equal(0, quota.TakeUpTo(1, Start));
        Assert.Equal(50, quota.TakeUpTo(100, quota.AvailableAt(50, Start)));
    }

    [Fact]
    public void No_24_hours_of_true_time_exceed_the_limit_when_the_clock_steps_back()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var limit = random.Next(1, 500);
            var quota = new RollingQuota(limit, Day);
            var trueTime = Start.AddTicks(random.NextInt64(TimeSpan.TicksPerDay));
            var takes = new List<(DateTimeOffset At, int Count)>();
            for (var step = 0; step < 300; step++)
            {
                trueTime += TimeSpan.FromTicks((long)(Math.Pow(random.NextDouble(), 4) * TimeSpan.TicksPerHour * 30));
                var reading = trueTime - TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerMinute * 5));
                if (random.Next(4) == 0 && takes.Count > 0)
                {
                    var index = random.Next(takes.Count);
                    var back = random.Next(takes[index].Count + 1);
                    // What the caller remembers is the reading, which lags.
                    quota.GiveBack(back, takes[index].At - TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerMinute * 5)));
                    takes[index] = (takes[index].At, takes[index].Count - back);
                    continue;
                }

                var at = quota.AvailableAt(1, reading);
                if (random.Next(3) == 0 && at > trueTime) trueTime = reading = at;
                var wanted = random.Next(1, 200);
                var taken = random.Next(2) == 0 ? quota.TakeUpTo(wanted, reading) : quota.TryTake(wanted, reading) ? wanted : 0;
                if (taken > 0) takes.Add((trueTime, taken));
                else Assert.True(at > reading || wanted > 1, $"seed {seed}: nothing taken at AvailableAt");
            }

            for (var from = 0; from < takes.Count; from++)
            {
                var sum = takes.Skip(from).TakeWhile(take => take.At - takes[from].At <= Day).Sum(take => (long)take.Count);
                Assert.True(sum <= limit, $"seed {seed}: {sum} in 24 hours at a limit of {limit}");
            }
        }
    }
}
