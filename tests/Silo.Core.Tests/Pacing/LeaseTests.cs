using Silo.Core.Pacing;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class LeaseTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_lease_that_has_run_out_stops_what_is_in_hand_and_the_next_one_begins_empty_and_lets_the_line_go_on()
    {
        var scheduler = new EgressScheduler(new Budget(BudgetLimits.None, Start));
        var pool = scheduler.AddLevel("pool", new Budget(new BudgetLimits(10, 5), Start, full: true));
        var lane = scheduler.AddLane(scheduler.AddTenant("tenant", new Budget(BudgetLimits.None, Start)), MailStream.Normal, pool);
        scheduler.AddDue(lane, 100, Start);
        Assert.True(scheduler.TryNext(Start, out var grant));
        Assert.True(scheduler.MayStart(grant, Start));

        scheduler.Lapse(pool);
        Assert.False(scheduler.MayStart(grant, Start));
        scheduler.NotStarted(grant, grant.Count, Start);
        var later = Start.AddSeconds(10);
        Assert.False(scheduler.TryNext(later, out _));
        Assert.Null(scheduler.AskAgainAt(later));

        scheduler.Lease(pool, new BudgetLimits(10, 10), later);
        Assert.False(scheduler.MayStart(grant, later));
        Assert.False(scheduler.TryNext(later, out _));
        Assert.InRange(scheduler.AskAgainAt(later)!.Value, later.AddTicks(1), later.AddSeconds(0.1));
        Assert.True(scheduler.TryNext(later.AddSeconds(0.1), out var next));
        Assert.Equal(1, next.Count);
        Assert.True(scheduler.MayStart(next, later.AddSeconds(0.2)));
        Assert.False(scheduler.MayStart(next, later.AddSeconds(0.1) + EgressScheduler.GrantHolds + TimeSpan.FromTicks(1)));
    }
}
