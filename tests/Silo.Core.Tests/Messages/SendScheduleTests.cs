using Silo.Core.Messages;
using Xunit;

namespace Silo.Core.Tests.Messages;

public sealed class SendScheduleTests
{
    [Theory]
    [InlineData("2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z")]
    [InlineData("2026-03-02t12:00:00z", "2026-03-02T12:00:00Z")]
    [InlineData("2026-03-02T12:00:00.25+02:00", "2026-03-02T10:00:00.25Z")]
    [InlineData("2026-03-02T12:00:00-05:30", "2026-03-02T17:30:00Z")]
    [InlineData("2026-03-02T12:00:00", null)]
    [InlineData("2026-03-02 12:00:00Z", null)]
    [InlineData("2026-03-02T12:00Z", null)]
    [InlineData("2026-02-30T12:00:00Z", null)]
    [InlineData("0001-01-01T00:00:00+14:00", null)]
    [InlineData("tomorrow at twelve o'clock", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void An_instant_is_read_as_RFC_3339_has_it_and_needs_its_offset(string? text, string? expected)
    {
        Assert.Equal(expected is not null, SendSchedule.TryParse(text, out var instant));
        if (expected is not null) Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), instant);
    }
}
