using Silo.Core.Ownership;

namespace Silo.Core.Pacing;

/// <summary>
/// An unbroken time in which a silo held a share: each renewal makes it longer, and once it is over it stays over. What was reserved in it
/// may start in it. One thread renews and ends it; any number ask at the same time.
/// </summary>
public sealed class LeaseHold
{
    // A reference to a value that never changes: readers take no lock and see one renewal whole.
    private volatile Belief? _belief;
    private volatile bool _isOver;

    /// <summary>Right as long as at most one of the machine's clocks is wrong at a time.</summary>
    public bool IsHeld(LeaseInstant now) => !_isOver && _belief is { } belief && now.AtMostSince(belief.Asked) < belief.Term;

    /// <summary>One that is not renewed.</summary>
    public static LeaseHold For(LeaseInstant asked, TimeSpan term) => new() { _belief = new Belief(asked, term) };

    /// <summary>When its term is over by each clock, if it is not renewed; null when it never was held.</summary>
    public LeaseInstant? EndsAt => _belief is { } belief ? new LeaseInstant(belief.Asked.Monotonic + belief.Term, belief.Asked.Wall + belief.Term) : null;

    internal void Renew(LeaseInstant asked, TimeSpan term) => _belief = new Belief(asked, term);

    internal void End() => _isOver = true;

    private sealed record Belief(LeaseInstant Asked, TimeSpan Term);
}
