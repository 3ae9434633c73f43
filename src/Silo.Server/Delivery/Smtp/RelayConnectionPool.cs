using Silo.Core.Delivery;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Smtp;

/// <summary>
/// Keeps connections between messages. At most <see cref="SmtpRelayOptions.MaxConnections"/> are lent or idle at once; who comes
/// later waits, in order. The most recently used one is lent first, so that the others can time out.
/// </summary>
internal sealed class RelayConnectionPool : IAsyncDisposable
{
    private readonly SmtpRelayOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _places;
    private readonly Lock _lock = new();
    private readonly List<RelayConnection> _idle = [];
    private readonly HashSet<Task> _leaving = [];
    private readonly ITimer _sweep;
    private bool _disposed;

    public RelayConnectionPool(SmtpRelayOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _places = new SemaphoreSlim(options.MaxConnections, options.MaxConnections);
        var period = options.IdleTimeout / 4;
        _sweep = time.CreateTimer(static pool => ((RelayConnectionPool)pool!).CloseIdle(), this, period, period);
    }

    public int IdleCount
    {
        get
        {
            lock (_lock) return _idle.Count;
        }
    }

    private bool IsDisposed
    {
        get
        {
            lock (_lock) return _disposed;
        }
    }

    /// <summary>Lends a connection, or tells why there is none. What is lent comes back by <see cref="Return"/>.</summary>
    /// <param name="fresh">A new connection, since an idle one turned out stale; the idle ones are as old and are closed.</param>
    public async ValueTask<(RelayConnection? Connection, SmtpOutcome? Failure)> Lend(bool fresh, CancellationToken cancellationToken)
    {
        try
        {
            await _places.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return (null, new SmtpOutcome(SmtpOutcomeKind.NotBegun, DeliveryStage.None) { Fault = SmtpFault.Cancelled });
        }

        if (fresh) CloseAll();
        if (IsDisposed)
        {
            _places.Release();
            return (null, new SmtpOutcome(SmtpOutcomeKind.NotBegun, DeliveryStage.None) { Fault = SmtpFault.Cancelled });
        }

        while (TakeIdle() is { } idle)
        {
            if (idle.IsQuiet()) return (idle, null);
            await idle.DisposeAsync();
        }

        var opened = await RelayConnection.Open(_options, _time, cancellationToken);
        if (opened.Connection is null) _places.Release();
        return opened;
    }

    /// <summary>Takes a connection back: for the next message if it is in step and not worn out, else to be closed.</summary>
    public async ValueTask Return(RelayConnection connection)
    {
        if (!connection.Session.IsUsable) await connection.DisposeAsync();
        else if (connection.Session.Transactions >= _options.MessagesPerConnection || !Keep(connection)) Leave(connection);
        _places.Release();
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock) _disposed = true;
        await _sweep.DisposeAsync();
        CloseAll();
        Task[] leaving;
        lock (_lock) leaving = [.. _leaving];
        await Task.WhenAll(leaving);
    }

    private bool Keep(RelayConnection connection)
    {
        lock (_lock)
        {
            if (_disposed) return false;
            connection.IdleSince = _time.GetTimestamp();
            _idle.Add(connection);
            return true;
        }
    }

    private RelayConnection? TakeIdle()
    {
        lock (_lock)
        {
            if (_idle.Count == 0) return null;
            var last = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            return last;
        }
    }

    private void CloseIdle()
    {
        RelayConnection[] old;
        lock (_lock)
        {
            old = [.. _idle.Where(c => _time.GetElapsedTime(c.IdleSince) >= _options.IdleTimeout)];
            _idle.RemoveAll(old.Contains);
        }

        foreach (var connection in old) Leave(connection);
    }

    private void CloseAll()
    {
        RelayConnection[] all;
        lock (_lock)
        {
            all = [.. _idle];
            _idle.Clear();
        }

        foreach (var connection in all) Leave(connection);
    }

    /// <summary>QUIT beside the traffic: no delivery waits for a goodbye.</summary>
    private void Leave(RelayConnection connection)
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

    private static async Task SayGoodbye(RelayConnection connection)
    {
        await connection.Session.Quit();
        await connection.DisposeAsync();
    }
}
