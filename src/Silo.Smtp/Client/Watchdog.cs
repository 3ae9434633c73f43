namespace Silo.Smtp.Client;

/// <summary>
/// Ends a dialogue from outside: by time, by the caller, by the gate. One token per connection serves every read and write; once it
/// is cancelled the connection is lost, so that nothing has to be linked or reset per message.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly ITimer _timer;
    private int _fault;

    public Watchdog(TimeProvider time) => _timer = time.CreateTimer(
        static state => ((Watchdog)state!).End(SmtpFault.TimedOut), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public CancellationToken Token => _source.Token;

    /// <summary>The first reason to end; none while the dialogue may go on.</summary>
    public SmtpFault Fault => (SmtpFault)Volatile.Read(ref _fault);

    public void Arm(TimeSpan timeout) => _timer.Change(timeout, Timeout.InfiniteTimeSpan);

    public void Disarm() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

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
}
