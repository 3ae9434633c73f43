namespace Silo.Testing;

/// <summary>
/// A clock that a test drives by hand and that behaves as badly as real ones do: an odd timestamp frequency, and a wall clock
/// that can step back while the monotonic one goes on. Timers fire inside <see cref="Advance"/>, on the caller's thread.
/// </summary>
public sealed class HostileTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<HandTimer> _timers = [];
    private DateTimeOffset _wall = start;
    private long _monotonicTicks;

    public HostileTimeProvider() : this(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero))
    {
    }

    // Mess with the frequency to catch code that takes timestamps for ticks.
    public override long TimestampFrequency => TimeSpan.TicksPerSecond * 7;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _wall;
    }

    public override long GetTimestamp()
    {
        lock (_lock) return _monotonicTicks * 7;
    }

    /// <summary>Moves the wall clock alone, as an NTP step does; a negative value steps back.</summary>
    public void StepWall(TimeSpan by)
    {
        lock (_lock) _wall += by;
    }

    /// <summary>Moves both clocks and fires every timer that becomes due, in the order of their due times.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        long target;
        lock (_lock) target = _monotonicTicks + by.Ticks;
        while (true)
        {
            HandTimer? next;
            lock (_lock)
            {
                next = _timers.Where(t => t.DueTicks <= target).MinBy(t => t.DueTicks);
                var to = Math.Max(_monotonicTicks, next?.DueTicks ?? target);
                _wall += TimeSpan.FromTicks(to - _monotonicTicks);
                _monotonicTicks = to;
                if (next is null) return;
                next.Rearm();
            }

            next.Fire();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new HandTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class HandTimer(HostileTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public long DueTicks { get; private set; } = long.MaxValue;

        public void Fire() => callback(state);

        public void Rearm()
        {
            if (_period <= TimeSpan.Zero) owner._timers.Remove(this);
            else DueTicks += _period.Ticks;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                _period = period;
                if (dueTime < TimeSpan.Zero) return true;
                DueTicks = owner._monotonicTicks + dueTime.Ticks;
                owner._timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (owner._lock) owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
