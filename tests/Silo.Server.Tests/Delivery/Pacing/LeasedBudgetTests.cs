using Silo.Core.Ownership;
using Silo.Core.Pacing;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Egress.Sharing;
using Xunit;

namespace Silo.Server.Tests.Delivery.Pacing;

/// <summary>What one silo asks the owner of a shared limit for.</summary>
public sealed class LeasedBudgetTests
{
    private const int Slots = 512;
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    private readonly EgressScheduler _scheduler = new(new Budget(new BudgetLimits(InFlight: Slots), Start));
    private readonly LeasedBudget _budget;
    private DateTimeOffset _now = Start;
    private long _blocks;

    public LeasedBudgetTests() =>
        _budget = new LeasedBudget(_scheduler, BudgetKey.Account, PoolKey.Account, "", _scheduler.Account, _scheduler.Account.Budget, () => _now);

    [Fact]
    public void Without_a_rate_blocks_of_a_quota_are_of_some_seconds_use_however_much_mail_waits_and_hold_none_of_it_up()
    {
        Plan(new BudgetLimits(PerDay: 1_000_000), due: 1_000_000);
        var (left, mostOut) = (0, 0);
        // 2,000 a second, in steps of a tenth of a second: a word of the owner takes one.
        for (var step = 0; step < 600; step++, _now += TimeSpan.FromSeconds(0.1))
        {
            var request = Ask();
            if (request.BlockWanted > 0) Answer(request, left);
            mostOut = Math.Max(mostOut, _scheduler.Account.Budget.LeasedQuota!.Left);
            for (var room = 200; room > 0 && _scheduler.TryNext(_now, out var grant); room -= grant.Count)
            {
                _scheduler.Started(grant, grant.Count, _now);
                _scheduler.Ended(grant, grant.Count, _now);
                left += grant.Count;
            }
        }

        Assert.InRange(left, 600 * 200 * 0.99, 600 * 220);
        Assert.InRange(mostOut, Slots, 2_200 * 15);
    }

    [Fact]
    public void The_first_block_of_a_quota_is_no_more_than_can_be_in_hand()
    {
        Plan(new BudgetLimits(PerDay: 100_000), due: 100_000);
        Assert.Equal(Slots, Ask().BlockWanted);
    }

    private void Plan(BudgetLimits limits, int due)
    {
        _budget.Plan(limits, isWarmingUp: false);
        var lane = _scheduler.AddLane(_scheduler.AddTenant("a", new Budget(BudgetLimits.None, _now)), MailStream.Normal, _scheduler.Account);
        _scheduler.AddDue(lane, due, _now);
    }

    private BudgetRequest Ask() => _budget.Ask(1, 1, TimeSpan.FromSeconds(0.5), keeps: true, isEnd: false, tellsResults: true, Clocks);

    private void Answer(BudgetRequest request, int used) => _budget.Take(
        request, new BudgetReply("", null, new QuotaBlock(++_blocks, request.BlockWanted, BlockLender.Term), used + request.BlockWanted, null), Clocks, Clocks);

    private LeaseInstant Clocks => new(_now - Start, _now);
}
