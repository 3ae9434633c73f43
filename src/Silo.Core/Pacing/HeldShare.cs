using Silo.Core.Ownership;

namespace Silo.Core.Pacing;

/// <summary>
/// A silo's side of a leased rate: the share it goes by, and whether its term is over by either clock. What it takes is put into force by
/// <see cref="EgressScheduler.Lease"/>, and ended by <see cref="EgressScheduler.Lapse"/>. Right as long as at most one of the silo's
/// clocks is wrong at a time.
/// </summary>
/// <remarks>
/// Numbers of shares grow over all activations of a pool, so that an activation that was replaced and does not know it yet is not listened
/// to any more once its successor was heard.
/// </remarks>
public sealed class HeldShare
{
    /// <summary>The share that it goes by, or went by last.</summary>
    public RateShare Share { get; private set; }

    /// <summary>To be kept with what is reserved now, and asked directly before that starts. Another one after each lapse.</summary>
    public LeaseHold Hold { get; private set; } = new();

    /// <summary>What to say with the next request.</summary>
    /// <param name="reserved">What is reserved of the level and has not started.</param>
    public ShareRequest Ask(long silo, double demand, double reserved, double wanted = double.PositiveInfinity) =>
        new(silo, demand, Share.Number, Math.Max(Share.Burst, reserved), wanted);

    /// <summary>
    /// False for an answer that was overtaken by a later one: that share was given up already. If the share before it is not
    /// <see cref="IsHeld"/> any more, it has to lapse first: from then until now others may have had it.
    /// </summary>
    /// <param name="share">The pool's answer.</param>
    /// <param name="asked">Both clocks of this machine, read before the request was sent.</param>
    public bool Take(in RateShare share, LeaseInstant asked)
    {
        if (share.Number <= Share.Number) return false;
        Share = share;
        Hold.Renew(asked, share.Term);
        return true;
    }

    /// <summary>True while its term lasts: to be asked before anything is reserved.</summary>
    public bool IsHeld(LeaseInstant now) => Share.Number > 0 && Hold.IsHeld(now);

    /// <summary>Its term is over, for good: what was reserved under it does not start, whatever is leased next.</summary>
    public void Lapse()
    {
        Hold.End();
        Hold = new LeaseHold();
    }
}
