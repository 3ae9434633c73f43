namespace Silo.Storage.Writing;

/// <summary>Hands writes from many threads to the one that writes. Numbers them in the order of arrival.</summary>
internal sealed class WriteQueue(TicketBook tickets)
{
    private readonly object _lock = new();
    private readonly FairQueue _writes = new();
    private long _lastTicket;
    private bool _writerSleeps;
    private TaskCompletionSource? _arrival;
    private bool _stopped;

    public long PendingBytes
    {
        get
        {
            lock (_lock) return _writes.Bytes;
        }
    }

    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public long Add(PendingWrite write)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopped, typeof(ISiloStore));
            write.Ticket = ++_lastTicket;
            tickets.Add(write);
            _writes.Add(write);
            if (_writerSleeps) Monitor.Pulse(_lock);
            Arrived();
            return write.Ticket;
        }
    }

    /// <summary>Waits until there is something to write. False when the queue is stopped and drained.</summary>
    public bool WaitForWrites()
    {
        lock (_lock)
        {
            while (_writes.Count == 0 && !_stopped)
            {
                _writerSleeps = true;
                Monitor.Wait(_lock);
                _writerSleeps = false;
            }

            return _writes.Count > 0;
        }
    }

    /// <summary>The same for a writer without a thread of its own.</summary>
    public async ValueTask<bool> WaitForWritesAsync()
    {
        while (true)
        {
            Task arrival;
            lock (_lock)
            {
                if (_writes.Count > 0 || _stopped) return _writes.Count > 0;
                _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
                arrival = _arrival.Task;
            }

            await arrival;
        }
    }

    public long Take(List<PendingWrite> into, long roomBytes, int maxWrites, bool evenIfTooLarge)
    {
        lock (_lock) return _writes.Take(into, roomBytes, maxWrites, evenIfTooLarge);
    }

    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            Monitor.PulseAll(_lock);
            Arrived();
        }
    }

    private void Arrived()
    {
        _arrival?.TrySetResult();
        _arrival = null;
    }
}
