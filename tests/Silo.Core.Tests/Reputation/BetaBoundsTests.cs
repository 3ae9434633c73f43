using FsCheck;
using FsCheck.Fluent;
using Silo.Core.Reputation;
using Xunit;

namespace Silo.Core.Tests.Reputation;

public class BetaBoundsTests
{
    // Computed with 40 digits by summing binomial terms (mpmath); the 95 % rows stand in every table of Clopper-Pearson limits.
    [Theory]
    [InlineData(0, 10, 0.025, 0.0, 0.308497107818761)]
    [InlineData(1, 10, 0.025, 0.00252857854446178, 0.445016117028195)]
    [InlineData(5, 10, 0.025, 0.187086028447399, 0.812913971552601)]
    [InlineData(10, 10, 0.025, 0.691502892181239, 1.0)]
    [InlineData(15, 100, 0.025, 0.0864543856416486, 0.235307500148955)]
    [InlineData(3, 200, 0.00135, 0.00106318394362854, 0.0618871646060992)]
    [InlineData(42, 200, 0.00135, 0.131373888445706, 0.307414365407552)]
    [InlineData(12, 1000, 0.00045, 0.00369487271992101, 0.0281478627562739)]
    [InlineData(150, 1000, 0.00045, 0.114803608980059, 0.190652512288823)]
    [InlineData(30, 10000, 0.00045, 0.00150795784777333, 0.00528170012662701)]
    [InlineData(1100, 10000, 0.00135, 0.100812743333561, 0.11968479298325)]
    public void Bounds_equal_the_table(long count, long volume, double alpha, double lower, double upper)
    {
        Assert.Equal(lower, BetaBounds.Lower(count, volume, alpha), 1e-12);
        Assert.Equal(upper, BetaBounds.Upper(count, volume, alpha), 1e-12);
    }

    [Theory]
    [InlineData(100_300, 1_000_000, 0.1, 0.159058444547162)]
    [InlineData(5_250, 1_000_000, 0.005, 0.000223246295524852)]
    [InlineData(1_001_000, 10_000_000, 0.1, 0.1460444761145)]
    public void Tails_are_as_exact_at_millions(long count, long volume, double rate, double tail) =>
        Assert.Equal(1, BetaBounds.UpperTail(count, volume, rate) / tail, 1e-10);

    [Fact]
    public void Without_volume_nothing_is_known()
    {
        Assert.Equal(0, BetaBounds.Lower(0, 0, 0.01));
        Assert.Equal(1, BetaBounds.Upper(0, 0, 0.01));
        Assert.False(BetaBounds.LowerExceeds(0, 0, 0.1, 0.01));
        Assert.False(BetaBounds.UpperIsBelow(0, 0, 0.1, 0.01));
    }

    [Fact]
    public void Bounds_enclose_the_ratio_and_rise_with_the_count() => ForAll((count, volume, alpha, _) =>
    {
        var (lower, upper) = (BetaBounds.Lower(count, volume, alpha), BetaBounds.Upper(count, volume, alpha));
        var ratio = (double)count / volume;
        return lower <= ratio && ratio <= upper
            && (count == volume || BetaBounds.Lower(count + 1, volume, alpha) > lower)
            && (count == 0 || BetaBounds.Upper(count - 1, volume, alpha) < upper)
            && BetaBounds.Lower(count, volume, alpha / 2) <= lower
            && BetaBounds.Upper(count, volume, alpha / 2) >= upper;
    });

    [Fact]
    public void The_two_bounds_mirror_each_other() => ForAll((count, volume, alpha, _) =>
        Math.Abs(BetaBounds.Lower(count, volume, alpha) - (1 - BetaBounds.Upper(volume - count, volume, alpha))) < 1e-11);

    [Fact]
    public void Comparing_with_a_threshold_agrees_with_inverting() => ForAll((count, volume, alpha, threshold) =>
    {
        var (lower, upper) = (BetaBounds.Lower(count, volume, alpha), BetaBounds.Upper(count, volume, alpha));
        return (Math.Abs(lower - threshold) < 1e-12 || BetaBounds.LowerExceeds(count, volume, threshold, alpha) == lower > threshold)
            && (Math.Abs(upper - threshold) < 1e-12 || BetaBounds.UpperIsBelow(count, volume, threshold, alpha) == upper < threshold);
    });

    [Fact]
    public void What_is_skipped_as_noise_would_never_have_been_significant()
    {
        foreach (var threshold in new[] { 0.001, 0.005, 0.01, 0.1, 0.15, 0.3, 0.499 })
        foreach (var volume in new[] { 1, 2, 5, 20, 100, 200, 1000, 5000, 40_000 })
        {
            var excess = 1.5 * Math.Sqrt(volume * threshold * (1 - threshold));
            var count = (long)Math.Ceiling((volume * threshold) + excess) - 1;
            if (count <= volume * threshold || count > volume) continue;
            Assert.True(BetaBounds.UpperTail(count, volume, threshold) >= 0.05, $"{count} of {volume} at {threshold}");
        }
    }

    private static void ForAll(Func<long, long, double, double, bool> property)
    {
        var cases =
            from volume in Gen.Choose(1, 3000)
            from count in Gen.Frequency((3, Gen.Choose(0, volume)), (2, Gen.Choose(0, Math.Min(volume, 1 + (volume / 8)))))
            from alpha in Gen.Elements(0.05, 0.025, 0.00135, 0.00045, 1e-6)
            from threshold in Gen.Elements(0.005, 0.01, 0.1, 0.15)
            select (count, volume, alpha, threshold);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(500),
            Prop.ForAll(cases.ToArbitrary(), c => property(c.count, c.volume, c.alpha, c.threshold)));
    }
}
