namespace Silo.Core.Ownership;

/// <summary>
/// What an incarnation knows of its own lease: it was renewed at some time after a moment, so it lasts at least a lease from that
/// moment on. Counted from the answer instead, it would outlast the lease by as long as the answer was on its way.
/// </summary>
/// <param name="Since">When the first of the renewals was sent that followed each other without a gap.</param>
/// <param name="Renewed">When the last of them was sent.</param>
public sealed record LeaseBelief(LeaseInstant Since, LeaseInstant Renewed)
{
    /// <param name="earlier">Null before the first renewal.</param>
    /// <param name="before">Read before the renewal was sent.</param>
    /// <param name="answered">Read when its answer had come: only by then is it certain that it was renewed.</param>
    /// <param name="term">For how long after <paramref name="before"/> it may be believed.</param>
    public static LeaseBelief Renew(LeaseBelief? earlier, LeaseInstant before, LeaseInstant answered, TimeSpan term)
    {
        if (earlier is null || !earlier.IsHeld(answered, term)) return new LeaseBelief(before, before);
        // An answer that was overtaken by a later one tells nothing new.
        return before.Monotonic > earlier.Renewed.Monotonic ? earlier with { Renewed = before } : earlier;
    }

    public bool IsHeld(LeaseInstant now, TimeSpan term) => now.AtMostSince(Renewed) < term;

    /// <summary>For how long the lease was held without a gap; zero when it is not.</summary>
    public TimeSpan HeldFor(LeaseInstant now, TimeSpan term)
    {
        var held = IsHeld(now, term) ? now.AtLeastSince(Since) : TimeSpan.Zero;
        return held > TimeSpan.Zero ? held : TimeSpan.Zero;
    }
}
