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
    private readonly List<Farewell> _farewells = [];
    private SendingTerms _terms = SendingTerms.None;
    private bool _open;
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

    /// <summary>What is not to leave although the gate is open.</summary>
    public SendingTerms Terms
    {
        get
        {
            lock (_lock) return _terms;
        }
    }

    /// <param name="terms">As <see cref="Terms"/> from now on.</param>
    public void Open(SendingTerms terms)
    {
        lock (_lock) (_open, _terms) = (true, terms);
    }

    /// <summary>Nothing enters that the terms forbid from the moment this returns, whether the gate is open or not.</summary>
    public void Change(SendingTerms terms)
    {
        lock (_lock) _terms = terms;
    }

    /// <summary>Nothing enters any more from the moment this returns.</summary>
    public void Close()
    {
        lock (_lock) _open = false;
    }

    /// <summary>
    /// Waits until no hand-over that may not enter any more stands between the gate and an answered MAIL; those that still do after
    /// <paramref name="grace"/> are aborted. Returns how many dialogues had begun and go on.
    /// </summary>
    public async ValueTask<int> WhenNothingBegins(TimeSpan grace, TimeProvider time, CancellationToken cancellationToken)
    {
        var late = new Farewell(new(TaskCreationOptions.RunContinuationsAsynchronously), []);
        lock (_lock)
        {
            late.Awaited.UnionWith(_entering.Where(h => !_open || _terms.Forbid(h.Envelope, h.Recipient, h.Pool, h.Provider)));
            if (late.Awaited.Count == 0) return _begun;
            _farewells.Add(late);
        }

        try
        {
            await late.Done.Task.WaitAsync(grace, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            HandOver[] aborted;
            lock (_lock) aborted = [.. late.Awaited];
            foreach (var handOver in aborted) handOver.Abort();
            await late.Done.Task.WaitAsync(cancellationToken);
        }

        lock (_lock) return _begun;
    }

    internal bool TryEnter(HandOver handOver)
    {
        lock (_lock)
        {
            if (!_open || !ownership.IsHeld || _terms.Forbid(handOver.Envelope, handOver.Recipient, handOver.Pool, handOver.Provider)) return false;
            if (_terms.WarmUpSetBy != (handOver.Term?.SetBy ?? 0)) return false;
            if (handOver.OverflowPool is { } pool && pool != _terms.OverflowPool) return false;
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
        for (var i = _farewells.Count - 1; i >= 0; i--)
        {
            if (!_farewells[i].Awaited.Remove(handOver) || _farewells[i].Awaited.Count > 0) continue;
            _farewells[i].Done.TrySetResult();
            _farewells.RemoveAt(i);
        }
    }

    /// <param name="Awaited">Those that stood between gate and answered MAIL when somebody began to wait, and still do.</param>
    private sealed record Farewell(TaskCompletionSource Done, HashSet<HandOver> Awaited);
}
