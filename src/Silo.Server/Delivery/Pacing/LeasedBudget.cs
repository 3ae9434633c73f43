using Silo.Core.Ownership;
using Silo.Core.Pacing;
using Silo.Server.Egress.Sharing;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// A budget of this silo that all silos keep together: the share of its rate and the block of its quota that this one has. Owned by the
/// dispatcher's loop.
/// </summary>
/// <param name="pool">Whose owner is asked, as <see cref="PoolKey"/> makes them.</param>
/// <param name="name">In the pool, as <see cref="PoolKey"/> makes them.</param>
/// <param name="level">Where mail waits for it.</param>
/// <param name="budget">The level's own, or that of one of its sources.</param>
/// <param name="now">The time that budgets go by.</param>
internal sealed class LeasedBudget(
    EgressScheduler scheduler, BudgetKey key, string pool, string name, SharedLevel level, Budget budget, Func<DateTimeOffset> now)
{
    /// <summary>Of a block: enough for a quiet tenant, and no loss worth the name when this silo ends.</summary>
    private const int LeastBlock = 16;

    // For about as long a block is to last, so that it is used up before its term is over.
    private const double BlockSeconds = 12;

    // A message now and then is demand as well, or its share would go and come with each.
    private static readonly TimeSpan DemandLasts = TimeSpan.FromSeconds(4);

    private double _lastDemand;
    private TimeSpan _demandSeen = TimeSpan.MinValue;
    private LeaseInstant? _blockEndsAt;

    public BudgetKey Key => key;

    public string Pool => pool;

    public string Name => name;

    public SharedLevel Level => level;

    public Budget Budget => budget;

    /// <summary>Levels whose mail can pass it.</summary>
    public IReadOnlyList<SharedLevel> Levels { get; set; } = [level];

    public BudgetLimits Planned { get; private set; } = BudgetLimits.None;

    /// <summary>It warms up: blocks are of the present hour's slice.</summary>
    public bool IsWarmingUp { get; private set; }

    /// <summary>Of a block that must have started by some time: until then; null when that does not matter.</summary>
    public LeaseHold? BlockHold { get; private set; }

    /// <summary>What became of mail that left by it, and its pool does not know yet.</summary>
    public (int Delivered, int Refused) Results { get; set; }

    public HeldShare Held { get; } = new();

    /// <summary>It was said that mail waits since there is no share.</summary>
    public bool IsMissed { get; set; }

    /// <summary>Mail waits that leads through it.</summary>
    public bool HasDemand => Levels.Any(l => l.Demand > 0);

    /// <summary>The pool has to answer before mail that is due can leave.</summary>
    public bool IsUrgent => HasDemand && (budget.LacksShare
        || (BlockWanted() > 0 && budget.LeasedQuota is { } quota && !quota.IsUsedUp(now()) && quota.Left * 2 <= quota.Size));

    /// <summary>There is something that the pool does not know of.</summary>
    public bool HasNews => budget.LeasedQuota is { HasUntold: true } || (IsWarmingUp && Results != default);

    /// <summary>The pool counts on hearing of it.</summary>
    public bool IsOpen => HasNews || budget is { LeasedRate: not null, LacksShare: false };

    /// <summary>When something that it has is over, by each clock; null when it has nothing.</summary>
    public LeaseInstant? EndsAt
    {
        get
        {
            var share = budget.LacksShare ? null : Held.Hold.EndsAt;
            if (share is not { } one || _blockEndsAt is not { } other) return share ?? _blockEndsAt;
            return new LeaseInstant(
                one.Monotonic < other.Monotonic ? one.Monotonic : other.Monotonic, one.Wall < other.Wall ? one.Wall : other.Wall);
        }
    }

    /// <summary>True when that changes what is leased.</summary>
    public bool Plan(BudgetLimits planned, bool isWarmingUp)
    {
        if (planned == Planned && isWarmingUp == IsWarmingUp) return false;
        (Planned, IsWarmingUp) = (planned, isWarmingUp);
        scheduler.SetLeased(level, budget, planned.RatePerSecond is not null, isWarmingUp || planned.PerDay is not null, now());
        return true;
    }

    /// <summary>Nothing of it is leased any more.</summary>
    public void Release() => scheduler.SetLeased(level, budget, rate: false, quota: false, now());

    /// <summary>Ends what is over. True when it was a share.</summary>
    public bool EndLapsed(LeaseInstant clocks)
    {
        if (_blockEndsAt is { } end && (clocks.Monotonic >= end.Monotonic || clocks.Wall >= end.Wall)) EndBlock();
        if (Held.Hold.EndsAt is null || Held.IsHeld(clocks)) return false;
        var had = !budget.LacksShare;
        Held.Lapse();
        scheduler.Lapse(budget);
        return had;
    }

    public void EndBlock()
    {
        _blockEndsAt = null;
        scheduler.EndAllotment(budget);
    }

    /// <param name="demand">The most that there was since it was last asked for.</param>
    /// <param name="passed">Since then.</param>
    /// <param name="keeps">It is to have a share even if there is no mail.</param>
    /// <param name="isEnd">Nothing more is to leave.</param>
    /// <param name="tellsResults">No other request is under way: what became of mail is counted with each that says it.</param>
    public BudgetRequest Ask(long silo, double demand, TimeSpan passed, bool keeps, bool isEnd, bool tellsResults, LeaseInstant clocks)
    {
        if (demand > 0) (_lastDemand, _demandSeen) = (demand, clocks.Monotonic);
        else if (_lastDemand > 0 && clocks.Monotonic - _demandSeen < DemandLasts) demand = _lastDemand;
        if (keeps) demand = Math.Max(demand, 1);
        var (used, wasShort) = budget.LeasedRate?.TakeUse() ?? default;
        var wanted = wasShort ? double.PositiveInfinity : 1 + (2 * used / Math.Max(passed.TotalSeconds, 0.1));
        var share = Held.Ask(silo, isEnd ? 0 : demand, budget.LeasedRate?.Reserved ?? 0, wanted);
        var results = IsWarmingUp && tellsResults ? Results : default;
        return new BudgetRequest(
            name, share.Demand, share.HeldNumber, share.HeldBurst, share.Wanted, isEnd ? 0 : BlockWanted(), budget.LeasedQuota?.Untold() ?? [])
        {
            Delivered = results.Delivered, Refused = results.Refused,
        };
    }

    /// <returns>It has less than before, which the pool is to know so that others have it.</returns>
    public bool Take(BudgetRequest request, BudgetReply reply, LeaseInstant asked, LeaseInstant clocks)
    {
        budget.LeasedQuota?.Told(request.Unused);
        Results = (Math.Max(Results.Delivered - request.Delivered, 0), Math.Max(Results.Refused - request.Refused, 0));
        if (reply.Used is { } used) scheduler.Learn(budget, used, reply.FreeIn is { } free ? now() + free : null);
        if (reply.Block is { } block) TakeBlock(block, asked, clocks);
        if (reply.Share is not { } share || budget.LeasedRate is null) return false;
        // If it came too late, others may have had this silo's part in between.
        EndLapsed(clocks);
        var before = Held.Share;
        if (!Held.Take(share, asked)) return false;
        if (EndLapsed(clocks)) return false;
        if (Held.IsHeld(clocks)) scheduler.Lease(level, budget, share, now());
        return share.RatePerSecond < before.RatePerSecond || share.Burst < before.Burst;
    }

    private void TakeBlock(in QuotaBlock block, LeaseInstant asked, LeaseInstant clocks)
    {
        BlockHold = block.StartWithin is { } within ? LeaseHold.For(asked, within) : null;
        scheduler.Allot(level, budget, block, now());
        if (clocks.AtMostSince(asked) < block.Term) _blockEndsAt = new LeaseInstant(asked.Monotonic + block.Term, asked.Wall + block.Term);
        else EndBlock();
    }

    /// <summary>What of the quota is of use to it now, 0 when it has enough in hand.</summary>
    private int BlockWanted()
    {
        if (budget.LeasedQuota is not { } quota) return 0;
        var due = Levels.Sum(l => l.DueUnits);
        if (due == 0) return 0;
        var age = Math.Max((now() - quota.TakenAt).TotalSeconds, 1);
        var soon = (quota.Size - quota.Left) / age * BlockSeconds;
        // What it reckons with and is not there yet is a small part of the rest: it is lost if this silo ends.
        var ahead = Math.Min(soon, Math.Max((Planned.PerDay ?? 0) - quota.Used, 0) / 8.0);
        // So is what is due and does not leave at once: no more than its share of the rate lets go in that time, and without a rate than left
        // of late. Blocks that are used up at once grow.
        var most = Planned.RatePerSecond is not null
            ? (Held.Share.RatePerSecond * BlockSeconds) + Held.Share.Burst
            : Math.Max(soon, Math.Max(scheduler.Account.Budget.Limits.InFlight ?? 0, LeastBlock));
        var wanted = Math.Min(due + ahead, most);
        if (quota.Left * 2 > wanted) return 0;
        return (int)Math.Clamp(Math.Ceiling(wanted), LeastBlock, 1e9);
    }
}
