namespace Silo.Server.WebConsole.Charts;

/// <summary>Round marks for an axis: steps of 1, 2 or 5 times a power of ten.</summary>
public static class ChartAxis
{
    /// <summary>From 0 to at least <paramref name="max"/>, in about <paramref name="steps"/> steps; the last one is the end of the axis.</summary>
    /// <param name="max">0 and up; NaN and infinities count as 0.</param>
    /// <param name="steps">2 to 10.</param>
    public static IReadOnlyList<double> Marks(double max, int steps = 4)
    {
        if (!double.IsFinite(max) || max <= 0) return [0, 1];
        var rough = max / steps;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = (rough / power) switch { <= 1 => power, <= 2 => 2 * power, <= 5 => 5 * power, _ => 10 * power };
        var count = (int)Math.Ceiling(max / step - 1e-9);
        return [.. Enumerable.Range(0, count + 1).Select(i => i * step)];
    }

    /// <summary>Instants to name between two others: whole hours, days or weeks, at most <paramref name="max"/> of them.</summary>
    public static IReadOnlyList<DateTimeOffset> Marks(DateTimeOffset from, DateTimeOffset to, int max = 8)
    {
        if (to <= from) return [from];
        ReadOnlySpan<int> minutes = [1, 5, 15, 30, 60, 180, 360, 720, 1440, 2 * 1440, 7 * 1440, 14 * 1440, 30 * 1440];
        var step = TimeSpan.FromDays(30 * Math.Ceiling((to - from).TotalDays / 30 / max));
        foreach (var candidate in minutes)
        {
            if ((to - from).TotalMinutes / candidate > max) continue;
            step = TimeSpan.FromMinutes(candidate);
            break;
        }

        var first = new DateTimeOffset((from.UtcTicks + step.Ticks - 1) / step.Ticks * step.Ticks, TimeSpan.Zero);
        List<DateTimeOffset> marks = [];
        for (var mark = first; mark <= to; mark += step) marks.Add(mark);
        return marks;
    }
}
