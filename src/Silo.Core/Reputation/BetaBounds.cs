namespace Silo.Core.Reputation;

/// <summary>
/// Exact confidence bounds of a proportion after Clopper and Pearson (1934), each one-sided: the true rate lies below
/// <see cref="Lower"/> with a probability of at most alpha, and above <see cref="Upper"/> likewise. They hold at any volume, which
/// approximations do not at the few complaints and bounces that decide here.
/// </summary>
public static class BetaBounds
{
    // Steps of the continued fraction: about the square root of the volume are needed.
    private const int MaxSteps = 100_000;

    /// <summary>
    /// The smallest rate at which <paramref name="count"/> or more of <paramref name="volume"/> has a probability of alpha.
    /// </summary>
    /// <param name="count">0 to <paramref name="volume"/>.</param>
    /// <param name="volume">0 or more; at 0 nothing is known and the bound is 0.</param>
    /// <param name="alpha">One-sided error level, above 0, below 1.</param>
    public static double Lower(long count, long volume, double alpha)
    {
        Check(count, volume, alpha);
        if (count == 0) return 0;
        return Solve(rate => UpperTail(count, volume, rate) < alpha);
    }

    /// <summary>
    /// The largest rate at which <paramref name="count"/> or fewer of <paramref name="volume"/> has a probability of alpha.
    /// </summary>
    /// <param name="count">0 to <paramref name="volume"/>.</param>
    /// <param name="volume">0 or more; at 0 nothing is known and the bound is 1.</param>
    /// <param name="alpha">One-sided error level, above 0, below 1.</param>
    public static double Upper(long count, long volume, double alpha)
    {
        Check(count, volume, alpha);
        if (count == volume) return 1;
        return Solve(rate => LowerTail(count, volume, rate) > alpha);
    }

    /// <summary><c>Lower(count, volume, alpha) &gt; threshold</c> by one binomial tail at most, without inverting anything.</summary>
    public static bool LowerExceeds(long count, long volume, double threshold, double alpha)
    {
        Check(count, volume, alpha);
        if (count == 0 || count <= volume * threshold) return false;
        return !IsWithinNoise(count, volume, threshold, alpha) && UpperTail(count, volume, threshold) < alpha;
    }

    /// <summary><c>Upper(count, volume, alpha) &lt; threshold</c> by one binomial tail at most, without inverting anything.</summary>
    public static bool UpperIsBelow(long count, long volume, double threshold, double alpha)
    {
        Check(count, volume, alpha);
        if (count >= volume * threshold) return false;
        return LowerTail(count, volume, threshold) < alpha;
    }

    /// <summary>
    /// The probability of <paramref name="count"/> or more of <paramref name="volume"/> at a true rate of <paramref name="rate"/>.
    /// </summary>
    internal static double UpperTail(long count, long volume, double rate)
    {
        if (count <= 0 || rate >= 1) return 1;
        if (count > volume || rate <= 0) return 0;
        double a = count, b = volume - count + 1;
        return rate < (a + 1) / (a + b + 2)
            ? Binomial.Probability(count, volume, rate) * (1 - rate) * ContinuedFraction(a, b, rate)
            : 1 - (Binomial.Probability(volume - count + 1, volume, 1 - rate) * rate * ContinuedFraction(b, a, 1 - rate));
    }

    /// <summary>
    /// The probability of <paramref name="count"/> or fewer of <paramref name="volume"/> at a true rate of <paramref name="rate"/>.
    /// </summary>
    internal static double LowerTail(long count, long volume, double rate) => UpperTail(volume - count, volume, 1 - rate);

    // Below a rate of one half the upper tail of the binomial is heavier than the normal one, so 1.5 standard deviations (a tail of
    // 0.067) cannot be significant at 0.05. This spares the continued fraction to nearly everyone who lives close to a threshold.
    private static bool IsWithinNoise(long count, long volume, double threshold, double alpha)
    {
        if (alpha > 0.05 || threshold > 0.5) return false;
        var excess = count - (volume * threshold);
        return excess * excess < 2.25 * volume * threshold * (1 - threshold);
    }

    // The condition holds from 0 up to the bound.
    private static double Solve(Func<double, bool> liesBelowBound)
    {
        double low = 0, high = 1;
        while (true)
        {
            var middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high || high - low < 1e-17) return middle;
            if (liesBelowBound(middle)) low = middle;
            else high = middle;
        }
    }

    // The continued fraction of the incomplete beta function by Lentz's method (DLMF 8.17.22); converges fast where it is used.
    private static double ContinuedFraction(double a, double b, double x)
    {
        const double tiny = 1e-300;
        var c = 1d;
        var d = 1 / NotZero(1 - ((a + b) * x / (a + 1)));
        var value = d;
        for (var m = 1; m <= MaxSteps; m++)
        {
            var even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = 1 / NotZero(1 + (even * d));
            c = NotZero(1 + (even / c));
            value *= d * c;
            var odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / NotZero(1 + (odd * d));
            c = NotZero(1 + (odd / c));
            var step = d * c;
            value *= step;
            if (Math.Abs(step - 1) < 1e-15) break;
        }

        return value;

        static double NotZero(double v) => Math.Abs(v) < tiny ? tiny : v;
    }

    private static void Check(long count, long volume, double alpha)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, volume);
        if (alpha is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(alpha), alpha, null);
    }
}
