using System.Text.Json;
using Silo.LoadTest.Reports;
using Silo.LoadTest.Runs;
using Xunit;

namespace Silo.LoadTest.Tests.Reports;

public sealed class RunComparisonTests
{
    private static RunRecord Record(IReadOnlyList<RunFigure>? figures = null, IReadOnlyList<RunVerdict>? verdicts = null) => new(
        1, "steady", new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero), 60, "run steady", new Dictionary<string, string>(), [],
        figures ?? [], verdicts ?? []);

    private static ComparedFigure One(string name, string unit, double? first, double? second) => Assert.Single(
        RunComparison.Of(Record([new RunFigure(name, first, unit)]), Record([new RunFigure(name, second, unit)]), 0.1).Figures);

    [Theory]
    [InlineData("latency.p99", "ms", 100, 109, false)]
    [InlineData("latency.p99", "ms", 100, 111, true)]
    [InlineData("latency.p99", "ms", 100, 50, false)]
    [InlineData("delivered.rate", "messages/s", 1000, 920, false)]
    [InlineData("delivered.rate", "messages/s", 1000, 900, true)]
    [InlineData("server.cpu", "µs/message", 250, 300, true)]
    [InlineData("1 tenant: Silo: CPU", "ms/message", 0.25, 0.30, true)]
    [InlineData("server.memory.peak", "MiB", 100, 200, true)]
    [InlineData("lost", "messages", 0, 1, true)]
    [InlineData("duplicates.unmarked", "messages", 0, 1, true)]
    [InlineData("campaign.begun-after", "messages", 0, 1, true)]
    [InlineData("accepted", "messages", 1000, 10, false)]
    public void A_figure_is_worse_in_its_own_way_and_beyond_what_is_tolerated(
        string name, string unit, double first, double second, bool isWorse) =>
        Assert.Equal(isWorse, One(name, unit, first, second).IsWorse);

    [Fact]
    public void A_ratio_is_of_the_second_to_the_first_where_there_is_one()
    {
        Assert.Equal(2, One("a", "ms", 10, 20).Ratio);
        Assert.Equal(1, One("a", "ms", 0, 0).Ratio);
        Assert.Null(One("a", "ms", 0, 5).Ratio);
        Assert.Null(One("a", "ms", null, 5).Ratio);
    }

    [Fact]
    public void A_figure_that_is_missing_or_has_another_unit_is_shown_and_not_compared()
    {
        var comparison = RunComparison.Of(
            Record([new RunFigure("a", 1, "ms"), new RunFigure("b", 1, "s")]),
            Record([new RunFigure("b", 900, "ms"), new RunFigure("c", 1, "ms")]), 0.1);
        Assert.Equal(
            [("a", 1, null), ("b", 1, null), ("b", null, 900), ("c", null, 1)],
            comparison.Figures.Select(f => (f.Name, f.First, f.Second)));
        Assert.False(comparison.IsWorse);
    }

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, false)]
    [InlineData(true, null, true)]
    [InlineData(null, false, true)]
    [InlineData(null, true, false)]
    public void A_promise_is_worse_when_it_is_kept_no_more(bool? first, bool? second, bool isWorse)
    {
        RunRecord Of(bool? passed) => Record(verdicts: passed is { } p ? [new RunVerdict("nothing is lost", "", "", p)] : []);
        Assert.Equal(isWorse, RunComparison.Of(Of(first), Of(second), 0.1).IsWorse);
    }

    [Fact]
    public void A_record_that_was_written_is_read_as_it_was()
    {
        var record = Record([new RunFigure("a", 1.5, "ms"), new RunFigure("b", null, "ms")]) with
        {
            Series = [new RunSeries("s", "latency", "ms", [new RunPoint(1, 2), new RunPoint(2, null)])],
        };
        var read = RunJson.Read(JsonSerializer.SerializeToUtf8Bytes(record), "it");
        Assert.Equal(record.Figures, read.Figures);
        Assert.Equal(record.Series[0].Points, read.Series[0].Points);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"Version\":1,\"Scenario\":\"a\"}")]
    [InlineData("no JSON")]
    public void What_is_no_record_is_refused_by_its_name(string json)
    {
        var error = Assert.Throws<JsonException>(() => RunJson.Read(System.Text.Encoding.UTF8.GetBytes(json), "it"));
        Assert.StartsWith("it is no record", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_of_a_later_release_is_refused() => Assert.Contains(
        "version 2",
        Assert.Throws<JsonException>(() => RunJson.Read(JsonSerializer.SerializeToUtf8Bytes(Record() with { Version = 2 }), "it")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void The_verb_ends_with_1_for_what_is_worse_and_2_for_what_cannot_be_compared()
    {
        var folder = Directory.CreateTempSubdirectory("silo-compare-");
        try
        {
            var good = Write("good", Record([new RunFigure("lost", 0, "messages")]));
            var bad = Write("bad", Record([new RunFigure("lost", 3, "messages")]));
            var other = Write("other", Record() with { Scenario = "burst" });
            Assert.Equal(0, Run(good, good));
            Assert.Equal(1, Run(good, bad));
            Assert.Equal(0, Run(bad, good));
            Assert.Equal(2, Run(good, other));
            Assert.Equal(2, Run(good, Path.Combine(folder.FullName, "none.json")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        string Write(string name, RunRecord record)
        {
            var path = Path.Combine(folder.FullName, name + ".json");
            File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(record));
            return path;
        }

        static int Run(params string[] files) => CompareCommand.Make().Parse(files).Invoke();
    }
}
