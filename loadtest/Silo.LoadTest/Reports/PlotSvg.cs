using System.Net;
using System.Text;
using Silo.LoadTest.Runs;

namespace Silo.LoadTest.Reports;

/// <summary>Series of one unit over the time of a run, as inline SVG without script: points tell their values by their titles.</summary>
internal static class PlotSvg
{
    /// <summary>Series beyond these are drawn in grey, without an entry in the legend.</summary>
    public const int MostColours = 8;

    private const int Width = 900;
    private const int Height = 300;
    private const int Left = 76;
    private const int Right = 16;
    private const int Top = 14;
    private const int Bottom = 46;
    private const int MostTitles = 120;
    private const int MostPoints = 1_200;
    private const double FarApart = 200;

    // With few points a line alone says little, or there is none.
    private const int MostVisiblePoints = 30;

    private static readonly string[] Dashes = ["", "7 3", "2 3", "9 3 2 3"];

    /// <param name="title">Of the plot, for who cannot see it.</param>
    /// <param name="series">All of one unit, at least one.</param>
    /// <param name="seconds">How long the run was.</param>
    public static string Draw(string id, string title, IReadOnlyList<RunSeries> series, double seconds)
    {
        var values = series.SelectMany(s => s.Points).Select(p => p.Value).OfType<double>().Where(double.IsFinite).ToArray();
        var end = Math.Max(seconds, series.SelectMany(s => s.Points).Select(p => p.At).DefaultIfEmpty(0).Max());
        var (across, up) = (PlotAxis.Time(end), Upwards(series[0].Unit, values));
        var svg = new StringBuilder();
        svg.Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-text\">");
        svg.Append($"<title id=\"{id}-title\">{Html(title)}</title>");
        svg.Append($"<desc id=\"{id}-text\">{Html(Describe(series))} The values are in the table below.</desc>");
        Axes(svg, across, up, series[0].Unit);
        for (var i = series.Count - 1; i >= 0; i--) Line(svg, i, series[i], across, up);
        return svg.Append("</svg>").ToString();
    }

    /// <summary>The legend, in HTML, with the same lines.</summary>
    public static string Legend(IReadOnlyList<RunSeries> series)
    {
        var legend = new StringBuilder("<ul class=\"legend\">");
        for (var i = 0; i < Math.Min(series.Count, MostColours); i++)
        {
            legend.Append("<li><svg width=\"30\" height=\"10\" aria-hidden=\"true\"><line x1=\"1\" x2=\"29\" y1=\"5\" y2=\"5\"");
            legend.Append($" class=\"line c{i}\"{Dash(i)}/></svg>{Html(series[i].Name)}</li>");
        }

        if (series.Count > MostColours)
            legend.Append($"<li class=\"others\">and {series.Count - MostColours} more, in grey</li>");
        return legend.Append("</ul>").ToString();
    }

    private static PlotAxis Upwards(string unit, double[] values)
    {
        var (min, max) = (values.Where(v => v > 0).DefaultIfEmpty(1).Min(), values.DefaultIfEmpty(1).Max());
        // Times of which some are a thousand times others would lie flat on the axis.
        var isFar = unit is "ms" or "s" or "µs" && max / min > FarApart;
        return isFar ? PlotAxis.Logarithmic(min, max) : PlotAxis.Linear(max);
    }

    private static void Axes(StringBuilder svg, PlotAxis across, PlotAxis up, string unit)
    {
        const int bottom = Height - Bottom;
        foreach (var tick in up.Ticks)
        {
            var y = Y(up, tick);
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:F1}\" y2=\"{y:F1}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{Left - 8}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{PlotAxis.Text(tick)}</text>");
        }

        foreach (var tick in across.Ticks)
        {
            var x = X(across, tick);
            svg.Append($"<line class=\"mark\" x1=\"{x:F1}\" x2=\"{x:F1}\" y1=\"{bottom}\" y2=\"{bottom + 5}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{x:F1}\" y=\"{bottom + 19}\" text-anchor=\"middle\">{PlotAxis.Text(tick)}</text>");
        }

        svg.Append($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Left}\" y1=\"{Top}\" y2=\"{bottom}\"/>");
        svg.Append($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{bottom}\" y2=\"{bottom}\"/>");
        svg.Append($"<text class=\"name\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\">");
        svg.Append("seconds since the run began</text>");
        var name = Html(unit) + (up.IsLogarithmic ? ", logarithmic" : "");
        svg.Append($"<text class=\"name\" transform=\"translate(14 {(Top + bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">");
        svg.Append(name).Append("</text>");
    }

    private static void Line(StringBuilder svg, int index, RunSeries series, PlotAxis across, PlotAxis up)
    {
        var points = Thin(series.Points, MostPoints);
        var path = new StringBuilder();
        var isOpen = false;
        foreach (var point in points)
        {
            if (point.Value is not { } value || !double.IsFinite(value))
            {
                isOpen = false;
                continue;
            }

            path.Append($"{(isOpen ? 'L' : 'M')}{X(across, point.At):F1} {Y(up, value):F1}");
            isOpen = true;
        }

        var colour = index < MostColours ? $"c{index}" : "others";
        if (path.Length > 0) svg.Append($"<path class=\"line {colour}\"{Dash(index)} d=\"{path}\"/>");
        if (index >= MostColours) return;
        var dot = series.Points.Count <= MostVisiblePoints ? "dot seen" : "dot";
        foreach (var point in Thin(series.Points, MostTitles))
        {
            if (point.Value is not { } value || !double.IsFinite(value)) continue;
            svg.Append($"<circle class=\"{dot} {colour}\" cx=\"{X(across, point.At):F1}\" cy=\"{Y(up, value):F1}\" r=\"3.5\">");
            svg.Append($"<title>{Html(series.Name)}: {PlotAxis.Text(value)} {Html(series.Unit)} ");
            svg.Append($"at {PlotAxis.Text(point.At)} s</title></circle>");
        }
    }

    /// <summary>No more than so many of them: of each stretch the highest, since it is the peaks that matter.</summary>
    internal static IReadOnlyList<RunPoint> Thin(IReadOnlyList<RunPoint> points, int most)
    {
        if (points.Count <= most) return points;
        var kept = new List<RunPoint>(most);
        for (var i = 0; i < most; i++)
        {
            var (from, to) = ((long)points.Count * i / most, (long)points.Count * (i + 1) / most);
            var best = points[(int)from];
            for (var j = from + 1; j < to; j++)
                if (points[(int)j].Value is { } value && !(best.Value >= value)) best = points[(int)j];
            kept.Add(best);
        }

        return kept;
    }

    private static string Describe(IReadOnlyList<RunSeries> series) => string.Join(' ', series.Take(MostColours).Select(s =>
    {
        var values = s.Points.Select(p => p.Value).OfType<double>().Where(double.IsFinite).ToArray();
        if (values.Length == 0) return $"{s.Name}: nothing.";
        return $"{s.Name}: {PlotAxis.Text(values.Min())} to {PlotAxis.Text(values.Max())} {s.Unit}.";
    }));

    private static double X(PlotAxis axis, double at) => Left + axis.Place(at) * (Width - Left - Right);

    private static double Y(PlotAxis axis, double value) => Height - Bottom - axis.Place(value) * (Height - Top - Bottom);

    private static string Dash(int index) =>
        Dashes[index / 2 % Dashes.Length] is { Length: > 0 } dash ? $" stroke-dasharray=\"{dash}\"" : "";

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
