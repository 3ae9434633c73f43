using Silo.LoadTest.Runs;
using Silo.LoadTest.Scenarios;
using Xunit;

namespace Silo.LoadTest.Tests.Runs;

public sealed class VerdictCheckTests
{
    [Theory]
    [InlineData("""{"figure":"lost","exactly":0}""", 0, true)]
    [InlineData("""{"figure":"lost","exactly":0}""", 1, false)]
    [InlineData("""{"figure":"lost","atMost":3}""", 3, true)]
    [InlineData("""{"figure":"lost","atMost":3}""", 4, false)]
    [InlineData("""{"figure":"lost","atLeast":3}""", 3, true)]
    [InlineData("""{"figure":"lost","atLeast":3}""", 2, false)]
    [InlineData("""{"figure":"lost","atLeast":1,"atMost":2}""", 3, false)]
    [InlineData("""{"figure":"lost","of":"sent","times":2,"plus":1}""", 21, true)]
    [InlineData("""{"figure":"lost","of":"sent","times":2,"plus":1}""", 22, false)]
    public void A_promise_is_kept_within_its_bounds(string verdict, double lost, bool kept)
    {
        var figures = Figures(verdict, out var scenario);
        figures.Set("lost", lost);
        figures.Set("sent", 10);
        Assert.Equal(kept, Assert.Single(VerdictCheck.Of(scenario, figures)).Passed);
    }

    [Theory]
    [InlineData("""{"figure":"lost","exactly":0}""")]
    [InlineData("""{"figure":"lost","atMost":5}""")]
    [InlineData("""{"figure":"sent","of":"lost"}""")]
    public void What_nobody_measured_keeps_no_promise(string verdict)
    {
        var figures = Figures(verdict, out var scenario);
        figures.Set("sent", 0);
        figures.Set("lost", null);
        figures.Set("lost", double.NaN);
        Assert.False(Assert.Single(VerdictCheck.Of(scenario, figures)).Passed);
    }

    [Fact]
    public void Of_somebody_elses_server_nothing_is_promised_that_only_its_store_tells()
    {
        var figures = Figures("""{"figure":"queued","exactly":0}""", out var scenario);
        Assert.False(Assert.Single(VerdictCheck.Of(scenario, figures)).Passed);
        Assert.Empty(VerdictCheck.Of(scenario, figures, isOwn: false));
    }

    [Fact]
    public void A_figure_that_no_run_has_is_not_taken() =>
        Assert.Throws<ArgumentException>(() => Figures("""{"figure":"lost","exactly":0}""", out _).Set("mail.found", 1));

    private static FigureBook Figures(string verdict, out Scenario scenario)
    {
        var json = $$"""
            {"summary":"One.","tenants":{"all":{} },"flows":{"mail":{"tenants":"all","rate":1} },"verdicts":{"v":{{verdict}} } }
            """;
        var (read, errors) = ScenarioFile.Read("one", json, smoke: false);
        Assert.Empty(errors);
        scenario = read!;
        return new FigureBook(scenario);
    }
}
