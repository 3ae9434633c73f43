using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Silo.Storage.Sqlite;

/// <summary>
/// Brings the write-ahead log into the file from a connection and a thread of its own, beside the writer. The log starts over only
/// when all of it is in the file while nobody writes, so the last, short stretch is done with the writer held.
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    private const int Passive = 0;
    private const int Truncate = 3;
    private const int PageBytes = 16 * 1024;

    /// <summary>What may be left for the stretch in which the writer waits: 2 MiB.</summary>
    private const int MaxPagesWhileHeld = 128;

    private readonly SqliteConnection _connection;
    private readonly long _startPages;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private long _pagesInLog;
    private volatile bool _idle;
    private volatile bool _stopped;

    public Checkpointer(SqliteConnection connection, SqliteStoreOptions options)
    {
        _connection = connection;
        _startPages = Math.Max(1, options.WriteAheadLogBytes / PageBytes);
        _thread = new Thread(Run) { IsBackground = true, Name = "Silo store checkpoints" };
    }

    public WriterGate Gate { get; } = new();

    public void Start() => _thread.Start();

    /// <summary>Told by the writer after each batch.</summary>
    public void AfterCommit(int pagesWritten)
    {
        _idle = false;
        if (Interlocked.Add(ref _pagesInLog, pagesWritten) >= _startPages) _wake.Set();
    }

    /// <summary>Called now and then: when nothing was written since the last call, the log is emptied and its file cut.</summary>
    public void Tick()
    {
        if (Interlocked.Read(ref _pagesInLog) == 0) return;
        if (_idle) _wake.Set();
        _idle = true;
    }

    public void Dispose()
    {
        _stopped = true;
        _wake.Set();
        if (_thread.IsAlive) _thread.Join();
        _connection.Dispose();
        _wake.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _wake.WaitOne();
            if (_stopped) return;
            Checkpoint(_idle ? Truncate : Passive);
        }
    }

    private void Checkpoint(int mode)
    {
        // Each pass leaves what was written during the one before: a quarter or so.
        for (var pass = 0; pass < 6; pass++)
        {
            if (Run(Passive) is not { } left) return;
            if (left <= MaxPagesWhileHeld) break;
        }

        Gate.WhileHeld(() =>
        {
            if (Run(mode) == 0) Interlocked.Exchange(ref _pagesInLog, 0);
        });
    }

    /// <summary>Pages that are still only in the log; null when the checkpoint failed. It is tried again after the next batch.</summary>
    private int? Run(int mode)
    {
        var result = raw.sqlite3_wal_checkpoint_v2(_connection.Handle!, "main", mode, out var inLog, out var done);
        return result == raw.SQLITE_OK ? inLog - done : null;
    }
}
