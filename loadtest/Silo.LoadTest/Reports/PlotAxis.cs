using System.Globalization;

namespace Silo.LoadTest.Reports;

/// <summary>One axis: where values lie on it, and which of them are written beside it.</summary>
internal sealed class PlotAxis
{
    private readonly double _from;
    private readonly double _to;
    private readonly bool _isLogarithmic;

    private PlotAxis(double from, double to, bool isLogarithmic, IReadOnlyList<double> ticks) =>
        (_from, _to, _isLogarithmic, Ticks) = (from, to, isLogarithmic, ticks);

    public IReadOnlyList<double> Ticks { get; }

    public bool IsLogarithmic => _isLogarithmic;

    /// <summary>From zero, to a round number that is at least <paramref name="max"/>.</summary>
    /// <param name="about">How many ticks would be good.</param>
    public static PlotAxis Linear(double max, int about = 5)
    {
        if (!(max > 0) || !double.IsFinite(max)) max = 1;
        var step = Round(max / about);
        var count = (int)Math.Ceiling(max / step - 1e-9);
        return new PlotAxis(0, count * step, false, [.. Enumerable.Range(0, count + 1).Select(i => i * step)]);
    }

    /// <summary>Over the time of a run: as above, but it ends with the run.</summary>
    public static PlotAxis Time(double seconds)
    {
        var whole = Linear(Math.Max(seconds, 1e-3), 8);
        return new PlotAxis(0, Math.Max(seconds, 1e-3), false, [.. whole.Ticks.Where(t => t <= seconds * 1.0001)]);
    }

    /// <summary>Powers of ten around values that lie far apart; all above 0.</summary>
    public static PlotAxis Logarithmic(double min, double max)
    {
        var (first, last) = ((int)Math.Floor(Math.Log10(min)), (int)Math.Ceiling(Math.Log10(max)));
        if (last == first) last++;
        return new PlotAxis(
            Math.Pow(10, first), Math.Pow(10, last), true, [.. Enumerable.Range(first, last - first + 1).Select(e => Math.Pow(10, e))]);
    }

    /// <summary>0 at its beginning, 1 at its end.</summary>
    public double Place(double value)
    {
        if (!_isLogarithmic) return (value - _from) / (_to - _from);
        var clamped = Math.Max(value, _from);
        return (Math.Log10(clamped) - Math.Log10(_from)) / (Math.Log10(_to) - Math.Log10(_from));
    }

    /// <summary>A value as a reader wants it: thousands apart, no more than three figures behind what is known.</summary>
    public static string Text(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("#,0.##", CultureInfo.InvariantCulture),
        >= 0.001 => value.ToString("0.####", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##E+0", CultureInfo.InvariantCulture),
    };

    // 1, 2, 2.5, 5 or 10 times a power of ten.
    private static double Round(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        foreach (var times in new[] { 1, 2, 2.5, 5 })
            if (step <= times * power * 1.0000001) return times * power;
        return 10 * power;
    }
}
