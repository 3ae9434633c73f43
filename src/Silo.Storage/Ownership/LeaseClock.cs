namespace Silo.Storage.Ownership;

/// <summary>
/// What a process may believe of its own lease: from before it asked, by whichever of its two clocks says it is over first. Thread-safe.
/// </summary>
/// <param name="lease">How long a renewal lasts.</param>
/// <param name="margin">Taken off, for what happens between a look here and the act that follows.</param>
public sealed class LeaseClock(TimeSpan lease, TimeSpan margin)
{
    private readonly Lock _lock = new();
    private bool _renewed;
    private long _timestamp;
    private DateTimeOffset _utc;

    /// <summary>The lease was renewed; both instants were read before it was asked for.</summary>
    public void Renewed(long timestampBeforeAsking, DateTimeOffset utcBeforeAsking, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        lock (_lock) (_renewed, _timestamp, _utc) = (true, timestampBeforeAsking, utcBeforeAsking);
    }

    public bool IsHeld(TimeProvider time)
    {
        var held = lease - margin;
        lock (_lock)
        {
            if (!_renewed || time.GetElapsedTime(_timestamp) >= held) return false;
            var byWall = time.GetUtcNow() - _utc;
            // A wall clock that stepped back says nothing of how much time is left.
            return byWall < held;
        }
    }
}
