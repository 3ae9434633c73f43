namespace Silo.Storage.Writing;

/// <summary>
/// What became of each ticket. Only pending and failed ones are kept, so a ticket of which nothing is known has committed; when the
/// failed ones are too many, all up to the latest forgotten one count as failed ("may not be on disk").
/// </summary>
internal sealed class TicketBook
{
    public const int MaxFailures = 65_536;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, PendingWrite> _pending = [];
    private readonly Dictionary<long, StorageException> _failed = [];
    private readonly Queue<long> _failedInOrder = new();
    private long _last;
    private long _doubtfulUpTo;

    public void Add(PendingWrite write)
    {
        lock (_lock)
        {
            _pending.Add(write.Ticket, write);
            _last = write.Ticket;
        }
    }

    /// <summary>Strikes out committed and failed writes, and wakes who waits for them.</summary>
    public void Settle(IReadOnlyList<PendingWrite> writes)
    {
        lock (_lock)
        {
            foreach (var write in writes)
            {
                _pending.Remove(write.Ticket);
                if (write.Failure is not null) Remember(write.Ticket, AsStorageException(write.Failure));
            }
        }

        // No waiter can join any more: the writes are not pending.
        foreach (var write in writes)
        {
            if (write.Waiter is not { } waiter) continue;
            if (write.Failure is { } failure) waiter.SetException(AsStorageException(failure));
            else waiter.SetResult();
        }
    }

    public ValueTask When(long ticket, CancellationToken cancellationToken)
    {
        Task waiting;
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(ticket, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(ticket, _last);
            if (!_pending.TryGetValue(ticket, out var write))
            {
                if (_failed.TryGetValue(ticket, out var failure)) return ValueTask.FromException(failure);
                if (ticket > _doubtfulUpTo) return ValueTask.CompletedTask;
                return ValueTask.FromException(new StorageException("The outcome of this write is no longer known: too many have failed since."));
            }

            // Continuations run elsewhere: the writer's thread has no time for them.
            write.Waiter ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting = write.Waiter.Task;
        }

        return new ValueTask(waiting.WaitAsync(cancellationToken));
    }

    private void Remember(long ticket, StorageException failure)
    {
        _failed.Add(ticket, failure);
        _failedInOrder.Enqueue(ticket);
        if (_failedInOrder.Count <= MaxFailures) return;
        var forgotten = _failedInOrder.Dequeue();
        _failed.Remove(forgotten);
        _doubtfulUpTo = Math.Max(_doubtfulUpTo, forgotten);
    }

    private static StorageException AsStorageException(Exception failure) =>
        failure as StorageException ?? new StorageException($"The write was refused: {failure.Message}", failure);
}
