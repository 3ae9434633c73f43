namespace Silo.Core.Pacing;

// Limits that silos share: what of them this one may use.
public sealed partial class EgressScheduler
{
    /// <summary>
    /// Whether rate and quota of a budget (the level's own or one of its sources') are leased. What is leased lets nothing go at first; the
    /// budget's own rate holds beside it, its own quota does not.
    /// </summary>
    public void SetLeased(PacingLevel level, Budget budget, bool rate, bool quota, DateTimeOffset now)
    {
        now = Part(now);
        budget.SetLeased(rate, quota, now);
        LookAround(level, budget, now);
    }

    /// <summary>A share that a <see cref="HeldShare"/> took, from now on. After a lapse its bucket begins empty.</summary>
    public void Lease(PacingLevel level, Budget budget, in RateShare share, DateTimeOffset now)
    {
        now = Part(now);
        budget.LeasedRate?.Take(share.RatePerSecond, share.Burst, now);
        LookAround(level, budget, now);
    }

    /// <summary>The share's term is over: nothing is granted here, and no grant may start, until it is leased anew.</summary>
    public void Lapse(Budget budget) => budget.LeasedRate?.Lapse();

    /// <summary>A block of the quota, from now on; what is left of the one before it is told to the pool.</summary>
    public void Allot(PacingLevel level, Budget budget, in QuotaBlock block, DateTimeOffset now)
    {
        now = Part(now);
        budget.LeasedQuota?.Take(block.Number, block.Count, now);
        LookAround(level, budget, now);
    }

    /// <summary>The term of the block is over: nothing more is reserved of it.</summary>
    public void EndAllotment(Budget budget) => budget.LeasedQuota?.Close();

    /// <summary>What the pool said of its quota.</summary>
    /// <param name="used">In the last 24 hours, all silos together, with what is out in blocks.</param>
    /// <param name="freeAt">When some of it is free again; null while some is.</param>
    public void Learn(Budget budget, long used, DateTimeOffset? freeAt) => budget.LeasedQuota?.Learn(used, freeAt);

    private void LookAround(PacingLevel level, Budget budget, DateTimeOffset now)
    {
        Look(level, now);
        LookAtUsers(budget, now);
    }

    /// <summary>What is reserved from here on is later than what was reserved before, even where the clock stands still.</summary>
    private DateTimeOffset Part(DateTimeOffset now)
    {
        now = Latest(now);
        _latest = now.AddTicks(1);
        return now;
    }
}
