namespace Silo.Smtp.Client;

/// <summary>
/// Ends a dialogue from outside: by time, by the caller, by the gate. One token per connection serves every read and write; once it
/// is cancelled the connection is lost, so that nothing has to be linked or reset per message.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly long _began;
    private int _fault;

    // Since the beginning; the greatest value for never. A step is over long before its time, so the timer stays as it is when the time
    // moves on, and finds out what became of it when it fires.
    private TimeSpan _deadline = TimeSpan.MaxValue;
    private TimeSpan _firesAt = TimeSpan.MaxValue;

    public Watchdog(TimeProvider time)
    {
        (_time, _began) = (time, time.GetTimestamp());
        _timer = time.CreateTimer(
            static state => ((Watchdog)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The first reason to end; none while the dialogue may go on.</summary>
    public SmtpFault Fault => (SmtpFault)Volatile.Read(ref _fault);

    /// <param name="timeout">0 or more.</param>
    public void Arm(TimeSpan timeout)
    {
        var deadline = _time.GetElapsedTime(_began) + timeout;
        lock (_lock)
        {
            _deadline = deadline;
            if (deadline >= _firesAt) return;
            _firesAt = deadline;
            _timer.Change(timeout, Timeout.InfiniteTimeSpan);
        }
    }

    public void Disarm()
    {
        lock (_lock) _deadline = TimeSpan.MaxValue;
    }

    public CancellationTokenRegistration EndWith(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static state => ((Watchdog)state!).End(SmtpFault.Cancelled), this);

    public void Dispose()
    {
        _timer.Dispose();
        _source.Dispose();
    }

    public void End(SmtpFault fault)
    {
        if (Interlocked.CompareExchange(ref _fault, (int)fault, 0) != 0) return;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The dialogue ended by itself in the meantime.
        }
    }

    private void Look()
    {
        lock (_lock)
        {
            _firesAt = TimeSpan.MaxValue;
            if (_deadline == TimeSpan.MaxValue) return;
            var left = _deadline - _time.GetElapsedTime(_began);
            if (left > TimeSpan.Zero)
            {
                _firesAt = _deadline;
                _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        End(SmtpFault.TimedOut);
    }
}
