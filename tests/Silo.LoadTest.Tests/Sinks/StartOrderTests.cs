using Silo.LoadTest.Sinks.Accounting;
using Xunit;

namespace Silo.LoadTest.Tests.Sinks;

public sealed class StartOrderTests
{
    [Fact]
    public void A_successor_that_begins_within_the_slack_is_in_order()
    {
        var order = new StartOrder();
        Assert.Equal(-1, order.Note(at: 100, number: 5, slack: 10));
        Assert.Equal(-1, order.Note(at: 110, number: 4, slack: 10));
        Assert.Equal(5, order.Note(at: 111, number: 3, slack: 10));
    }

    [Fact]
    public void What_began_early_and_is_heard_of_late_is_in_order()
    {
        var order = new StartOrder();
        order.Note(100, 1, 0);
        order.Note(300, 3, 0);
        order.Note(400, 4, 0);
        Assert.Equal(-1, order.Note(200, 2, 0));
        Assert.Equal(4, order.Note(401, 0, 0));
    }

    /// <summary>Held against the plain definition, over all that was noted before.</summary>
    [Fact]
    public void A_fault_is_never_invented_and_while_few_steps_are_kept_never_missed()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var run = 0; run < 300; run++)
        {
            var order = new StartOrder();
            var all = new List<(long At, long Number)>();
            var slack = random.Next(0, 20);
            var count = random.Next(2, run % 2 == 0 ? 30 : 500);
            for (var i = 0; i < count; i++)
            {
                var (at, number) = (random.Next(i, i + 60), random.Next(i, i + 25));
                var isOvertaken = all.Any(a => a.At < at - slack && a.Number > number);
                var found = order.Note(at, number, slack) >= 0;
                Assert.True(isOvertaken || !found, $"Seed {seed}: {number} at {at} was in order.");
                if (count < 30) Assert.True(found == isOvertaken, $"Seed {seed}: {number} at {at} was out of order.");
                all.Add((at, number));
            }
        }
    }

    [Fact]
    public void A_long_run_in_order_still_finds_what_comes_much_too_late()
    {
        var order = new StartOrder();
        for (var i = 0; i < 100_000; i++) Assert.Equal(-1, order.Note(i, i, 5));
        Assert.True(order.Note(100_000, 50_000, 5) > 50_000);
    }
}
