namespace Silo.Core.Reputation;

/// <summary>
/// Point probabilities of the binomial distribution by Loader's saddle-point form ("Fast and accurate computation of binomial
/// probabilities", 2000): no large logarithms of factorials cancel, so it is as exact at a million messages as at ten.
/// </summary>
internal static class Binomial
{
    // ln(n!) minus Stirling's formula, where the series below is not yet exact.
    private static readonly double[] StirlingErrors = SmallStirlingErrors();

    /// <summary>
    /// The probability of exactly <paramref name="count"/> (1 to volume) of <paramref name="volume"/>, at a rate in (0, 1).
    /// </summary>
    public static double Probability(long count, long volume, double rate)
    {
        if (count == volume) return Math.Exp(volume * Math.Log(rate));
        double k = count, n = volume, rest = n - k;
        var exponent = StirlingError(volume) - StirlingError(count) - StirlingError(volume - count)
            - Deviance(k, n * rate) - Deviance(rest, n * (1 - rate));
        return Math.Exp(exponent) * Math.Sqrt(n / (2 * Math.PI * k * rest));
    }

    // x ln(x/m) + m - x, by a series where the terms would cancel.
    private static double Deviance(double x, double m)
    {
        if (Math.Abs(x - m) >= 0.1 * (x + m)) return (x * Math.Log(x / m)) + m - x;
        var v = (x - m) / (x + m);
        var sum = (x - m) * v;
        var term = 2 * x * v;
        for (var j = 1; ; j++)
        {
            term *= v * v;
            var next = sum + (term / ((2 * j) + 1));
            if (next == sum) return sum;
            sum = next;
        }
    }

    private static double StirlingError(long n)
    {
        if (n < StirlingErrors.Length) return StirlingErrors[n];
        var inverse = 1 / (double)n;
        var square = inverse * inverse;
        return inverse * ((1 / 12d) - (square * ((1 / 360d) - (square * ((1 / 1260d) - (square * ((1 / 1680d) - (square / 1188))))))));
    }

    private static double[] SmallStirlingErrors()
    {
        var errors = new double[24];
        var factorial = 1d;
        for (var n = 1; n < errors.Length; n++)
        {
            factorial *= n;
            // Compared as a ratio near 1, not as a difference of logarithms. 22! is the last factorial that a double holds exactly.
            errors[n] = Math.Log(factorial / (Math.Sqrt(2 * Math.PI * n) * Math.Pow(n / Math.E, n)));
        }

        return errors;
    }
}
