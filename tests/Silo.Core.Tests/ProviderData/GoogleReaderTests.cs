using System.Text;
using Silo.Core.ProviderData;
using Xunit;

namespace Silo.Core.Tests.ProviderData;

public sealed class GoogleReaderTests
{
    [Fact]
    public void A_rate_of_zero_is_zero_and_one_that_is_not_there_is_not_known()
    {
        var reading = GoogleReader.Read(ProviderSamples.Google);
        Assert.Equal((null, "20260301/SPAM_RATE"), (reading.Problem, reading.NextPageToken));
        Assert.Equal([Day(2, 27), Day(2, 28), Day(3, 1)], reading.Days.Select(d => d.Day));
        Assert.Equal([0, 0.0035, null], reading.Days.Select(d => d.SpamRate));
        Assert.Equal(
            [new("acme", 0.002), new("news", null), new("t:news:other:silo", null)], reading.Days[1].Loops);
    }

    [Fact]
    public void Rates_of_loops_are_known_by_the_names_that_they_were_asked_for_with()
    {
        var reading = GoogleReader.Read(ProviderSamples.Google, new Dictionary<string, string> { ["loop_1"] = "news" });
        Assert.Equal(0.01, reading.Days[1].Loops.Single(l => l.Id == "news").SpamRate);
    }

    [Theory]
    [InlineData("", "It is no JSON")]
    [InlineData("[]", "It is no JSON object")]
    [InlineData("{\"domainStats\":{}}", "It has no list domainStats")]
    [InlineData("{\"error\":{\"code\":403}}", "It has no list domainStats")]
    [InlineData("{}", null)]
    [InlineData("{\"domainStats\":[]}", null)]
    [InlineData("{\"domainStats\":[{\"metric\":\"\\ud800\"}]}", "It holds text that is none")]
    public void What_is_no_answer_of_the_API_is_refused_with_a_reason(string json, string? problem)
    {
        var reading = GoogleReader.Read(Encoding.UTF8.GetBytes(json));
        Assert.Equal(problem, reading.Problem);
        Assert.Empty(reading.Days);
    }

    [Theory]
    [InlineData("""{"year":2026,"month":2,"day":30}""", "0.1")]
    [InlineData("""{"year":0,"month":2,"day":3}""", "0.1")]
    [InlineData("""{"year":2026,"month":13,"day":3}""", "0.1")]
    [InlineData("""{"year":2026,"month":2,"day":3.5}""", "0.1")]
    [InlineData("""{"year":2026,"month":2,"day":3}""", "1.5")]
    [InlineData("""{"year":2026,"month":2,"day":3}""", "-0.1")]
    [InlineData("""{"year":2026,"month":2,"day":3}""", "1e999")]
    [InlineData("""{"year":2026,"month":2,"day":3}""", "\"0.1\"")]
    public void Days_and_rates_that_make_no_sense_are_passed_over(string date, string value)
    {
        var json = $$$"""{"domainStats":[{"metric":"SPAM_RATE","date":{{{date}}},"value":{"floatValue":{{{value}}}}}]}""";
        Assert.All(GoogleReader.Read(Encoding.UTF8.GetBytes(json)).Days, d => Assert.Null(d.SpamRate));
    }

    [Fact]
    public void The_same_day_again_replaces_metric_by_metric_and_the_newest_days_are_kept()
    {
        var known = new GoogleDay(Day(2, 28)) { SpamRate = 0.1, Loops = [new("a", 0.2), new("b", 0.3)] };
        var merged = GoogleDay.Merge([known], [new GoogleDay(Day(2, 28)) { Loops = [new("b", 0.4), new("c", null)] }]);
        Assert.Equal((0.1, 3), (merged[0].SpamRate, merged[0].Loops.Count));
        Assert.Equal([new("a", 0.2), new("b", 0.4), new("c", null)], merged[0].Loops);
        Assert.Equal(0, GoogleDay.Merge(merged, [new GoogleDay(Day(2, 28)) { SpamRate = 0 }])[0].SpamRate);
        var many = Enumerable.Range(0, 40).Select(i => new GoogleDay(Day(1, 1).AddDays(i))).ToArray();
        Assert.Equal((ProviderDataLimits.MaxDays, Day(1, 10)), (GoogleDay.Merge(many, many).Count, GoogleDay.Merge(many, many)[0].Day));
    }

    [Theory]
    [InlineData("acme", true)]
    [InlineData("tag:news:acme:silo", true)]
    [InlineData("acme:news:other:silo", false)]
    [InlineData("acme_1", false)]
    public void A_loop_is_a_tenants_by_its_name_alone_or_in_its_place(string id, bool isOf) => Assert.Equal(isOf, new LoopRate(id, 0).IsOf("acme"));

    private static DateOnly Day(int month, int day) => new(2026, month, day);
}
