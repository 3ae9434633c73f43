using System.Text;
using Silo.Core.ProviderData;
using Xunit;

namespace Silo.Core.Tests.ProviderData;

public sealed class SndsReaderTests
{
    [Fact]
    public void Each_row_is_an_address_on_a_day_and_below_a_tenth_of_a_percent_is_no_rate()
    {
        var reading = SndsReader.Read(ProviderSamples.Snds);
        Assert.Equal((null, 0, 3), (reading.Problem, reading.Skipped, reading.Rows.Count));
        var (green, red, silent) = (reading.Rows[0], reading.Rows[1], reading.Rows[2].Day);
        Assert.Equal(
            ("192.0.2.1", new DateOnly(2026, 2, 28), SndsFilterResult.Green, null, 0.001, 0L, 1_204L),
            (green.Address, green.Day.Day, green.Day.FilterResult, green.Day.ComplaintRate, green.Day.ComplaintRateBelow!.Value, green.Day.TrapHits, green.Day.RecipientCommands));
        Assert.Equal(
            (SndsFilterResult.Red, 0.007, null, 4L, 1_500L, "said \"no\", twice"),
            (red.Day.FilterResult, Math.Round(red.Day.ComplaintRate!.Value, 6), red.Day.ComplaintRateBelow, red.Day.TrapHits, red.Day.RecipientCommands, red.Day.Comments));
        Assert.Equal((SndsFilterResult.Unknown, null, null, null), (silent.FilterResult, silent.ComplaintRate, silent.ComplaintRateBelow, silent.SampleHello));
    }

    [Fact]
    public void Headings_are_passed_over_and_rows_that_are_none_are_counted()
    {
        var text = "IP Address,Activity start,Activity end,RCPT,DATA,Recipients,Filter result,Complaint rate,Trap from,Trap to,Trap hits\n"
            + Encoding.UTF8.GetString(ProviderSamples.Snds).Replace("\r\n", "\n", StringComparison.Ordinal)
            + "192.0.2.9,yesterday,,1,1,1,RED,,,,1\nmx.example,3/1/2026 1:00 AM,,1,1,1,RED,,,,1\n192.0.2.9,3/1/2026\n";
        var reading = SndsReader.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal((3, 3, null), (reading.Rows.Count, reading.Skipped, reading.Problem));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("\r\n\r\n", null)]
    [InlineData("<html><body>Invalid key</body></html>", "No row")]
    [InlineData("\"", null)]
    public void No_activity_is_an_empty_file_and_a_page_is_no_file(string text, string? problem)
    {
        var reading = SndsReader.Read(Encoding.UTF8.GetBytes(text));
        Assert.Empty(reading.Rows);
        if (problem is null) Assert.Null(reading.Problem);
        else Assert.StartsWith(problem, reading.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.3%", 0.003, null)]
    [InlineData("<0.1%", null, 0.001)]
    [InlineData("250%", null, null)]
    [InlineData("-1%", null, null)]
    [InlineData("0.3", null, null)]
    [InlineData("n/a", null, null)]
    public void A_rate_is_a_percentage_or_an_upper_bound_or_not_known(string text, double? rate, double? below)
    {
        var day = SndsReader.Read(Encoding.UTF8.GetBytes($"192.0.2.1,3/1/2026 1:00 AM,,1,1,1,GREEN,{text},,,0\n")).Rows[0].Day;
        Assert.Equal((rate, below), (Rounded(day.ComplaintRate), Rounded(day.ComplaintRateBelow)));

        static double? Rounded(double? value) => value is { } given ? Math.Round(given, 9) : null;
    }

    [Fact]
    public void The_same_day_again_replaces_the_whole_day()
    {
        var day = new DateOnly(2026, 3, 1);
        var merged = SndsDay.Merge([new SndsDay(day) { TrapHits = 4 }, new SndsDay(day.AddDays(-1))], [new SndsDay(day) { TrapHits = 1 }]);
        Assert.Equal([0L, 1L], merged.Select(d => d.TrapHits));
    }
}
