using Silo.Core.Delivery;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Smtp;

/// <summary>Opens the connection for which a place was found: either one or how it failed.</summary>
internal delegate ValueTask<(SmtpConnection? Connection, SmtpOutcome? Failure)> OpenConnection(CancellationToken cancellationToken);

/// <summary>What a pool lent: a connection, how opening one failed, or neither when there was no room.</summary>
internal readonly record struct Loan(SmtpConnection? Connection, SmtpOutcome? Failure)
{
    public bool NoRoom => Connection is null && Failure is null;
}

/// <summary>
/// Keeps connections between messages, within caps per host, per site and in total; idle ones count and make room for others. Who finds
/// no room waits, in order. The most recently used connection is lent first, so that the others can time out.
/// </summary>
internal sealed class ConnectionPool : IAsyncDisposable
{
    private volatile ConnectionPoolLimits _limits;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly PoolBooks _books;
    private readonly HashSet<Task> _leaving = [];
    private readonly ITimer _sweep;
    private bool _disposed;

    public ConnectionPool(ConnectionPoolLimits limits, TimeProvider time)
    {
        (_limits, _time, _books) = (limits, time, new PoolBooks(limits));
        var period = limits.IdleTimeout / 4;
        _sweep = time.CreateTimer(static pool => ((ConnectionPool)pool!).CloseIdle(), this, period, period);
    }

    public int IdleCount
    {
        get
        {
            lock (_lock) return _books.IdleCount;
        }
    }

    /// <summary>Connections that are lent, idle, or being opened.</summary>
    public int OpenCount
    {
        get
        {
            lock (_lock) return _books.OpenCount;
        }
    }

    /// <summary>Sites and hosts of which anything is remembered.</summary>
    public int LevelCount
    {
        get
        {
            lock (_lock) return _books.LevelCount;
        }
    }

    /// <summary>Other limits hold from now on, but for the idle timeout.</summary>
    public void Change(ConnectionPoolLimits limits)
    {
        _limits = limits;
        Change(books => books.Change(limits));
    }

    /// <summary>Lends a connection, or tells why there is none. What is lent comes back by <see cref="Return"/>.</summary>
    /// <param name="request">For a fresh connection the idle ones of the route are closed: they are as old as the stale one.</param>
    /// <param name="open">Called when there is no idle connection that will do.</param>
    public async ValueTask<Loan> Lend(PoolRequest request, OpenConnection open, CancellationToken cancellationToken)
    {
        if (await Place(request, cancellationToken) is not { } grant)
            return cancellationToken.IsCancellationRequested || IsDisposed ? new Loan(null, Cancelled()) : default;
        if (grant.Idle is { } idle)
        {
            if (idle.IsQuiet()) return new Loan(idle, null);
            await idle.DisposeAsync();
        }

        SmtpConnection? connection = null;
        try
        {
            (connection, var failure) = await open(cancellationToken);
            return new Loan(connection, failure);
        }
        finally
        {
            if (connection is null) Change(books => books.Free(request.Route));
        }
    }

    /// <summary>Takes a connection back: for the next message if it is in step and not worn out, else to be closed.</summary>
    public async ValueTask Return(SmtpConnection connection)
    {
        var session = connection.Session;
        if (session.IsUsable && session.Transactions < _limits.MessagesPerConnection && Keep(connection)) return;
        if (session.IsUsable) Leave(connection);
        else await connection.DisposeAsync();
        Change(books => books.Free(connection.Route));
    }

    public async ValueTask DisposeAsync()
    {
        PoolWaiter[] waiters;
        lock (_lock)
        {
            _disposed = true;
            waiters = _books.TakeWaiters();
        }

        foreach (var waiter in waiters) waiter.Granted.SetCanceled();
        await _sweep.DisposeAsync();
        Change(books => books.Drop(books.Idle));
        Task[] leaving;
        lock (_lock) leaving = [.. _leaving];
        await Task.WhenAll(leaving);
    }

    private bool IsDisposed
    {
        get
        {
            lock (_lock) return _disposed;
        }
    }

    private static SmtpOutcome Cancelled() => new(SmtpOutcomeKind.NotBegun, DeliveryStage.None) { Fault = SmtpFault.Cancelled };

    private async ValueTask<PoolGrant?> Place(PoolRequest request, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return null;
        if (request.Fresh) Change(books => books.Drop(books.IdleOf(request.Route)));
        (PoolGrant? Grant, PoolWaiter? Waiter) asked = default;
        Change(books => asked = _disposed ? default : books.Ask(request));
        if (asked.Waiter is not { } waiter) return asked.Grant;
        try
        {
            return await waiter.Granted.Task.WaitAsync(_limits.Patience, _time, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            bool gaveUp;
            lock (_lock) gaveUp = _books.GiveUp(waiter);
            // Its place came at the same moment.
            return gaveUp || waiter.Granted.Task.IsCanceled ? null : await waiter.Granted.Task;
        }
    }

    private bool Keep(SmtpConnection connection)
    {
        lock (_lock)
        {
            if (_disposed || _books.IsBeyondCap(connection.Route)) return false;
        }

        connection.IdleSince = _time.GetTimestamp();
        Change(books => books.Keep(connection));
        return true;
    }

    private void CloseIdle() =>
        Change(books => books.Drop(books.Idle.Where(c => _time.GetElapsedTime(c.IdleSince) >= _limits.IdleTimeout)));

    /// <summary>Changes the books, and says goodbye to the connections that had to go for it.</summary>
    private void Change(Action<PoolBooks> change)
    {
        SmtpConnection[] dropped;
        lock (_lock)
        {
            change(_books);
            dropped = _books.TakeDropped();
        }

        foreach (var connection in dropped) Leave(connection);
    }

    /// <summary>QUIT beside the traffic: no delivery waits for a goodbye.</summary>
    private void Leave(SmtpConnection connection)
    {
        var task = SayGoodbye(connection);
        if (task.IsCompleted) return;
        lock (_lock) _leaving.Add(task);
        _ = task.ContinueWith(
            done =>
            {
                lock (_lock) _leaving.Remove(done);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static async Task SayGoodbye(SmtpConnection connection)
    {
        await connection.Session.Quit();
        await connection.DisposeAsync();
    }
}
