using Silo.Core.Limits;
using Xunit;

namespace Silo.Core.Tests.Limits;

public class AdaptiveRateTests
{
    private const int Seeds = 300;
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly AdaptiveRateLimits Usual = new();

    [Fact]
    public void It_stays_between_floor_and_ceiling_whatever_happens_and_whatever_the_clock_does()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var ceiling = 1 + random.NextDouble() * 1000;
            var rate = new AdaptiveRate(Usual, ceiling, random.NextDouble() * 2000, Start);
            var now = Start;
            for (var step = 0; step < 500; step++)
            {
                now += TimeSpan.FromSeconds(random.Next(-20, 60) * random.NextDouble());
                switch (random.Next(5))
                {
                    case 0:
                        rate.SlowDown(rate.Round - random.Next(2), "slow", now);
                        break;
                    case 1:
                        rate.SetCeiling(ceiling = 1 + random.NextDouble() * 1000, now);
                        break;
                    default:
                        rate.Accepted(rate.Round, now);
                        break;
                }

                var state = rate.StateAt(now);
                Assert.True(state.Rate >= Usual.Floor && state.Rate <= ceiling, $"seed {seed}, step {step}: {state}");
                Assert.True(state.Reason is null == state.SlowedSince is null, $"seed {seed}, step {step}: {state}");
                Assert.True(state.Reason is null || state.Rate < ceiling, $"seed {seed}, step {step}: {state}");
            }
        }
    }

    [Fact]
    public void What_was_under_way_together_slows_down_once()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var rate = new AdaptiveRate(Usual, 1000, 100 + random.Next(900), Start);
            var now = Start;
            for (var trip = 0; trip < 20; trip++)
            {
                var before = rate.RateAt(now);
                var round = rate.Round;
                var fell = 0;
                // Refusals and acceptances of one round trip come back in any order, and the clock may step.
                for (var i = 0; i < 50; i++)
                {
                    now += TimeSpan.FromMilliseconds(random.Next(-5, 10));
                    if (random.Next(3) == 0) rate.Accepted(rate.Round - 1, now);
                    else if (rate.SlowDown(round, "slow", now)) fell++;
                }

                Assert.True(fell == 1, $"seed {seed}: fell {fell} times in a round trip");
                Assert.Equal(Math.Max(Usual.Floor, before * Usual.Factor), rate.RateAt(now), 9);
            }
        }
    }

    [Fact]
    public void A_second_of_acceptances_at_the_full_rate_adds_the_step_and_less_use_adds_less()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var peak = 4 + random.NextDouble() * 996;
            var rate = new AdaptiveRate(Usual, 1_000_000, peak, Start);
            rate.SlowDown(0, "slow", Start);
            var use = random.NextDouble();
            var seconds = random.Next(1, 60);
            var now = Start;
            var whole = 0.0;
            var used = 0.0;
            while (whole < seconds)
            {
                // At the rate of the moment each acceptance is 1/rate of a second; only a share of them happens.
                var current = rate.RateAt(now);
                whole += 1 / current;
                now = Start + TimeSpan.FromSeconds(whole);
                if (random.NextDouble() >= use) continue;
                used += 1 / current;
                rate.Accepted(rate.Round, now);
            }

            Assert.Equal(peak / 2 + Usual.Step * Math.Sqrt(peak) * used, rate.RateAt(now), 3);
        }
    }

    [Theory]
    [InlineData(4, 5)]
    [InlineData(100, 25)]
    [InlineData(1000, 79)]
    public void The_way_back_from_a_half_takes_longer_with_the_root_of_the_rate(double peak, double seconds)
    {
        var rate = new AdaptiveRate(new AdaptiveRateLimits { Floor = 0.1 }, 1_000_000, peak, Start);
        rate.SlowDown(0, "slow", Start);
        var now = Start;
        while (rate.RateAt(now) < peak)
        {
            now += TimeSpan.FromSeconds(1 / rate.RateAt(now));
            rate.Accepted(rate.Round, now);
        }

        Assert.InRange((now - Start).TotalSeconds, seconds - 1, seconds + 1);
    }

    [Fact]
    public void Without_a_request_to_slow_down_it_comes_back_by_time_alone_and_the_reason_goes()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var rate = new AdaptiveRate(Usual, 500, 500, Start);
            var now = Start;
            for (var i = random.Next(1, 10); i > 0; i--) rate.SlowDown(rate.Round, "Maximum sending rate exceeded", now += TimeSpan.FromSeconds(1));
            var slowed = rate.StateAt(now);
            Assert.Equal(("Maximum sending rate exceeded", Start.AddSeconds(1)), (slowed.Reason, slowed.SlowedSince!.Value));
            // Nothing while it is fresh, however often it is asked.
            var quietEnds = now + Usual.Quiet;
            while (now < quietEnds)
            {
                Assert.Equal(slowed.Rate, rate.RateAt(now));
                now += TimeSpan.FromSeconds(random.Next(1, 40));
            }

            var last = slowed.Rate;
            while (now < quietEnds + Usual.Recovery)
            {
                Assert.True(rate.RateAt(now) >= last, $"seed {seed}");
                last = rate.RateAt(now);
                now += TimeSpan.FromSeconds(random.Next(1, 40));
            }

            Assert.Equal(new AdaptiveRateState(500, 500, null, null), rate.StateAt(now));
        }
    }

    [Fact]
    public void A_clock_that_steps_back_and_forth_earns_the_way_back_once()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var rate = new AdaptiveRate(Usual, 1000, 1000, Start);
            for (var i = 0; i < 10; i++) rate.SlowDown(rate.Round, "slow", Start);
            var latest = Start;
            var now = Start;
            for (var i = 0; i < 400; i++)
            {
                now += TimeSpan.FromSeconds(random.Next(-30, 31));
                if (now > latest) latest = now;
                rate.RateAt(now);
            }

            var recovered = Math.Max(0, (latest - Start - Usual.Quiet) / Usual.Recovery);
            Assert.Equal(Math.Min(1000, Usual.Floor + 1000 * recovered), rate.RateAt(latest), 6);
        }
    }

    [Fact]
    public void A_ceiling_that_held_the_rate_takes_it_along_and_one_that_did_not_leaves_it()
    {
        var rate = new AdaptiveRate(Usual, 14, 14, Start);
        rate.SetCeiling(50, Start);
        Assert.Equal(50, rate.RateAt(Start));
        rate.SlowDown(0, "slow", Start);
        rate.SetCeiling(100, Start);
        Assert.Equal(25, rate.RateAt(Start));
        rate.SetCeiling(10, Start);
        Assert.Equal(10, rate.RateAt(Start));
        Assert.Throws<ArgumentOutOfRangeException>(() => rate.SetCeiling(0.5, Start));
    }

    /// <summary>The loop as a whole: against a limit that nobody tells, several senders share it, use most of it, and are refused little.</summary>
    [Fact]
    public void Senders_that_share_an_unknown_limit_use_it_are_refused_little_and_share_fairly()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var limit = 20 + random.NextDouble() * 300;
            var senders = random.Next(1, 5);
            var roundTrip = TimeSpan.FromMilliseconds(20 + random.Next(200));
            var rates = Enumerable.Range(0, senders).Select(_ => new AdaptiveRate(Usual, 100_000, 1 + random.NextDouble() * limit * 2, Start)).ToArray();
            var (taken, refused) = (new long[senders], new long[senders]);
            var credit = new double[senders];
            var answers = new Queue<(DateTimeOffset At, int Sender, int Round, bool IsTaken)>();
            var tick = TimeSpan.FromMilliseconds(10);
            var room = 0.0;
            var now = Start;
            for (var step = 0; step < 60_000; step++)
            {
                now += tick;
                room = Math.Min(limit / 10, room + limit * tick.TotalSeconds);
                while (answers.TryPeek(out var answer) && answer.At <= now)
                {
                    answers.Dequeue();
                    if (answer.IsTaken) rates[answer.Sender].Accepted(answer.Round, now);
                    else rates[answer.Sender].SlowDown(answer.Round, "slow", now);
                }

                for (var k = 0; k < senders; k++)
                {
                    // Another one begins each time, so that none is always the first at the room that is left.
                    var sender = (k + step) % senders;
                    credit[sender] += rates[sender].RateAt(now) * tick.TotalSeconds;
                    for (; credit[sender] >= 1; credit[sender]--)
                    {
                        var isTaken = room >= 1;
                        if (isTaken) room--;
                        answers.Enqueue((now + roundTrip, sender, rates[sender].Round, isTaken));
                        // The first minute is for finding it.
                        if (step >= 6_000) (isTaken ? taken : refused)[sender]++;
                    }
                }
            }

            var use = taken.Sum() / (limit * 540);
            Assert.True(use > 0.7, $"seed {seed}: {use:P0} of {limit:0} a second used by {senders}");
            Assert.True(refused.Sum() < 0.06 * taken.Sum(), $"seed {seed}: {refused.Sum()} refused of {taken.Sum()}");
            Assert.True(taken.Max() < 3 * taken.Min(), $"seed {seed}: shares {string.Join(", ", taken)}");
        }
    }
}
