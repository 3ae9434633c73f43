namespace Silo.LoadTest.Servers;

/// <summary>
/// A clock that goes as the system's does and can be moved on: a month in seconds. A timer that a leap passes fires once, however often it
/// would have.
/// </summary>
internal sealed class LeapClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly HashSet<LeapTimer> _timers = [];
    private long _leaptTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Volatile.Read(ref _leaptTicks));

    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Volatile.Read(ref _leaptTicks);

    /// <summary>Moves the clock on to an instant; one that is past already changes nothing.</summary>
    public void LeapTo(DateTimeOffset instant)
    {
        LeapTimer[] timers;
        lock (_lock)
        {
            var by = (instant - GetUtcNow()).Ticks;
            if (by <= 0) return;
            _leaptTicks += by;
            timers = [.. _timers];
        }

        foreach (var timer in timers) timer.Leapt();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LeapTimer(this, callback, state);
        lock (_lock) _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    private void Forget(LeapTimer timer)
    {
        lock (_lock) _timers.Remove(timer);
    }

    private sealed class LeapTimer : ITimer
    {
        private readonly Lock _lock = new();
        private readonly LeapClock _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _inner;
        private TimeSpan _period = Timeout.InfiniteTimeSpan;
        private long? _due;

        public LeapTimer(LeapClock clock, TimerCallback callback, object? state)
        {
            (_clock, _callback, _state) = (clock, callback, state);
            _inner = System.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                (_period, _due) = (period, dueTime < TimeSpan.Zero ? null : _clock.GetTimestamp() + dueTime.Ticks);
                return _inner.Change(dueTime < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : dueTime, Timeout.InfiniteTimeSpan);
            }
        }

        public void Leapt()
        {
            lock (_lock)
            {
                if (_due is { } due) _inner.Change(TimeSpan.FromTicks(Math.Max(0, due - _clock.GetTimestamp())), Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose()
        {
            _clock.Forget(this);
            _inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            lock (_lock)
            {
                _due = _period <= TimeSpan.Zero ? null : _clock.GetTimestamp() + _period.Ticks;
                if (_due is not null) _inner.Change(_period, Timeout.InfiniteTimeSpan);
            }

            _callback(_state);
        }
    }
}
