namespace Silo.Core.Ownership;

/// <summary>
/// What an incarnation believes of its own lease, by its own clocks and without I/O. One thread renews; any number read at the same
/// time, at each gate. Right as long as at most one of the two clocks is wrong, and neither runs slower than the store's by more than
/// margin / lease.
/// </summary>
public sealed class LeaseClock
{
    private readonly TimeSpan _term;
    // A volatile reference to a value that never changes: readers take no lock and see one renewal whole.
    private volatile LeaseBelief? _belief;
    private volatile bool _ended;

    /// <param name="lease">As the store grants it: more than zero.</param>
    /// <param name="margin">
    /// Zero or more, less than the lease: by how much earlier the belief ends, for clocks that run apart and for what passes between a
    /// check and the write that it allows.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is outside of its range.</exception>
    public LeaseClock(TimeSpan lease, TimeSpan margin)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lease, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegative(margin.Ticks, nameof(margin));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(margin, lease);
        _term = lease - margin;
    }

    /// <summary>The store answered that it renewed the lease.</summary>
    /// <param name="before">Read before the renewal was sent.</param>
    /// <param name="answered">Read when the answer had come.</param>
    public void Renewed(LeaseInstant before, LeaseInstant answered) => _belief = LeaseBelief.Renew(_belief, before, answered, _term);

    /// <summary>The incarnation is over: nothing is held from here on, whatever answer is still on its way.</summary>
    public void End() => _ended = true;

    /// <summary>True while mail may begin to leave. Never renewed is not held.</summary>
    public bool IsHeld(LeaseInstant now) => !_ended && _belief is { } belief && belief.IsHeld(now, _term);

    /// <summary>
    /// For how long the lease was held without a gap, by the shorter count of both clocks; zero when it is not held. A renewal whose answer
    /// came after the one before it had run out counts as a gap.
    /// </summary>
    public TimeSpan HeldFor(LeaseInstant now) => !_ended && _belief is { } belief ? belief.HeldFor(now, _term) : TimeSpan.Zero;
}
