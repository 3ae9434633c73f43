using System.Threading.Channels;
using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>
/// Publishes notices: claims tenants that have some, looks which destinations want them, gives each pair of tenant and destination its turns,
/// and drops what everybody has had. All its state is touched by one loop alone; I/O runs beside it and comes back as a step.
/// </summary>
internal sealed partial class Publisher(
    INoticeStore store, DestinationsOf destinations, DestinationSwitch toggle, NoticeSender sender, PublishingTurn turns,
    PublishingOptions options, PublishingMetrics metrics, TimeProvider time, Func<double> jitter, ILogger<Publisher> logger)
    : IHostedLifecycleService, IAsyncDisposable
{
    private const int ClaimLimit = 500;
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(2);

    private readonly Channel<Action> _steps = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Lock _writing = new();
    private readonly Dictionary<long, TenantPublication> _tenants = [];
    private readonly Dictionary<string, DestinationState> _destinations = new(StringComparer.Ordinal);
    private readonly PublishingTurns _turns = new(options.MaxConnections, options.MaxConnectionsPerHost, options.MaxConnectionsPerTenant);
    private readonly PriorityQueue<PublishedPair, long> _resting = new();
    private readonly PriorityQueue<DestinationState, long> _probes = new();
    private readonly HashSet<long> _toClaim = [];
    private HashSet<long> _written = [];
    private Task _loop = Task.CompletedTask;
    private int _working;
    private bool _claiming;
    private bool _claimsAny;
    private long _sweepAt;

    /// <summary>Before anything is written.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        store.OnWritten(OnWritten);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _sweepAt = time.GetTimestamp();
        _loop = Task.Run(() => Run(_stop.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await GiveBack();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _stop.Dispose();
        _abort.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The endpoint of a destination confirmed its subscription: what waits may leave.</summary>
    public void Wake(string destinationId) => Post(() =>
    {
        if (_destinations.TryGetValue(destinationId, out var destination)) WakeAll(destination);
    });

    private async Task Run(CancellationToken cancellationToken)
    {
        await using var timer = time.CreateTimer(_ => Post(static () => { }), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        do
        {
            while (_steps.Reader.TryRead(out var step)) Do(step);
            Do(Sweep);
            Do(WakeDue);
            Do(StartLooks);
            Do(StartTurns);
            var wait = time.GetElapsedTime(time.GetTimestamp(), NextDue());
            timer.Change(wait > TimeSpan.Zero ? wait + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
        while (await _steps.Reader.WaitToReadAsync(cancellationToken));
    }

    private void Post(Action step) => _steps.Writer.TryWrite(step);

    private void Do(Action step)
    {
        try
        {
            step();
        }
        catch (Exception e)
        {
            // A fault of this program; the others' notices go on.
            LogFault(e);
        }
    }

    /// <summary>I/O beside the loop; what it comes to is a step of the loop again.</summary>
    private void Work<T>(Func<CancellationToken, Task<T>> work, Action<T> then, Action<Exception> failed)
    {
        Interlocked.Increment(ref _working);
        _ = Task.Run(async () =>
        {
            try
            {
                var result = await work(_stop.Token);
                Post(() => then(result));
            }
            catch (Exception e)
            {
                if (e is not OperationCanceledException and not StorageException) LogFault(e);
                Post(() => failed(e));
            }
            finally
            {
                Interlocked.Decrement(ref _working);
            }
        });
    }

    /// <summary>On the writer's thread.</summary>
    private void OnWritten(IReadOnlyCollection<long> tenantKeys)
    {
        lock (_writing)
        {
            var isFirst = _written.Count == 0;
            _written.UnionWith(tenantKeys);
            if (!isFirst) return;
        }

        Post(TakeWritten);
    }

    private void TakeWritten()
    {
        HashSet<long> written;
        lock (_writing) (written, _written) = (_written, []);
        foreach (var key in written)
        {
            if (_tenants.TryGetValue(key, out var tenant))
            {
                tenant.IsWritten = true;
                Look(tenant);
            }
            else
            {
                _toClaim.Add(key);
            }
        }

        ClaimWritten();
    }

    private void ClaimWritten()
    {
        if (_claiming || _toClaim.Count == 0) return;
        var keys = _toClaim.Take(ClaimLimit).ToList();
        _toClaim.ExceptWith(keys);
        Claim(keys);
    }

    private void Claim(IReadOnlyCollection<long>? keys)
    {
        _claiming = true;
        if (keys is null) _claimsAny = false;
        Work(
            async token => await store.Claim(keys, ClaimLimit, token),
            claims =>
            {
                _claiming = false;
                foreach (var claim in claims) Begin(claim);
                // There may be more of them.
                if (keys is null && claims.Count == ClaimLimit) _sweepAt = time.GetTimestamp();
                if (_claimsAny) Claim(null);
                else ClaimWritten();
            },
            // The next sweep finds them.
            _ => _claiming = false);
    }

    private void Begin(NoticeClaim claim)
    {
        if (_tenants.TryGetValue(claim.TenantKey, out var known))
        {
            known.Again = claim;
            return;
        }

        var tenant = new TenantPublication(claim.TenantKey, claim.TenantName, claim.TenantId, claim.Cursors);
        _tenants.Add(tenant.Key, tenant);
        foreach (var (id, cursor) in claim.Cursors)
        {
            if (id == TenantPublication.LookCursor) continue;
            if (toggle.Find(id) is { } destination) Enqueue(PairOf(tenant, destination, cursor));
            else tenant.Left.Add(id, cursor);
        }

        Look(tenant);
    }

    /// <summary>Gives the tenants back, so that others need not wait until this silo is known to have ended.</summary>
    private async Task GiveBack()
    {
        using var patience = new CancellationTokenSource(StopTime, TimeProvider.System);
        try
        {
            await Quiet(patience.Token);
        }
        catch (OperationCanceledException)
        {
            await _abort.CancelAsync();
        }

        using var more = new CancellationTokenSource(StopTime, TimeProvider.System);
        try
        {
            await Quiet(more.Token);
            foreach (var tenant in _tenants.Values.Where(t => !t.IsOver)) await store.Release(tenant.Key, more.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or StorageException)
        {
            // They are taken over as those of a silo that ended.
        }
    }

    private async Task Quiet(CancellationToken cancellationToken)
    {
        while (Volatile.Read(ref _working) > 0) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
    }

    private long After(TimeSpan wait) => time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);

    private bool IsDue(long timestamp) => time.GetTimestamp() >= timestamp;

    private long NextDue()
    {
        var due = _sweepAt;
        if (_resting.TryPeek(out _, out var rest)) due = Math.Min(due, rest);
        if (_probes.TryPeek(out _, out var probe)) due = Math.Min(due, probe);
        return due;
    }
}
