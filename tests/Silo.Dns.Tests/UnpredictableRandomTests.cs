using Xunit;

namespace Silo.Dns.Tests;

public class UnpredictableRandomTests
{
    [Fact]
    public void Numbers_stay_within_what_was_asked_for_and_reach_its_ends()
    {
        var random = new UnpredictableRandom();
        var numbers = Enumerable.Range(0, 2000).Select(_ => random.Next(-3, 4)).ToHashSet();
        Assert.Equal(Enumerable.Range(-3, 7), numbers.Order());
        for (var i = 0; i < 2000; i++)
        {
            Assert.InRange(random.Next(), 0, int.MaxValue - 1);
            Assert.InRange(random.Next(65_536), 0, 65_535);
            Assert.InRange(random.NextInt64(long.MinValue, long.MaxValue), long.MinValue, long.MaxValue - 1);
            Assert.InRange(random.NextDouble(), 0, Math.BitDecrement(1.0));
            Assert.InRange(random.NextSingle(), 0, MathF.BitDecrement(1f));
        }

        Assert.Equal(5, random.Next(5, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Next(5, 4));
    }

    [Fact]
    public void No_two_sequences_are_the_same()
    {
        var sequences = Enumerable.Range(0, 50).Select(_ =>
        {
            var bytes = new byte[16];
            new UnpredictableRandom().NextBytes(bytes);
            return Convert.ToHexString(bytes);
        });

        Assert.Equal(50, sequences.Distinct().Count());
    }
}
