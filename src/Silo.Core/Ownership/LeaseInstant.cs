namespace Silo.Core.Ownership;

/// <summary>One moment by both clocks of this machine, read one directly after the other.</summary>
/// <param name="Monotonic">Since any fixed moment. Never steps back; may stand still while the machine is suspended.</param>
/// <param name="Wall">Goes on while the machine is suspended; may be set forward or back at any time.</param>
public readonly record struct LeaseInstant(TimeSpan Monotonic, DateTimeOffset Wall)
{
    /// <summary>No less than what went by since, as long as at most one of the clocks is wrong.</summary>
    public TimeSpan AtMostSince(LeaseInstant earlier) => Larger(Monotonic - earlier.Monotonic, Wall - earlier.Wall);

    /// <summary>No more than what went by since, as long as at most one of the clocks is wrong.</summary>
    internal TimeSpan AtLeastSince(LeaseInstant earlier) => -Larger(earlier.Monotonic - Monotonic, earlier.Wall - Wall);

    private static TimeSpan Larger(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
