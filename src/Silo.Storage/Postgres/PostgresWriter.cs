using Npgsql;
using Silo.Storage.Writing;

namespace Silo.Storage.Postgres;

/// <summary>
/// Gathers what is in line into a batch, stores it in one round trip, tells the observer, completes the tickets. While the database is
/// away the batch is kept and tried again, until the incarnation is lost.
/// </summary>
internal sealed class PostgresWriter
{
    private const int WritesPerTake = 128;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    private readonly WriteQueue _queue;
    private readonly TicketBook _tickets;
    private readonly WriterSession _session;
    private readonly Batch _batch;
    private readonly LeaseKeeper _lease;
    private readonly long _logOffset;
    private readonly PostgresStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly List<PendingWrite> _taken = [];
    private readonly NoticeWatch _notices = new();
    private Action<IReadOnlyList<SpoolWrite>>? _observer;
    private Task _running = Task.CompletedTask;
    private volatile string? _trouble;

    public PostgresWriter(
        WriteQueue queue, TicketBook tickets, WriterSession session, Batch batch, LeaseKeeper lease,
        long logOffset, PostgresStoreOptions options, TimeProvider time)
    {
        (_queue, _tickets, _session, _batch, _lease) = (queue, tickets, session, batch, lease);
        (_logOffset, _options, _time) = (logOffset, options, time);
    }

    /// <summary>Why the batch that is in line cannot be stored at present; null when the last one could.</summary>
    public string? Trouble => _trouble;

    public void Start() => _running = Task.Run(Run);

    /// <summary>An observer that throws ends the process: state that follows the commits would be wrong from there on.</summary>
    public void Observe(Action<IReadOnlyList<SpoolWrite>> committed)
    {
        if (Interlocked.CompareExchange(ref _observer, committed, null) is not null)
            throw new InvalidOperationException("The spool has an observer already.");
    }

    public void OnNotices(Action<IReadOnlyCollection<long>> written) => _notices.Set(written);

    public long Enqueue(SpoolWrite write) => _queue.Add(PendingWrite.Of(write));

    /// <summary>Runs a change inside a batch and returns the function's answer. Within its line it keeps its place.</summary>
    /// <param name="answered">Told the answer on the writer's line, before anything is written after it; null when it was lost.</param>
    public async Task<long> Change(
        long line, string sql, Func<IEnumerable<NpgsqlParameter>> parameters, Action<long?>? answered, CancellationToken cancellationToken)
    {
        long result = 0;
        var ticket = _queue.Add(new PostgresChange(line, sql, parameters)
        {
            Answered = answer =>
            {
                result = answer ?? 0;
                answered?.Invoke(answer);
            },
        });
        await _tickets.When(ticket, cancellationToken);
        return result;
    }

    /// <summary>Writes what is in line and ends.</summary>
    public async Task Stop()
    {
        _queue.Stop();
        await _running;
        await _session.DisposeAsync();
    }

    private async Task Run()
    {
        try
        {
            while (await _queue.WaitForWritesAsync())
            {
                Gather();
                for (var next = 0; next < _taken.Count;) next = await WriteFrom(next);
                _taken.Clear();
            }
        }
        catch (Exception e)
        {
            Environment.FailFast("The writer of the store failed.", e);
        }
    }

    private void Gather()
    {
        var started = _time.GetTimestamp();
        var bytes = _queue.Take(_taken, _options.MaxBatchBytes, Math.Min(WritesPerTake, _options.MaxBatchWrites), evenIfTooLarge: true);
        while (bytes < _options.MaxBatchBytes && _taken.Count < _options.MaxBatchWrites
            && _time.GetElapsedTime(started) < _options.MaxBatchTime)
        {
            var before = _taken.Count;
            bytes += _queue.Take(
                _taken, _options.MaxBatchBytes - bytes, Math.Min(WritesPerTake, _options.MaxBatchWrites - before), evenIfTooLarge: false);
            if (_taken.Count == before) return;
        }
    }

    /// <summary>Writes as many of what was taken as go together; returns the first that is left.</summary>
    private async Task<int> WriteFrom(int first)
    {
        var end = await TryStore(first, _taken.Count);
        var written = _taken.GetRange(first, end - first);
        Tell(written);
        _tickets.Settle(written);
        return end;
    }

    /// <summary>Stores a stretch of what was taken; if the data of one are refused, halves of it, so that only that one fails.</summary>
    private async Task<int> TryStore(int first, int end)
    {
        _batch.Clear();
        var next = first;
        while (next < end && _batch.TryAdd(_taken[next])) next++;
        if (await Store() is not { } failure) return next;
        _batch.Undo();
        if (!PostgresFailure.IsOfTheData(failure) || next - first == 1)
        {
            for (var i = first; i < next; i++) _taken[i].Failure ??= failure;
            return next;
        }

        var middle = first + (next - first) / 2;
        for (var at = first; at < middle;) at = await TryStore(at, middle);
        for (var at = middle; at < next;) at = await TryStore(at, next);
        return next;
    }

    private async Task<Exception?> Store()
    {
        if (!_batch.HasContent) return null;
        while (!_lease.Lost.IsCompleted)
        {
            try
            {
                _batch.Publish(await _session.Store(_batch), _logOffset);
                _trouble = null;
                return null;
            }
            catch (LostCommitsException e)
            {
                _lease.Lose(e.Message);
            }
            catch (Exception e) when (PostgresFailure.IsFence(e))
            {
                _lease.Lose("another silo took this one's tenants over");
            }
            catch (Exception e) when (PostgresFailure.IsOfTheData(e))
            {
                return e;
            }
            catch (Exception e)
            {
                _trouble = e.Message;
                await Task.WhenAny(_lease.Lost, Task.Delay(RetryInterval, _time));
            }
        }

        return new StorageException($"The batch was not stored, or may not be: {await _lease.Lost}.");
    }

    private void Tell(List<PendingWrite> written)
    {
        _notices.Tell(written);
        if (_observer is null) return;
        var committed = new List<SpoolWrite>(written.Count);
        foreach (var write in written)
        {
            if (write is { Failure: null, Write: { } spoolWrite }) committed.Add(spoolWrite);
        }

        if (committed.Count > 0) _observer(committed);
    }
}
