namespace Silo.Storage.Sqlite;

/// <summary>Hands writes from many threads to the one that writes. Numbers them in the order of arrival.</summary>
internal sealed class WriteQueue(TicketBook tickets)
{
    private readonly object _lock = new();
    private readonly FairQueue _writes = new();
    private long _lastTicket;
    private bool _writerSleeps;
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
            ObjectDisposedException.ThrowIf(_stopped, typeof(SqliteStore));
            write.Ticket = ++_lastTicket;
            tickets.Add(write);
            _writes.Add(write);
            if (_writerSleeps) Monitor.Pulse(_lock);
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
        }
    }
}
