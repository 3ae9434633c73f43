using System.Threading.Channels;
using Silo.Core.Delivery;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>
/// Lets mail leave this silo, fair by tenant: tenants with due mail stand in a ring; each in its turn gets permits from its actor,
/// in-flight slots, and a release record on disk before any hand-over starts. One loop owns all of its state; everything that
/// happens elsewhere reaches it as a signal.
/// </summary>
public sealed partial class Dispatcher : IAsyncDisposable
{
    private static readonly TimeSpan MailNoticeInterval = TimeSpan.FromMinutes(1);

    private readonly ISpool _spool;
    private readonly IOwnTenants _tenants;
    private readonly long _incarnation;
    private readonly HandOverRunner _runner;
    private readonly DispatchOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<Dispatcher> _logger;
    private readonly Channel<Signal> _signals = Channel.CreateUnbounded<Signal>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<long, TenantQueue> _queues = [];
    private readonly Dictionary<long, QueuedUnit> _inHand = [];
    private readonly Queue<TenantQueue> _ring = new();
    private readonly TimeWheel<long> _wheel;
    private readonly List<long> _due = [];
    private readonly List<ReleasedUnit> _release = [];
    private readonly List<TenantQueue> _toRecord = [];
    private readonly List<(TenantQueue Queue, TaskCompletionSource Left)> _leaving = [];
    private readonly RouteParking _route;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private Task _starting = Task.CompletedTask;
    private DateTimeOffset? _armedFor;
    private int _slots;
    private bool _draining;
    private int _mailNotTaken;
    private DateTimeOffset _mailNoticeDue;
    private TaskCompletionSource? _drained;

    public Dispatcher(
        ISiloStore store, IOwnTenants tenants, HandOverRunner runner, DispatchOptions options,
        TimeProvider time, ILogger<Dispatcher> logger)
    {
        (_spool, _tenants, _runner, _options, _time, _logger) = (store.Spool, tenants, runner, options, time, logger);
        _incarnation = store.Ownership.Incarnation;
        _slots = options.InFlight;
        _wheel = new TimeWheel<long>();
        _route = new RouteParking(options.RouteRetryMax);
        _timer = time.CreateTimer(_ => Post(new Tick()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends with the dispatcher; faulted when a bug ended the loop, and then nothing leaves until the program is started again.</summary>
    public Task Completion => _loop;

    /// <summary>Hand-overs that may still start now, of all slots.</summary>
    public int FreeSlots => Volatile.Read(ref _slots);

    /// <summary>What is to be taken up once its tenant has come to life.</summary>
    public Arrivals Arrivals { get; } = new();

    public void Start()
    {
        _loop = Task.Run(RunToTheEnd, CancellationToken.None);
        Post(new Tick());
    }

    /// <summary>The tenant's queue belongs to this silo from now on: it is served when it is due.</summary>
    public void TakeUp(TenantBacklog backlog) => Post(new TakenUp(backlog));

    /// <summary>
    /// Lets nothing more of a tenant start, and completes when nothing of it is in hand. It stays so until the tenant is forgotten here, or
    /// all who relinquished it called <see cref="Keep"/>.
    /// </summary>
    /// <param name="by">Who wants it to leave: several may at once, and one that gives up must not let anything start under another's hands.</param>
    public async Task Relinquish(long tenantKey, string tenantName, object by)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new Relinquished(tenantKey, tenantName, by, left));
        await left.Task;
    }

    /// <summary>The tenant stays after all, if it is for this one to say: it is served again.</summary>
    public void Keep(long tenantKey, object by) => Post(new Kept(tenantKey, by));

    /// <summary>Told by the spool after each commit, in commit order: what was appended or came back to the queue can leave.</summary>
    public void OnCommitted(IReadOnlyList<SpoolWrite> writes) => Post(new Committed(writes));

    /// <summary>The tenant may send again, or its limits changed.</summary>
    public void Wake(long tenantKey, string tenantName) => Post(new Woken(tenantKey, tenantName));

    /// <summary>The tenant went to another silo after <see cref="Relinquish"/>. If it came back meanwhile, its new queue stays.</summary>
    public void Left(long tenantKey) => Post(new Gone(tenantKey));

    /// <summary>The tenant was deleted and its queue cancelled.</summary>
    public void Forget(long tenantKey) => Post(new Forgotten(tenantKey));

    /// <summary>Starts nothing any more and waits for what began; what is not done by the drain timeout is aborted.</summary>
    public async Task Drain()
    {
        if (_loop.IsFaulted) return;
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new DrainRequested(drained));
        try
        {
            await drained.Task.WaitAsync(_options.DrainTimeout, _time);
        }
        catch (TimeoutException)
        {
            _runner.AbortAll();
            // What was aborted still has an outcome to be stored.
            await drained.Task.WaitAsync(TimeSpan.FromSeconds(5), _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Drops what is under way: its outcomes could not be stored any more.</summary>
    public void Abandon()
    {
        _runner.AbortAll();
        _stop.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _signals.Writer.TryComplete();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var (_, left) in _leaving) left.TrySetCanceled();
        await _timer.DisposeAsync();
        _stop.Dispose();
    }

    private void Post(Signal signal) => _signals.Writer.TryWrite(signal);

    private async Task RunToTheEnd()
    {
        try
        {
            await Run();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Its state may be half of a change, so nothing more leaves. All of it is on disk for the next process.
            LogLoopFailed(e);
            throw;
        }
    }

    private async Task Run()
    {
        var reader = _signals.Reader;
        while (await reader.WaitToReadAsync(_stop.Token))
        {
            while (reader.TryRead(out var signal)) Handle(signal);
            RecordAll();
            var now = _time.GetUtcNow();
            CollectDue(now);
            Serve(now);
            Release();
            LetGo();
            ArmTimer(now);
            if (_draining && _inHand.Count == 0 && _queues.Values.All(q => q.Outcomes.Count == 0 && !q.AwaitsRecord)) _drained?.TrySetResult();
        }
    }

    private void CollectDue(DateTimeOffset now)
    {
        _due.Clear();
        _wheel.CollectDue(now, _due);
        foreach (var key in _due)
        {
            if (_queues.TryGetValue(key, out var queue)) JoinRing(queue);
        }
    }

    /// <summary>One tenant after another gets a turn, until slots, tenants or the route's allowance run out.</summary>
    private void Serve(DateTimeOffset now)
    {
        while (!_draining && _slots > 0 && _ring.Count > 0)
        {
            var allowance = _route.Allowance(now);
            if (allowance == 0) return;
            var queue = _ring.Dequeue();
            queue.InRing = false;
            ServeOne(queue, Math.Min(allowance, _slots), now);
        }
    }

    private void ServeOne(TenantQueue queue, int most, DateTimeOffset now)
    {
        if (queue.IsForgotten || queue.IsLeaving) return;
        // Each of these ends in a signal that puts the tenant back in the ring.
        if (queue.AwaitsPermits || queue.AwaitsRefill)
        {
            queue.MissedItsTurn = queue.AwaitsPermits;
            return;
        }

        if (queue.WindowCount == 0 && queue.MoreInSpool)
        {
            // What is being stored would be read as it was.
            if (queue.Sift is not { InHand: > 0 }) Refill(queue);
            return;
        }

        if (queue.NextDueAt is not { } dueAt)
        {
            if (queue.IsIdle) _queues.Remove(queue.Key);
            else if (queue.IsEmpty) AskForPermits(queue, 0);
            return;
        }

        if (dueAt > now)
        {
            _wheel.Schedule(queue.Key, dueAt);
            return;
        }

        var wanted = Math.Min(Math.Min(most, _options.Quantum), Math.Min(queue.WindowCount, _options.InFlightPerTenant - queue.InHand));
        if (wanted > 0) AskForPermits(queue, wanted);
    }

    private void LetGo()
    {
        for (var i = _leaving.Count - 1; i >= 0; i--)
        {
            var (queue, left) = _leaving[i];
            if (queue.InHand > 0 || queue.Sift is { InHand: > 0 }) continue;
            _leaving.RemoveAt(i);
            left.TrySetResult();
        }
    }

    private void Forget(TenantQueue queue)
    {
        _queues.Remove(queue.Key);
        queue.Clear();
        _wheel.Remove(queue.Key);
    }

    private TenantQueue QueueOf(long key, string name)
    {
        if (!_queues.TryGetValue(key, out var queue)) _queues.Add(key, queue = new TenantQueue(key, name, _options.WindowPerTenant));
        return queue;
    }

    private void JoinRing(TenantQueue queue)
    {
        if (queue.InRing) return;
        queue.InRing = true;
        _ring.Enqueue(queue);
    }

    private void ArmTimer(DateTimeOffset now)
    {
        var next = _wheel.NextDue;
        if (_ring.Count > 0 && _route.OpensAt is { } opens && opens > now && (next is null || opens < next)) next = opens;
        if (next == _armedFor) return;
        _armedFor = next;
        var wait = next is null ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Clamp((next.Value - now).TotalMilliseconds, 1, 3_600_000));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
