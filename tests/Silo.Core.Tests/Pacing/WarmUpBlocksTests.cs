using Silo.Core.Pacing;
using Silo.Core.WarmUp;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class WarmUpBlocksTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_block_ends_with_its_hour_and_what_comes_back_of_it_makes_room_in_that_hour_alone()
    {
        var pool = new WarmUpBlocks(new WarmUpMeter(WarmUpPlan.Create([240]).Plan!, Start), 5);
        var block = pool.Take(1, 7, Start.AddMinutes(10))!.Value;
        Assert.Equal((6, 7, BlockLender.Term, TimeSpan.FromMinutes(50)), (block.Number, block.Count, block.Term, block.StartWithin));
        var late = pool.Take(2, 7, Start.AddSeconds(3_594))!.Value;
        Assert.Equal((3, TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(6)), (late.Count, late.Term, late.StartWithin));
        Assert.Null(pool.Take(1, 1, Start.AddSeconds(3_594)));
        Assert.True(pool.GiveBack([new UnusedBlock(late.Number, 2)], Start.AddSeconds(3_597)));
        // Each has its part of what came back, one at least, as both have asked lately.
        Assert.Equal((1, 1), (pool.Take(1, 5, Start.AddSeconds(3_597))!.Value.Count, pool.Take(2, 7, Start.AddSeconds(3_597))!.Value.Count));
        Assert.Null(pool.Take(2, 7, Start.AddSeconds(3_597)));

        pool.GiveBack([new UnusedBlock(late.Number, 3)], Start.AddMinutes(61));
        Assert.Equal(10, pool.Take(1, 50, Start.AddMinutes(61))!.Value.Count);
        // When the plan is over nothing holds it up.
        Assert.Equal((1_000, null), (pool.Take(1, 1_000, Start.AddDays(1))!.Value.Count, pool.Take(1, 1, Start.AddDays(1))!.Value.StartWithin));
    }
}
