using Silo.Core.Ownership;
using Silo.Core.Pacing;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class LeasedRateTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(7, 1)]
    [InlineData(200, 20)]
    [InlineData(5_000, 5_000)]
    public void A_silo_alone_uses_the_whole_rate_however_often_its_share_is_renewed(double rate, double burst)
    {
        var pool = new RateShares(rate, burst, TimeSpan.FromSeconds(6), Start, wait: TimeSpan.Zero);
        var held = new HeldShare();
        var scheduler = new EgressScheduler(new Budget(new BudgetLimits(rate, burst), Start), 16);
        var account = scheduler.Account;
        scheduler.SetLeased(account, account.Budget, rate: true, quota: false, Start);
        var lane = scheduler.AddLane(scheduler.AddTenant("tenant", new Budget(BudgetLimits.None, Start)), MailStream.Normal, account);
        scheduler.AddDue(lane, 10_000_000, Start);
        var started = 0;
        var (now, renewal) = (Start, Start);
        while (now < Start.AddSeconds(60))
        {
            if (now >= renewal)
            {
                renewal += TimeSpan.FromSeconds(0.5);
                var asked = new LeaseInstant(now - Start, now);
                var request = held.Ask(1, account.TakePeakDemand(), account.Budget.LeasedRate!.Reserved);
                Assert.True(held.Take(pool.Request(request, now), asked));
                scheduler.Lease(account, account.Budget, held.Share, now);
            }

            while (scheduler.TryNext(now, out var grant))
            {
                scheduler.Started(grant, grant.Count, now);
                scheduler.Ended(grant, grant.Count, now);
                started += grant.Count;
            }

            var next = scheduler.AskAgainAt(now) ?? renewal;
            now = next < renewal ? next : renewal;
        }

        Assert.InRange(started, rate * 60 * 0.99, (rate * 60) + burst);
    }

    [Fact]
    public void What_was_granted_may_start_for_four_minutes_and_as_long_as_its_share_is_held_by_both_clocks()
    {
        var held = new HeldShare();
        held.Take(new RateShare(1, 1, 1, TimeSpan.FromSeconds(6)), At(0));
        var hold = new GrantHold(At(1), [held.Hold]);
        Assert.True(hold.MayStart(At(5.9)));
        Assert.False(hold.MayStart(At(6)));
        Assert.False(hold.MayStart(new LeaseInstant(TimeSpan.FromSeconds(2), Start.AddSeconds(9))));
        held.Take(new RateShare(2, 1, 1, TimeSpan.FromSeconds(6)), At(4));
        Assert.True(hold.MayStart(At(9.9)));
        held.Lapse();
        held.Take(new RateShare(3, 1, 1, TimeSpan.FromSeconds(600)), At(5));
        Assert.False(hold.MayStart(At(5)));

        var late = new GrantHold(At(1), []);
        Assert.True(late.MayStart(At(241)));
        Assert.False(late.MayStart(At(241.1)));
    }

    private static LeaseInstant At(double seconds) => new(TimeSpan.FromSeconds(seconds), Start.AddSeconds(seconds));
}
