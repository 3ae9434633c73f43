using Silo.LoadTest.Runs;
using Xunit;
using Xunit.Abstractions;

namespace Silo.LoadTest.Tests.Runs;

/// <summary>
/// A sink that does wrong behind everybody's back stands for a server that does: a whole run finds it, through the other doors too.
/// </summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Mail_that_is_lost_doubled_or_out_of_order_breaks_the_promises_about_it_and_no_other()
    {
        var record = await Smoke.Run("steady", output, "ses", sink =>
        {
            sink.Faults.Drop(3);
            sink.Faults.Duplicate(2);
            sink.Faults.Reorder(20);
        });
        Assert.Equal(3, Value(record, "lost"));
        Assert.Equal(2, Value(record, "duplicates.unmarked"));
        Assert.True(Value(record, "out-of-order") > 0);
        Assert.Equal(
            ["lanes keep their order", "nothing is lost", "nothing leaves twice unmarked"],
            record.Verdicts.Where(v => !v.Passed).Select(v => v.Name).Order(StringComparer.Ordinal));
    }

    private static double? Value(RunRecord record, string name) => record.Figures.Single(f => f.Name == name).Value;
}
