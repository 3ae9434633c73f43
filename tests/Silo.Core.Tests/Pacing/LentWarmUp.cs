using Silo.Core.Pacing;
using Silo.Core.WarmUp;

namespace Silo.Core.Tests.Pacing;

/// <summary>
/// The warm-up of a budget as a silo has it: in blocks of the present hour that its owner lends, each with an end after which nothing of it
/// is reserved and one after which nothing of it starts. What comes back is told to the owner with the next block.
/// </summary>
internal sealed class LentWarmUp(
    EgressScheduler scheduler, PacingLevel level, Budget budget, WarmUpBook book, WarmUpPlan plan, DateTimeOffset startedAt)
{
    private readonly WarmUpBlocks _owner = new(new WarmUpMeter(plan, startedAt), 0);
    private readonly Dictionary<long, (int Count, int Told, DateTimeOffset At)> _lent = [];
    private DateTimeOffset _endsAt = DateTimeOffset.MaxValue;

    public Budget Budget => budget;

    /// <summary>From then on nothing starts that is reserved now.</summary>
    public DateTimeOffset StartsBefore { get; private set; } = DateTimeOffset.MaxValue;

    public DateTimeOffset HourEndsAt(DateTimeOffset now) => _owner.Meter.HourEndsAt(now);

    public void EndBlock(DateTimeOffset now)
    {
        if (now < _endsAt) return;
        scheduler.EndAllotment(budget);
        _endsAt = DateTimeOffset.MaxValue;
    }

    /// <summary>Asks for a block when there is nothing left of the last one. True when there is one.</summary>
    public bool Refill(int wanted, DateTimeOffset now)
    {
        var quota = budget.LeasedQuota!;
        if (quota.Left > 0) return false;
        var untold = quota.Untold();
        foreach (var (number, count) in untold) GiveBack(number, count, now);
        _owner.GiveBack(untold, now);
        quota.Told(untold);
        if (_owner.Take(1, wanted, now) is not { } block) return false;
        book.Lend(block.Count, now);
        _lent[block.Number] = (block.Count, 0, now);
        scheduler.Allot(level, budget, block, now);
        _endsAt = now + block.Term;
        StartsBefore = block.StartWithin is { } within ? now + within : DateTimeOffset.MaxValue;
        return true;
    }

    private void GiveBack(long number, int count, DateTimeOffset now)
    {
        var (lent, told, at) = _lent[number];
        if (now - at > BlockLender.Remembered) return;
        book.GiveBack(count - told, at);
        _lent[number] = (lent, count, at);
    }
}
