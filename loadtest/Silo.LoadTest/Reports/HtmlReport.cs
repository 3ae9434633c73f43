using System.Net;
using System.Text;
using Silo.LoadTest.Runs;

namespace Silo.LoadTest.Reports;

/// <summary>One page of a run that needs nothing else: no script, no network, plots as SVG with their values in tables.</summary>
internal static class HtmlReport
{
    private const int MostRows = 200;

    // A fact of several lines, such as a configuration file, or a long one, has its own place to open.
    private const int ShortFact = 160;

    private static readonly (string Plot, string Title)[] Plots =
    [
        ("throughput", "Throughput"), ("latency", "Latency"), ("fairness", "Fairness between tenants"), ("queue", "Queue"), ("cpu", "CPU"),
        ("memory", "Memory"), ("gc", "Garbage collection"),
    ];

    public static string Write(RunRecord record)
    {
        var html = new StringBuilder();
        var failed = record.Verdicts.Count(v => !v.Passed);
        html.Append($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Text(record.Scenario)} – load test of Silo</title><style>{ReportStyle.Css}</style></head><body>
            <h1>{Text(record.Scenario)}</h1>
            <p class="about">Began {record.Began.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, took {PlotAxis.Text(record.Seconds)} s.
            <code>{Text(record.Command)}</code></p>

            """);
        if (record.Verdicts.Count > 0)
        {
            var all = record.Verdicts.Count;
            html.Append($"<p><span class=\"badge {(failed == 0 ? "good" : "bad")}\">");
            html.Append(failed == 0 ? $"✓ all {all} promises kept" : $"✗ {failed} of {all} promises broken").Append("</span></p>");
            Verdicts(html, record.Verdicts);
        }

        Figures(html, record.Figures);
        var order = 0;
        foreach (var plot in record.Series.GroupBy(s => s.Plot).OrderBy(g => Place(g.Key)))
            Plot(html, order++, plot.Key, [.. plot], record.Seconds);
        Facts(html, record.Facts);
        return html.Append("</body></html>\n").ToString();
    }

    private static int Place(string plot)
    {
        var at = Array.FindIndex(Plots, p => p.Plot == plot);
        return at < 0 ? Plots.Length : at;
    }

    private static void Verdicts(StringBuilder html, IReadOnlyList<RunVerdict> verdicts)
    {
        html.Append("<h2>Promises</h2><table><thead><tr><th>Promise</th><th>Asked</th><th>Measured</th><th>Verdict</th></tr></thead>");
        html.Append("<tbody>");
        // What failed comes first.
        foreach (var v in verdicts.OrderBy(v => v.Passed))
        {
            html.Append($"<tr><td>{Text(v.Name)}</td><td>{Text(v.Asked)}</td><td>{Text(v.Measured)}</td>");
            html.Append(v.Passed ? "<td class=\"good\">✓ pass</td></tr>" : "<td class=\"bad\">✗ fail</td></tr>");
        }

        html.Append("</tbody></table>\n");
    }

    private static void Figures(StringBuilder html, IReadOnlyList<RunFigure> figures)
    {
        if (figures.Count == 0) return;
        html.Append("<h2>Figures</h2>");
        foreach (var group in figures.Where(f => Parts(f).Length == 3).GroupBy(f => Parts(f)[0])) SideBySide(html, group.Key, [.. group]);
        var single = figures.Where(f => Parts(f).Length != 3).ToArray();
        if (single.Length == 0) return;
        html.Append("<table><thead><tr><th>Figure</th><th class=\"number\">Value</th><th>Unit</th></tr></thead><tbody>");
        foreach (var f in single)
            html.Append($"<tr><td>{Text(f.Name)}</td><td class=\"number\">{Value(f.Value)}</td><td>{Text(f.Unit)}</td></tr>");
        html.Append("</tbody></table>\n");
    }

    /// <summary>Figures whose names say whose they are and what: a row for each of the former, a column for each of the latter.</summary>
    private static void SideBySide(StringBuilder html, string caption, RunFigure[] figures)
    {
        var columns = figures.Select(f => (Name: Parts(f)[2], f.Unit)).Distinct().ToArray();
        html.Append($"<table><caption>{Text(caption)}</caption><thead><tr><th></th>");
        foreach (var (name, unit) in columns) html.Append($"<th class=\"number\">{Text(name)}<br><small>{Text(unit)}</small></th>");
        html.Append("</tr></thead><tbody>");
        foreach (var row in figures.GroupBy(f => Parts(f)[1]))
        {
            html.Append($"<tr><th scope=\"row\">{Text(row.Key)}</th>");
            foreach (var (name, unit) in columns)
                html.Append($"<td class=\"number\">{Value(row.FirstOrDefault(f => Parts(f)[2] == name && f.Unit == unit)?.Value)}</td>");
            html.Append("</tr>");
        }

        html.Append("</tbody></table>\n");
    }

    private static string[] Parts(RunFigure figure) => figure.Name.Split(": ");

    private static void Plot(StringBuilder html, int order, string plot, RunSeries[] series, double seconds)
    {
        var known = Array.Find(Plots, p => p.Plot == plot).Title;
        var title = known ?? plot;
        html.Append($"<section><h2>{Text(title)}</h2>");
        var number = 0;
        // What has not the same unit has not the same axis.
        foreach (var same in series.GroupBy(s => s.Unit))
        {
            RunSeries[] drawn = [.. same];
            var id = $"plot-{order}-{number++}";
            html.Append("<figure>").Append(PlotSvg.Draw(id, $"{title}, in {same.Key}", drawn, seconds)).Append(PlotSvg.Legend(drawn));
            Values(html, drawn);
            html.Append("</figure>");
        }

        html.Append("</section>\n");
    }

    private static void Values(StringBuilder html, RunSeries[] series)
    {
        var shown = series.Take(PlotSvg.MostColours).ToArray();
        var times = shown.SelectMany(s => s.Points).Select(p => p.At).Distinct().Order().ToArray();
        var step = Math.Max(1, (times.Length + MostRows - 1) / MostRows);
        var note = step > 1 ? $", one row of {step}; all are in the JSON" : "";
        html.Append($"<details><summary>Values in {Text(series[0].Unit)}{note}</summary><div class=\"scroll\" tabindex=\"0\">");
        html.Append("<table><thead><tr><th class=\"number\">s</th>");
        foreach (var s in shown) html.Append($"<th class=\"number\">{Text(s.Name)}</th>");
        html.Append("</tr></thead><tbody>");
        var values = shown.Select(s => s.Points.DistinctBy(p => p.At).ToDictionary(p => p.At, p => p.Value)).ToArray();
        for (var i = 0; i < times.Length; i += step)
        {
            html.Append($"<tr><td class=\"number\">{PlotAxis.Text(times[i])}</td>");
            foreach (var of in values)
                html.Append($"<td class=\"number\">{Value(of.GetValueOrDefault(times[i]))}</td>");
            html.Append("</tr>");
        }

        html.Append("</tbody></table></div></details>");
    }

    private static void Facts(StringBuilder html, IReadOnlyDictionary<string, string> facts)
    {
        if (facts.Count == 0) return;
        html.Append("<h2>Machine, target, configuration</h2><table><tbody>");
        foreach (var (name, value) in facts.Where(f => IsShort(f.Value)))
            html.Append($"<tr><th scope=\"row\">{Text(name)}</th><td>{Text(value)}</td></tr>");
        html.Append("</tbody></table>");
        foreach (var (name, value) in facts.Where(f => !IsShort(f.Value)))
            html.Append($"<details><summary>{Text(name)}</summary><pre tabindex=\"0\">{Text(value)}</pre></details>");
        html.Append('\n');
    }

    private static string Value(double? value) => value is { } known ? PlotAxis.Text(known) : "–";

    private static bool IsShort(string value) => value.Length <= ShortFact && !value.Contains('\n', StringComparison.Ordinal);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
