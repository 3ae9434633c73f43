namespace Silo.Storage.Sqlite;

/// <summary>Lets the checkpointer hold the writer between two batches, for the short time in which the log starts over.</summary>
internal sealed class WriterGate
{
    private readonly object _lock = new();
    private bool _held;
    private bool _writing;

    public void EnterBatch()
    {
        lock (_lock)
        {
            while (_held) Monitor.Wait(_lock);
            _writing = true;
        }
    }

    public void LeaveBatch()
    {
        lock (_lock)
        {
            _writing = false;
            Monitor.PulseAll(_lock);
        }
    }

    public void WhileHeld(Action action)
    {
        lock (_lock)
        {
            while (_held) Monitor.Wait(_lock);
            _held = true;
            while (_writing) Monitor.Wait(_lock);
        }

        try
        {
            action();
        }
        finally
        {
            lock (_lock)
            {
                _held = false;
                Monitor.PulseAll(_lock);
            }
        }
    }
}
