using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

/// <summary>
/// The one thread that writes: gathers what is in line into a batch, commits it with one sync, tells the observer, completes the
/// tickets. A write that breaks a rule fails alone; a commit that fails takes its batch with it.
/// </summary>
internal sealed class Writer
{
    // Small enough that writes which arrive meanwhile get their fair place in the batch.
    private const int WritesPerTake = 128;

    private readonly WriteQueue _queue;
    private readonly TicketBook _tickets;
    private readonly BatchWriter _batchWriter;
    private readonly Checkpointer _checkpointer;
    private readonly SqliteStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly List<PendingWrite> _batch = [];
    private readonly Thread _thread;
    private readonly NoticeWatch _notices = new();
    private Action<IReadOnlyList<SpoolWrite>>? _observer;
    private volatile bool _lastBatchFailed;

    public Writer(
        WriteQueue queue, TicketBook tickets, BatchWriter batchWriter, Checkpointer checkpointer, SqliteStoreOptions options, TimeProvider time)
    {
        (_queue, _tickets, _batchWriter, _checkpointer, _options, _time) = (queue, tickets, batchWriter, checkpointer, options, time);
        _thread = new Thread(Run) { IsBackground = true, Name = "Silo store writer" };
    }

    public bool LastBatchFailed => _lastBatchFailed;

    public void Start() => _thread.Start();

    /// <summary>An observer that throws ends the process: state that follows the commits would be wrong from there on.</summary>
    public void Observe(Action<IReadOnlyList<SpoolWrite>> committed)
    {
        if (Interlocked.CompareExchange(ref _observer, committed, null) is not null)
            throw new InvalidOperationException("The spool has an observer already.");
    }

    public void OnNotices(Action<IReadOnlyCollection<long>> written) => _notices.Set(written);

    public long Enqueue(SpoolWrite write) => _queue.Add(PendingWrite.Of(write));

    /// <summary>Runs a change of the control plane inside a batch. Within its line it keeps its place.</summary>
    public async Task<T> Change<T>(long line, Func<BatchWriter, T> change, CancellationToken cancellationToken)
    {
        T result = default!;
        var ticket = _queue.Add(new PendingChange(line, batch => result = change(batch)));
        await _tickets.When(ticket, cancellationToken);
        return result;
    }

    /// <summary>Writes what is in line and ends.</summary>
    public void Stop()
    {
        _queue.Stop();
        _thread.Join();
    }

    private void Run()
    {
        while (_queue.WaitForWrites())
        {
            _checkpointer.Gate.EnterBatch();
            try
            {
                WriteBatch();
            }
            finally
            {
                _checkpointer.Gate.LeaveBatch();
            }

            _checkpointer.AfterCommit(_batchWriter.TakePagesWritten());
        }
    }

    private void WriteBatch()
    {
        _batch.Clear();
        var failure = TryTogether();
        if (failure is not null && SqliteFailure.IsOfTheWriteAlone(failure)) failure = TryOneByOne();
        if (failure is null) Tell();
        else FailBatch(failure);
        _tickets.Settle(_batch);
    }

    private Exception? TryTogether()
    {
        var started = _time.GetTimestamp();
        try
        {
            // Taken before anything can fail, so that a store that is broken fails tickets and does not spin.
            var bytes = _queue.Take(_batch, _options.MaxBatchBytes, Math.Min(WritesPerTake, _options.MaxBatchWrites), evenIfTooLarge: true);
            _batchWriter.Begin();
            var applied = 0;
            while (applied < _batch.Count)
            {
                while (applied < _batch.Count) _batchWriter.Apply(_batch[applied++]);
                var room = _options.MaxBatchBytes - bytes;
                if (room <= 0 || applied >= _options.MaxBatchWrites || _time.GetElapsedTime(started) >= _options.MaxBatchTime) break;
                bytes += _queue.Take(_batch, room, Math.Min(WritesPerTake, _options.MaxBatchWrites - applied), evenIfTooLarge: false);
            }

            _batchWriter.Commit();
            return null;
        }
        catch (Exception e)
        {
            _batchWriter.Rollback();
            return e;
        }
    }

    /// <summary>The slow way, taken once a write was refused: each write in a savepoint, so that only that one is lost.</summary>
    private Exception? TryOneByOne()
    {
        try
        {
            _batchWriter.Begin();
            foreach (var write in _batch) write.Failure = _batchWriter.TryApply(write);
            _batchWriter.Commit();
            return null;
        }
        catch (Exception e)
        {
            _batchWriter.Rollback();
            return e;
        }
    }

    private void FailBatch(Exception e)
    {
        _lastBatchFailed = true;
        var failure = new StorageException($"The batch was not committed: {e.Message}", e);
        foreach (var write in _batch) write.Failure = failure;
    }

    private void Tell()
    {
        _lastBatchFailed = false;
        _batchWriter.Publish();
        _notices.Tell(_batch);
        if (_observer is null) return;
        var committed = new List<SpoolWrite>(_batch.Count);
        foreach (var write in _batch)
        {
            if (write is { Failure: null, Write: { } spoolWrite }) committed.Add(spoolWrite);
        }

        if (committed.Count > 0) _observer(committed);
    }
}
