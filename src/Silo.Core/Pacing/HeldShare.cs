using Silo.Core.Ownership;

namespace Silo.Core.Pacing;

/// <summary>
/// A silo's side of a leased rate: the share it goes by, and whether its term is over by either clock. What it takes is put into force by
/// <see cref="EgressScheduler.Lease"/>, and ended by <see cref="EgressScheduler.Lapse"/>. Right as long as at most one of the silo's
/// clocks is wrong at a time.
/// </summary>
public sealed class HeldShare
{
    private RateShare _share;
    private LeaseInstant _asked;

    /// <summary>What the share allows. Less than one recipient at once is nothing.</summary>
    public BudgetLimits Limits =>
        _share.Burst >= 1 ? new BudgetLimits(_share.RatePerSecond, _share.Burst) : new BudgetLimits(0, Budget.NoBurst, InFlight: 0);

    /// <summary>What to say with the next request.</summary>
    /// <param name="reserved">What is reserved of the level and has not started.</param>
    public ShareRequest Ask(long silo, double demand, int reserved) => new(silo, demand, _share.Number, Math.Max(_share.Burst, reserved));

    /// <summary>False for an answer that was overtaken by a later one: that share was given up already.</summary>
    /// <param name="share">The pool's answer.</param>
    /// <param name="asked">Both clocks of this machine, read before the request was sent.</param>
    public bool Take(in RateShare share, LeaseInstant asked)
    {
        if (share.Number <= _share.Number) return false;
        (_share, _asked) = (share, asked);
        return true;
    }

    /// <summary>True while its term lasts: to be asked before anything is reserved, and again directly before it starts.</summary>
    public bool IsHeld(LeaseInstant now) => _share.Number > 0 && now.AtMostSince(_asked) < _share.Term;
}
