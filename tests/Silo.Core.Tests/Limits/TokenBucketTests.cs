using Silo.Core.Limits;
using Xunit;

namespace Silo.Core.Tests.Limits;

public class TokenBucketTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_full_bucket_grants_its_burst_and_then_its_rate()
    {
        var bucket = new TokenBucket(10, 5, Start, full: true);

        Assert.Equal(5, bucket.ReserveUpTo(100, Start));
        Assert.False(bucket.TryReserve(1, Start));
        bucket.Consume(5, Start);

        Assert.Equal(Start.AddMilliseconds(100), bucket.AvailableAt(1, Start));
        Assert.False(bucket.TryReserve(1, Start.AddMilliseconds(100).AddTicks(-1)));
        Assert.True(bucket.TryReserve(1, Start.AddMilliseconds(100)));
    }

    [Fact]
    public void A_bucket_that_was_not_handed_over_cleanly_starts_empty() =>
        Assert.Equal(0, new TokenBucket(10, 5, Start, full: false).ReserveUpTo(1, Start));

    [Fact]
    public void Reserved_tokens_are_not_earned_a_second_time()
    {
        var bucket = new TokenBucket(10, 10, Start, full: true);
        Assert.Equal(10, bucket.ReserveUpTo(10, Start));

        Assert.Equal(0, bucket.Available(Start.AddMinutes(10)));
        bucket.Return(4);
        Assert.Equal(4, bucket.Available(Start.AddMinutes(20)));
    }

    [Fact]
    public void Consuming_without_an_instant_does_not_earn_for_the_time_before()
    {
        var bucket = new TokenBucket(10, 10, Start, full: true);
        bucket.ReserveUpTo(10, Start);

        bucket.Consume(10);

        Assert.Equal(0, bucket.Available(Start.AddMinutes(10)));
        Assert.Equal(10, bucket.Available(Start.AddMinutes(11)));
    }

    [Fact]
    public void A_message_larger_than_the_burst_leaves_from_a_full_bucket_and_puts_it_in_debt()
    {
        var bucket = new TokenBucket(10, 5, Start, full: true);

        Assert.True(bucket.TryReserve(1, Start));
        Assert.False(bucket.TryReserve(20, Start));
        bucket.Return(1);
        Assert.True(bucket.TryReserve(20, Start));
        bucket.Consume(20, Start);

        Assert.Equal(-15, bucket.Available(Start));
        Assert.Equal(Start.AddSeconds(1.6), bucket.AvailableAt(1, Start));
    }

    [Fact]
    public void A_burst_below_one_grants_one_at_a_time()
    {
        var bucket = new TokenBucket(0.5, 0.5, Start, full: true);

        Assert.Equal(1, bucket.ReserveUpTo(3, Start));
        bucket.Consume(1, Start);
        Assert.Equal(0, bucket.ReserveUpTo(3, Start.AddSeconds(1.9)));
        Assert.Equal(1, bucket.ReserveUpTo(3, Start.AddSeconds(2)));
    }

    [Fact]
    public void A_smaller_burst_turns_reservations_beyond_it_into_debt()
    {
        var bucket = new TokenBucket(1, 100, Start, full: true);
        bucket.ReserveUpTo(50, Start);

        bucket.Change(1, 10, Start);

        Assert.Equal(-40, bucket.Available(Start));
        bucket.Consume(50, Start);
        Assert.Equal(Start.AddSeconds(50), bucket.AvailableAt(10, Start));
    }

    [Fact]
    public void At_a_rate_of_zero_nothing_comes_back()
    {
        var bucket = new TokenBucket(0, 1, Start, full: false);

        Assert.Equal(DateTimeOffset.MaxValue, bucket.AvailableAt(1, Start));
        Assert.False(bucket.TryReserve(1, DateTimeOffset.MaxValue));
    }

    [Fact]
    public void More_than_was_reserved_cannot_be_consumed_or_returned()
    {
        var bucket = new TokenBucket(1, 10, Start, full: true);
        bucket.ReserveUpTo(2, Start);

        Assert.Throws<InvalidOperationException>(() => bucket.Consume(3, Start));
        Assert.Throws<InvalidOperationException>(() => bucket.Return(3));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(double.NaN, 1)]
    [InlineData(1, 0)]
    [InlineData(1, double.PositiveInfinity)]
    public void Limits_out_of_range_are_refused(double rate, double burst) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenBucket(rate, burst, Start, full: true));

    [Fact]
    public void Many_small_steps_earn_what_one_large_step_earns()
    {
        var small = new TokenBucket(0.1, 1000, Start, full: false);
        var large = new TokenBucket(0.1, 1000, Start, full: false);

        for (var tick = 1; tick <= 100_000; tick++) small.Available(Start.AddTicks(tick * 7));

        Assert.Equal(large.Available(Start.AddTicks(700_000)), small.Available(Start.AddTicks(700_000)));
    }

    [Fact]
    public void No_window_of_true_time_exceeds_burst_plus_rate_plus_one_oversized_message_when_the_clock_steps_back()
    {
        for (var seed = 0; seed < 3000; seed++) RunWithSteppingClock(seed);
    }

    [Fact]
    public void A_hot_bucket_allocates_nothing()
    {
        var bucket = new TokenBucket(1000, 10, Start, full: true);
        Use(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Use(10_000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Use(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var now = Start.AddMilliseconds(i);
                if (bucket.TryReserve(1, now)) bucket.Consume(1, now);
            }
        }
    }

    private static void RunWithSteppingClock(int seed)
    {
        var random = new Random(seed);
        var rate = Math.Round(random.NextDouble() * 50, 3);
        var burst = random.Next(1, 20);
        var largest = 0d;
        var namesInstants = seed % 2 == 0;
        var trueTime = Start;
        var bucket = new TokenBucket(rate, burst, Start, full: true);
        var held = new List<double>();
        var started = new List<(DateTimeOffset At, double Tokens)>();
        for (var step = 0; step < 120; step++)
        {
            trueTime += TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerMillisecond * 400));
            var reading = trueTime - TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerMillisecond * 150));
            switch (random.Next(6))
            {
                case 0 or 1:
                    var granted = bucket.ReserveUpTo(random.Next(1, 30), reading);
                    if (granted > 0) held.Add(granted);
                    break;
                case 2:
                    var size = random.Next(1, 40);
                    if (bucket.TryReserve(size, reading)) held.Add(size);
                    break;
                case 3 when held.Count > 0:
                    bucket.Return(held[^1]);
                    held.RemoveAt(held.Count - 1);
                    break;
                case 4 or 5 when held.Count > 0:
                    if (namesInstants) bucket.Consume(held[0], reading);
                    else bucket.Consume(held[0]);
                    started.Add((trueTime, held[0]));
                    largest = Math.Max(largest, held[0]);
                    held.RemoveAt(0);
                    break;
            }

            var at = bucket.AvailableAt(1, reading);
            if (namesInstants && at > reading && at != DateTimeOffset.MaxValue && held.Count == 0)
            {
                Assert.False(bucket.TryReserve(1, at.AddTicks(-1)), $"seed {seed}: granted before AvailableAt");
                trueTime = at > trueTime ? at : trueTime;
                Assert.True(bucket.TryReserve(1, at), $"seed {seed}: not granted at AvailableAt");
                held.Add(1);
            }
        }

        // A reading lags true time by at most 150 ms, so a window may hold what that much more time earns.
        for (var from = 0; from < started.Count; from++)
        {
            var sum = 0d;
            for (var to = from; to < started.Count; to++)
            {
                sum += started[to].Tokens;
                var seconds = (started[to].At - started[from].At).TotalSeconds + 0.15;
                var bound = burst + (rate * seconds) + Math.Max(0, largest - burst) + 1e-6;
                Assert.True(sum <= bound, $"seed {seed}: {sum} tokens in {seconds} s at rate {rate}, burst {burst}");
            }
        }
    }
}
