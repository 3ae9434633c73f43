using Silo.LoadTest.Traffic;
using Xunit;

namespace Silo.LoadTest.Tests.Traffic;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void A_percentile_is_at_most_one_part_in_64_above_the_truth_and_never_below()
    {
        const int seed = 20260302;
        var random = new Random(seed);
        var values = Enumerable.Range(0, 20_000).Select(_ => (long)Math.Exp(random.NextDouble() * 20)).Order().ToArray();
        var histogram = new LatencyHistogram();
        foreach (var value in values) histogram.Add(value);
        foreach (var share in new[] { 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            var truth = values[(int)Math.Ceiling(share * values.Length) - 1] / 1000.0;
            Assert.InRange(histogram.At(share)!.Value, truth, (truth * (1 + (1 / 64.0))) + 0.001);
        }
    }

    [Fact]
    public void Small_values_and_the_largest_are_exact()
    {
        var histogram = new LatencyHistogram();
        for (var i = 0; i < 64; i++) histogram.Add(i);
        histogram.Add(1_234_567);
        Assert.Equal(0.031, histogram.At(0.5 - (1 / 130.0)));
        Assert.Equal(1234.567, histogram.At(1));
        Assert.Equal(1_234_567, histogram.MaxMicroseconds);
        Assert.Equal(((63 * 64 / 2) + 1_234_567) / 65.0 / 1000, histogram.MeanMilliseconds!.Value, 9);
    }

    [Fact]
    public void Merged_histograms_are_one_of_all_values()
    {
        var random = new Random(7);
        var (one, other, both) = (new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram());
        for (var i = 0; i < 1_000; i++)
        {
            var value = random.NextInt64(1_000_000);
            (i % 3 == 0 ? one : other).Add(value);
            both.Add(value);
        }

        one.Add(other);
        Assert.Equal(both.Count, one.Count);
        foreach (var share in new[] { 0.01, 0.5, 0.99 }) Assert.Equal(both.At(share), one.At(share));
        one.Clear();
        Assert.Null(one.At(0.5));
        Assert.Equal(0, one.MaxMicroseconds);
    }

    [Fact]
    public void A_clock_that_steps_back_counts_as_no_time_and_an_age_as_the_longest()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(-5);
        Assert.Equal(0, histogram.At(1));
        histogram.Add(long.MaxValue);
        Assert.Equal((1L << 36) - 1, histogram.MaxMicroseconds);
    }
}
