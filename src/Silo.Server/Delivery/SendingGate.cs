using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>
/// The one place that says whether mail of a tenant may begin to leave this silo. Closing it is immediate; what stands between the
/// gate and an answered MAIL is waited for, and aborted after a grace. Dialogues that began are not waited for.
/// </summary>
public sealed class SendingGate(IOwnership ownership)
{
    private readonly Lock _lock = new();
    private readonly HashSet<HandOver> _entering = [];
    private TaskCompletionSource? _drained;
    private bool _open;
    private DateTimeOffset? _acceptedFrom;
    private int _begun;

    public bool IsOpen
    {
        get
        {
            lock (_lock) return _open;
        }
    }

    /// <summary>Hand-overs have passed it that are not over.</summary>
    public bool IsInUse
    {
        get
        {
            lock (_lock) return _entering.Count > 0 || _begun > 0;
        }
    }

    /// <summary>True as long as this process may act for tenants at all: its lease has not run out by its own clocks.</summary>
    public bool LeaseHeld => ownership.IsHeld;

    /// <summary>Mail that was accepted before is not to leave: it expires. Null without such a limit.</summary>
    public DateTimeOffset? AcceptedFrom
    {
        get
        {
            lock (_lock) return _acceptedFrom;
        }
    }

    /// <param name="acceptedFrom">As <see cref="AcceptedFrom"/> from now on.</param>
    public void Open(DateTimeOffset? acceptedFrom)
    {
        lock (_lock) (_open, _acceptedFrom) = (true, acceptedFrom);
    }

    /// <summary>Nothing enters any more from the moment this returns.</summary>
    public void Close()
    {
        lock (_lock) _open = false;
    }

    /// <summary>
    /// Waits until no hand-over stands between the gate and an answered MAIL; those that still do after
    /// <paramref name="grace"/> are aborted. Returns how many dialogues had begun and go on.
    /// </summary>
    public async ValueTask<int> WhenNothingBegins(TimeSpan grace, TimeProvider time, CancellationToken cancellationToken)
    {
        Task drained;
        lock (_lock)
        {
            if (_entering.Count == 0) return _begun;
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            drained = _drained.Task;
        }

        try
        {
            await drained.WaitAsync(grace, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            HandOver[] late;
            lock (_lock) late = [.. _entering];
            foreach (var handOver in late) handOver.Abort();
            await drained.WaitAsync(cancellationToken);
        }

        lock (_lock) return _begun;
    }

    internal bool TryEnter(HandOver handOver)
    {
        lock (_lock)
        {
            if (!_open || !ownership.IsHeld) return false;
            _entering.Add(handOver);
            return true;
        }
    }

    internal void MarkBegun(HandOver handOver)
    {
        lock (_lock)
        {
            _begun++;
            Entered(handOver);
        }
    }

    internal void Leave(HandOver handOver)
    {
        lock (_lock)
        {
            if (_entering.Contains(handOver)) Entered(handOver);
            else _begun--;
        }
    }

    private void Entered(HandOver handOver)
    {
        _entering.Remove(handOver);
        if (_entering.Count > 0) return;
        _drained?.TrySetResult();
        _drained = null;
    }
}
