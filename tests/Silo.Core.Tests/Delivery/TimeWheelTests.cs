using Silo.Core.Delivery;
using Xunit;

namespace Silo.Core.Tests.Delivery;

public class TimeWheelTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_key_comes_out_once_when_it_is_due_and_not_a_tick_before()
    {
        var wheel = new TimeWheel<string>();
        var at = Start.AddTicks(123_456_789);
        wheel.Schedule("a", at);

        Assert.Empty(Due(wheel, at.AddTicks(-1)));
        Assert.Equal(at, wheel.NextDue);
        Assert.Equal(["a"], Due(wheel, at));
        Assert.Empty(Due(wheel, at.AddDays(1)));
        Assert.Null(wheel.NextDue);
    }

    [Fact]
    public void Scheduling_keeps_the_earlier_time_and_rescheduling_the_later_call()
    {
        var wheel = new TimeWheel<string>();
        wheel.Schedule("a", Start.AddMinutes(5));
        wheel.Schedule("a", Start.AddMinutes(9));
        wheel.Schedule("b", Start.AddMinutes(5));
        wheel.Schedule("b", Start.AddMinutes(2));
        wheel.Schedule("c", Start.AddMinutes(1));
        wheel.Reschedule("c", Start.AddMinutes(9));

        Assert.Equal(["b", "a"], Due(wheel, Start.AddMinutes(5)));
        Assert.Equal(["c"], Due(wheel, Start.AddMinutes(9)));
    }

    [Fact]
    public void A_removed_key_does_not_come_out()
    {
        var wheel = new TimeWheel<string>();
        wheel.Schedule("a", Start);

        Assert.True(wheel.Remove("a"));
        Assert.False(wheel.Remove("a"));
        Assert.Empty(Due(wheel, Start.AddDays(1)));
        Assert.Equal(0, wheel.Count);
    }

    [Fact]
    public void Keys_of_the_same_time_come_out_in_the_order_in_which_they_went_in()
    {
        var wheel = new TimeWheel<int>();
        for (var key = 0; key < 100; key++) wheel.Schedule(key, Start.AddHours(30));

        Assert.Equal(Enumerable.Range(0, 100), Due(wheel, Start.AddHours(30)));
    }

    [Fact]
    public void The_ends_of_time_can_be_scheduled()
    {
        var wheel = new TimeWheel<string>();
        wheel.Schedule("first", DateTimeOffset.MinValue);
        wheel.Schedule("last", DateTimeOffset.MaxValue);

        Assert.Equal(["first"], Due(wheel, Start));
        Assert.Equal(["last"], Due(wheel, DateTimeOffset.MaxValue));
    }

    [Fact]
    public void Waking_at_NextDue_reaches_every_key_on_time_with_few_wakes()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var wheel = new TimeWheel<int>();
            var due = new Dictionary<int, DateTimeOffset>();
            Due(wheel, Start);
            for (var key = 0; key < 50; key++)
            {
                due[key] = Start.AddTicks((long)(Math.Pow(random.NextDouble(), 5) * TimeSpan.TicksPerDay * 400));
                wheel.Schedule(key, due[key]);
            }

            var wakes = 0;
            while (wheel.NextDue is { } next)
            {
                wakes++;
                Assert.True(next <= due.Values.Min(), $"seed {seed}: NextDue is too late");
                foreach (var key in Due(wheel, next))
                {
                    Assert.True(due[key] == next, $"seed {seed}: key {key} came out at another time");
                    due.Remove(key);
                }
            }

            Assert.Empty(due);
            Assert.InRange(wakes, 1, 50 * 9);
        }
    }

    [Fact]
    public void Over_random_use_with_a_clock_that_steps_back_and_jumps_it_equals_a_plain_list()
    {
        for (var seed = 0; seed < 1000; seed++)
        {
            var random = new Random(seed);
            var wheel = new TimeWheel<int>();
            var model = new Dictionary<int, DateTimeOffset>();
            var now = Start;
            for (var step = 0; step < 200; step++)
            {
                now += random.Next(10) switch
                {
                    0 => TimeSpan.FromDays(random.NextDouble() * 40),
                    1 => -TimeSpan.FromDays(random.NextDouble() * 5),
                    2 or 3 => -TimeSpan.FromMilliseconds(random.NextDouble() * 900),
                    _ => TimeSpan.FromMilliseconds(random.NextDouble() * random.Next(1, 100_000)),
                };
                var key = random.Next(40);
                var at = now.AddTicks((long)((random.NextDouble() - 0.1) * Math.Pow(10, random.Next(3, 13))));
                switch (random.Next(4))
                {
                    case 0:
                        wheel.Schedule(key, at);
                        model[key] = model.TryGetValue(key, out var before) && before < at ? before : at;
                        break;
                    case 1:
                        wheel.Reschedule(key, at);
                        model[key] = at;
                        break;
                    case 2:
                        Assert.True(model.Remove(key) == wheel.Remove(key), $"seed {seed}, step {step}");
                        break;
                    default:
                        var expected = model.Where(pair => pair.Value <= now).Select(pair => pair.Key).Order().ToList();
                        Assert.True(expected.SequenceEqual(Due(wheel, now).Order()), $"seed {seed}, step {step}: collected");
                        foreach (var collected in expected) model.Remove(collected);
                        break;
                }

                Assert.True(model.Count == wheel.Count, $"seed {seed}, step {step}: count");
                Assert.True(model.Count == 0 ? wheel.NextDue is null : wheel.NextDue <= model.Values.Min(), $"seed {seed}, step {step}");
            }
        }
    }

    [Fact]
    public void A_million_keys_come_out_in_order()
    {
        var random = new Random(1);
        var wheel = new TimeWheel<int>();
        var at = new DateTimeOffset[1_000_000];
        for (var key = 0; key < at.Length; key++) wheel.Schedule(key, at[key] = Start.AddMilliseconds(random.Next(100_000_000)));

        var due = new List<int>();
        for (var now = Start; wheel.Count > 0; now += TimeSpan.FromHours(1)) wheel.CollectDue(now, due);

        Assert.Equal(at.Length, due.Count);
        for (var i = 1; i < due.Count; i++) Assert.True(at[due[i - 1]] <= at[due[i]]);
    }

    private static List<TKey> Due<TKey>(TimeWheel<TKey> wheel, DateTimeOffset now)
        where TKey : notnull
    {
        var due = new List<TKey>();
        wheel.CollectDue(now, due);
        return due;
    }
}
