using Silo.LoadTest.Sinks.Accounting;
using Xunit;

namespace Silo.LoadTest.Tests.Sinks;

public sealed class NumberSetTests
{
    [Fact]
    public void It_is_a_set_whatever_the_numbers()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var run = 0; run < 50; run++)
        {
            var (set, plain) = (new NumberSet(), new SortedSet<long>());
            for (var i = 0; i < 200; i++)
            {
                long number = random.Next(3) == 0 ? random.Next(0, 10_000) : random.Next(0, 150);
                Assert.True(plain.Add(number) == set.Add(number), $"Seed {seed}");
            }

            Assert.Equal(plain.Count, set.Count);
            Assert.Equal(plain, set.Without(default, default));
            Assert.All(plain, n => Assert.True(set.Has(n)));
            Assert.False(set.Has(NumberSet.Limit - 1));
        }
    }

    [Fact]
    public void What_others_have_is_left_out()
    {
        var (all, one, other) = (new NumberSet(), new NumberSet(), new NumberSet());
        for (var i = 0; i < 300; i++) all.Add(i);
        for (var i = 0; i < 100; i++) one.Add(i);
        for (var i = 101; i < 299; i++) other.Add(i);
        Assert.Equal([100L, 299L], all.Without(one, other));
    }

    [Fact]
    public void A_number_beyond_the_limit_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new NumberSet().Add(NumberSet.Limit));
}
