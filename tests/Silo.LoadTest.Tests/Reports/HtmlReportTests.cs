using System.Xml.Linq;
using Silo.LoadTest.Reports;
using Silo.LoadTest.Runs;
using Xunit;

namespace Silo.LoadTest.Tests.Reports;

public sealed class HtmlReportTests
{
    private static RunRecord Record(IReadOnlyList<RunSeries>? series = null, IReadOnlyList<RunFigure>? figures = null) => new(
        1, "steady", new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero), 60, "run steady",
        new Dictionary<string, string> { ["cores"] = "2", ["main.cf"] = "a = b\nc = <d>" },
        series ?? [Line("accepted", "throughput", "messages/s")],
        figures ?? [new RunFigure("accepted.rate", 1234.5, "messages/s"), new RunFigure("wait", null, "ms")],
        [new RunVerdict("nothing is lost", "lost = 0", "lost = 0", true), new RunVerdict("p99 <latency>", "≤ 100 ms", "250 ms", false)]);

    private static RunSeries Line(string name, string plot, string unit, int points = 60, Func<int, double?>? value = null) =>
        new(name, plot, unit, [.. Enumerable.Range(0, points).Select(i => new RunPoint(i, value is null ? i * 10 : value(i)))]);

    /// <summary>The page as XML: what is well-formed there is well-formed for a browser.</summary>
    private static XElement Page(RunRecord record)
    {
        var html = HtmlReport.Write(record);
        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
        var body = html[html.IndexOf("<body>", StringComparison.Ordinal)..html.IndexOf("</html>", StringComparison.Ordinal)];
        return XElement.Parse(body.Replace("<br>", "<br/>", StringComparison.Ordinal));
    }

    [Fact]
    public void A_page_needs_nothing_but_itself()
    {
        var html = HtmlReport.Write(Record());
        foreach (var other in new[] { "http:", "https:", "src=", "href=", "url(", "<script", "@import" })
            Assert.DoesNotContain(other, html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
    }

    [Fact]
    public void What_comes_from_outside_is_text_and_no_markup()
    {
        var hostile = "<b onclick=x>\"'&";
        var record = Record(
            [new RunSeries(hostile, hostile, hostile, [new RunPoint(1, 2)])], [new RunFigure(hostile, 1, hostile)]) with
        {
            Scenario = hostile, Command = hostile, Facts = new Dictionary<string, string> { [hostile] = hostile },
            Verdicts = [new RunVerdict(hostile, hostile, hostile, false)],
        };
        var page = Page(record);
        Assert.Empty(page.Descendants("b"));
        Assert.Equal(hostile, page.Element("h1")!.Value);
    }

    [Fact]
    public void Each_plot_has_axes_with_units_a_legend_titles_and_its_values_in_a_table()
    {
        var page = Page(Record([Line("accepted", "throughput", "messages/s"), Line("delivered", "throughput", "messages/s")]));
        var svg = page.Descendants("figure").Single().Elements("svg").Single();
        Assert.Equal("img", svg.Attribute("role")!.Value);
        var names = svg.Elements("text").Where(t => t.Attribute("class")!.Value == "name").Select(t => t.Value);
        Assert.Equal(["seconds since the run began", "messages/s"], names);
        Assert.Contains("600", svg.Elements("text").Select(t => t.Value));
        Assert.Contains("accepted: 590 messages/s at 59 s", svg.Descendants("title").Select(t => t.Value));
        Assert.Equal(["accepted", "delivered"], page.Descendants("li").Select(l => l.Value));
        Assert.Equal(61, page.Descendants("details").First().Descendants("tr").Count());
        // What a screen reader is told exists.
        foreach (var id in svg.Attribute("aria-labelledby")!.Value.Split(' '))
            Assert.Single(svg.Elements(), e => e.Attribute("id")?.Value == id);
    }

    [Fact]
    public void Series_of_another_unit_have_a_plot_of_their_own_and_ids_are_unique()
    {
        var page = Page(Record([
            Line("heap", "memory", "MiB"), Line("pauses", "gc", "ms/s"), Line("collections", "gc", "a second"),
            Line("p50", "latency", "ms"),
        ]));
        Assert.Equal(["Latency", "Memory", "Garbage collection"], page.Descendants("section").Select(s => s.Element("h2")!.Value));
        Assert.Equal(4, page.Descendants("figure").Count());
        var ids = page.Descendants().Attributes("id").Select(a => a.Value).ToArray();
        Assert.Equal(ids.Distinct(), ids);
    }

    [Fact]
    public void A_line_breaks_where_nothing_was_measured_and_stays_within_its_frame()
    {
        var svg = Page(Record([Line("p99", "latency", "ms", 60, i => i is > 20 and < 30 ? null : i == 40 ? 50_000 : i + 1)]))
            .Descendants("figure").Single().Element("svg")!;
        var path = svg.Elements("path").Single().Attribute("d")!.Value;
        Assert.Equal(2, path.Count(c => c == 'M'));
        var numbers = path.Split(['M', 'L', ' '], StringSplitOptions.RemoveEmptyEntries)
            .Select(n => double.Parse(n, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.All(numbers.Where((_, i) => i % 2 == 0), x => Assert.InRange(x, 0, 900));
        Assert.All(numbers.Where((_, i) => i % 2 == 1), y => Assert.InRange(y, 0, 300));
        // Values this far apart have a logarithmic axis, and it says so.
        Assert.Contains("ms, logarithmic", svg.Elements("text").Select(t => t.Value));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_run_without_values_still_has_a_page(int points)
    {
        var page = Page(Record([Line("accepted", "throughput", "messages/s", points, _ => null)], []) with { Verdicts = [] });
        Assert.Single(page.Descendants("figure"));
        Assert.Empty(page.Descendants("path"));
    }

    [Fact]
    public void A_day_of_seconds_keeps_its_peak_and_a_page_of_sane_size()
    {
        var record = Record([Line("queue", "queue", "messages", 86_400, i => i == 51_234 ? 1_000_000 : 10)]);
        var html = HtmlReport.Write(record);
        Assert.InRange(html.Length, 1, 400_000);
        Assert.Contains("1,000,000", string.Join(' ', Page(record).Descendants("title").Select(t => t.Value)), StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_of_several_servers_stand_side_by_side()
    {
        var page = Page(Record(figures:
        [
            new RunFigure("1 tenant: Postfix: CPU", 4, "ms/message"), new RunFigure("1 tenant: Postfix: memory", 90, "MiB"),
            new RunFigure("1 tenant: Silo: CPU", 0.25, "ms/message"),
        ]));
        var table = page.Descendants("table").Single(t => t.Element("caption")?.Value == "1 tenant");
        Assert.Equal(
            [["", "CPUms/message", "memoryMiB"], ["Postfix", "4", "90"], ["Silo", "0.25", "–"]],
            table.Descendants("tr").Select(r => r.Elements().Select(c => c.Value).ToArray()));
    }

    [Fact]
    public void What_failed_comes_first()
    {
        var page = Page(Record());
        Assert.Contains("1 of 2 promises broken", page.Descendants("span").Select(s => s.Value).Single(), StringComparison.Ordinal);
        Assert.Equal("p99 <latency>", page.Descendants("tbody").First().Element("tr")!.Element("td")!.Value);
    }

    [Theory]
    [InlineData(0.7, new[] { 0, 0.2, 0.4, 0.6, 0.8 })]
    [InlineData(4, new[] { 0.0, 1, 2, 3, 4 })]
    [InlineData(973, new[] { 0.0, 200, 400, 600, 800, 1000 })]
    [InlineData(0, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    public void An_axis_has_round_numbers_and_holds_its_values(double max, double[] ticks)
    {
        var axis = PlotAxis.Linear(max);
        Assert.Equal(ticks.Length, axis.Ticks.Count);
        Assert.All(ticks.Zip(axis.Ticks), t => Assert.Equal(t.First, t.Second, 9));
        Assert.InRange(axis.Place(max), 0, 1);
    }
}
