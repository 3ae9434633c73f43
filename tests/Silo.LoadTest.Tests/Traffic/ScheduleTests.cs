using Silo.LoadTest.Traffic;
using Xunit;

namespace Silo.LoadTest.Tests.Traffic;

public sealed class ScheduleTests
{
    private const int Seed = 42;

    [Fact]
    public void A_constant_rate_of_several_senders_is_one_of_equal_gaps()
    {
        const int senders = 4;
        var all = new List<long>();
        for (var sender = 0; sender < senders; sender++)
        {
            var schedule = new ArrivalSchedule(Arrivals.Constant, 1000, 1.0 / senders, sender, senders, null, new Random(Seed));
            for (var i = 0; i < 100; i++) all.Add(schedule.Next());
        }

        all.Sort();
        for (var i = 1; i < all.Count; i++) Assert.InRange(all[i] - all[i - 1], 9_999, 10_001);
    }

    [Fact]
    public void Poisson_arrivals_come_at_their_rate_and_are_as_uneven_as_chance()
    {
        var schedule = new ArrivalSchedule(Arrivals.Poisson, 1000, 1, 0, 1, null, new Random(Seed));
        var times = Enumerable.Range(0, 20_000).Select(_ => schedule.Next()).ToArray();
        var gaps = times.Zip(times.Skip(1), (a, b) => (double)(b - a)).ToArray();
        Assert.All(gaps, g => Assert.True(g >= 0));
        // Mean and deviation of exponential times between are the same: 1 ms here.
        Assert.InRange(gaps.Average() / TimeSpan.TicksPerMillisecond, 0.97, 1.03);
        var deviation = Math.Sqrt(gaps.Sum(g => Math.Pow(g - gaps.Average(), 2)) / gaps.Length);
        Assert.InRange(deviation / gaps.Average(), 0.95, 1.05);
    }

    [Fact]
    public void The_same_seed_gives_the_same_times()
    {
        long[] Times(int seed)
        {
            var schedule = new ArrivalSchedule(Arrivals.Poisson, 100, 0.5, 1, 2, new Burst(0.5, 7), new Random(seed));
            return [.. Enumerable.Range(0, 200).Select(_ => schedule.Next())];
        }

        Assert.Equal(Times(1), Times(1));
        Assert.NotEqual(Times(1), Times(2));
    }

    [Fact]
    public void A_burst_comes_whole_at_its_instant_on_top_of_the_rate_and_in_order()
    {
        const int senders = 3;
        var all = new List<long>();
        for (var sender = 0; sender < senders; sender++)
        {
            var schedule = new ArrivalSchedule(Arrivals.Constant, 10, 1.0 / senders, sender, senders, new Burst(1, 100), new Random(Seed));
            var last = 0L;
            for (var next = schedule.Next(); next <= 2 * TimeSpan.TicksPerSecond; next = schedule.Next())
            {
                Assert.True(next >= last);
                all.Add(last = next);
            }
        }

        Assert.Equal(100 + 1, all.Count(t => t == TimeSpan.TicksPerSecond));
        Assert.Equal(100 + 1, all.Count(t => t == 2 * TimeSpan.TicksPerSecond));
        Assert.Equal(200 + 21, all.Count);
    }

    [Fact]
    public void Bursts_alone_have_no_mail_between()
    {
        var schedule = new ArrivalSchedule(Arrivals.Poisson, 0, 1, 0, 1, new Burst(1, 2), new Random(Seed));
        Assert.Equal(
            [TimeSpan.TicksPerSecond, TimeSpan.TicksPerSecond, 2 * TimeSpan.TicksPerSecond],
            [schedule.Next(), schedule.Next(), schedule.Next()]);
    }

    [Fact]
    public void A_flood_is_always_due() =>
        Assert.Equal(0, new ArrivalSchedule(Arrivals.Flood, 0, 1, 0, 1, null, new Random(Seed)).Next());

    [Fact]
    public void Draws_come_as_often_as_their_weights_say()
    {
        var choice = new WeightedChoice([5, 0, 3, 2]);
        var random = new Random(Seed);
        var counts = new int[4];
        for (var i = 0; i < 100_000; i++) counts[choice.Draw(random)]++;
        Assert.Equal(0, counts[1]);
        Assert.InRange(counts[0], 49_000, 51_000);
        Assert.InRange(counts[2], 29_200, 30_800);
        Assert.InRange(counts[3], 19_300, 20_700);
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(5, 8)]
    [InlineData(300, 8)]
    public void Senders_share_the_traffic_and_every_tenant_keeps_its_part(int tenants, int senders)
    {
        var weights = TenantMix.Zipf(tenants, 1);
        var mix = new TenantMix(weights, senders);
        Assert.Equal(1, Enumerable.Range(0, senders).Sum(mix.ShareOf), 9);
        // No sender has much more to do than the others.
        Assert.All(Enumerable.Range(0, senders), s => Assert.True(mix.ShareOf(s) <= 2.0 / senders, $"{mix.ShareOf(s)}"));
        var random = new Random(Seed);
        var counts = new double[tenants];
        for (var s = 0; s < senders; s++)
        {
            if (mix.Of(s) is not var (own, choice)) continue;
            for (var i = 0; i < 20_000; i++) counts[own[choice.Draw(random)]] += mix.ShareOf(s) / 20_000;
        }

        Assert.Equal(weights[0] / weights.Sum(), counts[0], 2);
        Assert.All(counts, c => Assert.True(c > 0));
    }
}
