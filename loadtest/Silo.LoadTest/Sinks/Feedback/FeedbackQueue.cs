namespace Silo.LoadTest.Sinks.Feedback;

/// <summary>Feedback that waits for its time, and one worker that tells it, each up to three times. Safe for several threads.</summary>
internal sealed class FeedbackQueue : IAsyncDisposable
{
    /// <summary>More at once are not taken.</summary>
    public const int Most = 100_000;

    private const int Tries = 3;
    private const int SecondsBetweenTries = 1;

    private static readonly TimeSpan LongestNap = TimeSpan.FromHours(1);

    private readonly Func<Feedback, CancellationToken, ValueTask<bool>> _tell;
    private readonly TimeProvider _time;
    private readonly PriorityQueue<(Feedback Feedback, int Tried), long> _waiting = new();
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _working;
    private long _told;
    private long _failed;

    /// <param name="tell">False, or an exception of the network: to be tried again.</param>
    public FeedbackQueue(Func<Feedback, CancellationToken, ValueTask<bool>> tell, TimeProvider time)
    {
        (_tell, _time) = (tell, time);
        _working = Work();
    }

    public long Told => Interlocked.Read(ref _told);

    public long Failed => Interlocked.Read(ref _failed);

    public bool TryAdd(Feedback feedback) => TryAdd(feedback, 0, feedback.Due);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _working;
        _stop.Dispose();
        _changed.Dispose();
    }

    private bool TryAdd(Feedback feedback, int tried, long due)
    {
        lock (_lock)
        {
            if (_waiting.Count >= Most) return false;
            _waiting.Enqueue((feedback, tried), due);
            // Only who comes first changes how long is waited.
            if (_waiting.Peek().Feedback == feedback && _changed.CurrentCount == 0) _changed.Release();
            return true;
        }
    }

    private async Task Work()
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                if (TakeDue(out var due, out var nap)) await Tell(due.Feedback, due.Tried + 1);
                else await Nap(nap);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // What still waits would have come after the run.
        }
    }

    private bool TakeDue(out (Feedback Feedback, int Tried) due, out TimeSpan nap)
    {
        lock (_lock)
        {
            (due, nap) = (default, LongestNap);
            if (!_waiting.TryPeek(out _, out var at)) return false;
            nap = _time.GetElapsedTime(_time.GetTimestamp(), at);
            if (nap > TimeSpan.Zero) return false;
            due = _waiting.Dequeue();
            return true;
        }
    }

    private async Task Nap(TimeSpan nap)
    {
        using var rested = new CancellationTokenSource(nap < LongestNap ? nap : LongestNap, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(rested.Token, _stop.Token);
        try
        {
            await _changed.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            // Something is due.
        }
    }

    private async Task Tell(Feedback feedback, int tried)
    {
        bool isTold;
        try
        {
            isTold = await _tell(feedback, _stop.Token);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or HttpRequestException or TaskCanceledException
            && !_stop.IsCancellationRequested)
        {
            isTold = false;
        }

        if (isTold) Interlocked.Increment(ref _told);
        else if (tried >= Tries || !TryAdd(feedback, tried, _time.GetTimestamp() + SecondsBetweenTries * _time.TimestampFrequency))
            Interlocked.Increment(ref _failed);
    }
}
