namespace Silo.Server.Delivery.Simulation;

/// <summary>
/// Reports feedback later: one queue and one timer for all. What is still pending at the end is dropped, as a real complaint would
/// be late.
/// </summary>
internal sealed class DelayedFeedback : IAsyncDisposable
{
    private readonly IFeedbackSink _sink;
    private readonly TimeProvider _time;
    private readonly TimeSpan _delay;
    private readonly int _maxPending;
    private readonly long _start;
    private readonly Lock _lock = new();
    // One delay for all, so first in is first due.
    private readonly Queue<(TimeSpan Due, DeliveryFeedback Feedback)> _pending = new();
    private readonly ITimer _timer;

    public DelayedFeedback(IFeedbackSink sink, TimeProvider time, TimeSpan delay, int maxPending)
    {
        (_sink, _time, _delay, _maxPending) = (sink, time, delay, maxPending);
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(
            static state => ((DelayedFeedback)state!).ReportDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Report(DeliveryFeedback feedback)
    {
        if (_delay > TimeSpan.Zero)
        {
            lock (_lock)
            {
                if (_pending.Count < _maxPending)
                {
                    _pending.Enqueue((_time.GetElapsedTime(_start) + _delay, feedback));
                    if (_pending.Count == 1) _timer.Change(_delay, Timeout.InfiniteTimeSpan);
                    return;
                }
            }
        }

        _sink.Report(feedback);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void ReportDue()
    {
        while (true)
        {
            DeliveryFeedback due;
            lock (_lock)
            {
                if (!_pending.TryPeek(out var first)) return;
                var wait = first.Due - _time.GetElapsedTime(_start);
                if (wait > TimeSpan.Zero)
                {
                    _timer.Change(wait, Timeout.InfiniteTimeSpan);
                    return;
                }

                due = _pending.Dequeue().Feedback;
            }

            _sink.Report(due);
        }
    }
}
