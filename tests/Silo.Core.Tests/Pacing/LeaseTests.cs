using Silo.Core.Pacing;
using Xunit;

namespace Silo.Core.Tests.Pacing;

public class LeaseTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Term = TimeSpan.FromSeconds(6);

    [Fact]
    public void After_a_lease_has_run_out_the_next_one_begins_empty_and_lets_the_line_go_on()
    {
        var scheduler = new EgressScheduler(new Budget(BudgetLimits.None, Start));
        var pool = scheduler.AddLevel("pool", new Budget(BudgetLimits.None, Start));
        var lane = scheduler.AddLane(scheduler.AddTenant("tenant", new Budget(BudgetLimits.None, Start)), MailStream.Normal, pool);
        scheduler.SetLeased(pool, pool.Budget, rate: true, quota: false, Start);
        scheduler.AddDue(lane, 100, Start);
        Assert.False(scheduler.TryNext(Start, out _));
        scheduler.Lease(pool, pool.Budget, new RateShare(1, 10, 5, Term), Start);
        Assert.True(scheduler.TryNext(Start.AddSeconds(1), out var grant));
        Assert.Equal(5, grant.Count);

        scheduler.Lapse(pool.Budget);
        Assert.True(pool.Budget.LacksShare);
        scheduler.NotStarted(grant, grant.Count, Start.AddSeconds(1));
        var later = Start.AddSeconds(10);
        Assert.False(scheduler.TryNext(later, out _));
        Assert.Null(scheduler.AskAgainAt(later));

        scheduler.Lease(pool, pool.Budget, new RateShare(2, 10, 10, Term), later);
        Assert.False(scheduler.TryNext(later, out _));
        Assert.InRange(scheduler.AskAgainAt(later)!.Value, later.AddTicks(1), later.AddSeconds(0.1));
        Assert.True(scheduler.TryNext(later.AddSeconds(0.1), out var next));
        Assert.Equal(1, next.Count);
    }

    [Fact]
    public void A_renewal_leaves_what_is_in_the_bucket_and_mail_that_leaves_at_once_is_demand()
    {
        var scheduler = new EgressScheduler(new Budget(BudgetLimits.None, Start));
        var account = scheduler.Account;
        var lane = scheduler.AddLane(scheduler.AddTenant("tenant", new Budget(BudgetLimits.None, Start), 3), MailStream.Normal, account);
        scheduler.SetLeased(account, account.Budget, rate: true, quota: false, Start);
        scheduler.Lease(account, account.Budget, new RateShare(1, 10, 5, Term), Start);
        scheduler.Lease(account, account.Budget, new RateShare(2, 20, 5, Term), Start.AddSeconds(1));
        scheduler.AddDue(lane, 4, Start.AddSeconds(1));
        Assert.True(scheduler.TryNext(Start.AddSeconds(1), out var grant));

        Assert.Equal((4, 0.0), (grant.Count, account.Demand));
        Assert.Equal(3, account.TakePeakDemand());
        Assert.Equal(0, account.TakePeakDemand());
        Assert.Equal((4, false), account.Budget.LeasedRate!.TakeUse());
    }

    [Fact]
    public void A_leased_quota_lets_go_what_its_block_holds_and_tells_what_came_back_of_it()
    {
        var scheduler = new EgressScheduler(new Budget(new BudgetLimits(PerDay: 100), Start));
        var account = scheduler.Account;
        var quota = () => account.Budget.LeasedQuota!;
        var lane = scheduler.AddLane(scheduler.AddTenant("tenant", new Budget(BudgetLimits.None, Start)), MailStream.Normal, account);
        scheduler.SetLeased(account, account.Budget, rate: false, quota: true, Start);
        scheduler.AddDue(lane, 20, Start);
        Assert.False(scheduler.TryNext(Start, out _));
        Assert.True(account.Budget.LacksBlock(Start));
        scheduler.Allot(account, account.Budget, new QuotaBlock(7, 5, Term), Start);
        Assert.True(scheduler.TryNext(Start, out var first));
        Assert.Equal(5, first.Count);

        // The clock stands still: what is reserved of the next block is later all the same.
        scheduler.Allot(account, account.Budget, new QuotaBlock(8, 4, Term), Start);
        Assert.True(scheduler.TryNext(Start, out var second));
        scheduler.NotStarted(first, 2, Start);
        scheduler.NotStarted(second, 1, Start);
        Assert.Equal([new UnusedBlock(7, 2)], quota().Untold());
        Assert.Equal((3, 2), (second.Count, quota().Left));
        scheduler.EndAllotment(account.Budget);
        Assert.Equal([new UnusedBlock(7, 2), new UnusedBlock(8, 2)], quota().Untold());
        quota().Told([new UnusedBlock(7, 2)]);
        scheduler.NotStarted(second, 1, Start);
        Assert.Equal([new UnusedBlock(8, 3)], quota().Untold());
        scheduler.Learn(account.Budget, 100, Start.AddHours(3));
        Assert.False(account.Budget.LacksBlock(Start));
        Assert.Equal(Start.AddHours(3), account.Budget.EarliestFor(1, Start));
        // The pool does not know yet of three that came back.
        Assert.Equal(97, account.Budget.Use(Start).UsedToday);
    }

    [Fact]
    public void When_a_quota_that_was_used_up_should_be_free_again_mail_waits_for_a_word_of_the_pool_and_not_for_the_clock()
    {
        var scheduler = new EgressScheduler(new Budget(new BudgetLimits(PerDay: 100), Start));
        var account = scheduler.Account;
        var lane = scheduler.AddLane(scheduler.AddTenant("tenant", new Budget(BudgetLimits.None, Start)), MailStream.Normal, account);
        scheduler.SetLeased(account, account.Budget, rate: false, quota: true, Start);
        var freeAt = Start.AddHours(3);
        scheduler.Learn(account.Budget, 100, freeAt);
        scheduler.AddDue(lane, 20, Start);
        Assert.False(scheduler.TryNext(Start, out _));
        Assert.Equal(freeAt, scheduler.AskAgainAt(Start));

        Assert.False(scheduler.TryNext(freeAt, out _));
        Assert.Null(scheduler.AskAgainAt(freeAt));
        Assert.True(account.Budget.LacksBlock(freeAt));
        scheduler.Allot(account, account.Budget, new QuotaBlock(1, 5, Term), freeAt);
        Assert.True(scheduler.TryNext(freeAt, out var grant));
        Assert.Equal(5, grant.Count);
    }
}
