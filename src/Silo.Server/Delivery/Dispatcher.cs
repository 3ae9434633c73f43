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
    private readonly ITenants _tenants;
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
    private readonly RouteParking _route;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private DateTimeOffset? _armedFor;
    private int _slots;
    private bool _draining;
    private int _mailNotTaken;
    private DateTimeOffset _mailNoticeDue;
    private TaskCompletionSource? _drained;

    public Dispatcher(
        ISpool spool, ITenants tenants, HandOverRunner runner, DispatchOptions options, TimeProvider time, ILogger<Dispatcher> logger)
    {
        (_spool, _tenants, _runner, _options, _time, _logger) = (spool, tenants, runner, options, time, logger);
        _slots = options.InFlight;
        _wheel = new TimeWheel<long>();
        _route = new RouteParking(options.RouteRetryMax);
        _timer = time.CreateTimer(_ => Post(new Tick()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Hand-overs that may still start now, of all slots.</summary>
    public int FreeSlots => Volatile.Read(ref _slots);

    /// <summary>Takes up the queues that the spool holds and begins to serve them.</summary>
    public async Task Start(CancellationToken cancellationToken)
    {
        foreach (var backlog in await _spool.ReadBacklogs(cancellationToken))
        {
            QueueOf(backlog.TenantKey, backlog.TenantName).LeaveToSpool();
            _wheel.Schedule(backlog.TenantKey, backlog.EarliestDueAt);
        }

        _loop = Task.Run(Run, CancellationToken.None);
        Post(new Tick());
    }

    /// <summary>Told by the spool after each commit, in commit order: what was appended or came back to the queue can leave.</summary>
    public void OnCommitted(IReadOnlyList<SpoolWrite> writes) => Post(new Committed(writes));

    /// <summary>The tenant may send again, or its limits changed.</summary>
    public void Wake(long tenantKey, string tenantName) => Post(new Woken(tenantKey, tenantName));

    /// <summary>The tenant was deleted and its queue cancelled.</summary>
    public void Forget(long tenantKey) => Post(new Forgotten(tenantKey));

    /// <summary>Starts nothing any more and waits for what began; what is not done by the drain timeout is aborted.</summary>
    public async Task Drain()
    {
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

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _signals.Writer.TryComplete();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _timer.DisposeAsync();
        _stop.Dispose();
    }

    private void Post(Signal signal) => _signals.Writer.TryWrite(signal);

    private async Task Run()
    {
        var reader = _signals.Reader;
        while (await reader.WaitToReadAsync(_stop.Token))
        {
            while (reader.TryRead(out var signal)) Handle(signal);
            var now = _time.GetUtcNow();
            CollectDue(now);
            Serve(now);
            Release();
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
        // Each of these ends in a signal that puts the tenant back in the ring.
        if (queue.AwaitsPermits || queue.AwaitsRefill) return;
        if (queue.WindowCount == 0 && queue.MoreInSpool)
        {
            Refill(queue);
            return;
        }

        if (queue.NextDueAt is not { } dueAt)
        {
            if (queue.IsIdle) _queues.Remove(queue.Key);
            else if (queue.OwesUse && queue.InHand == 0) AskForPermits(queue, 0);
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

    private void AskForPermits(TenantQueue queue, int wanted)
    {
        _slots -= wanted;
        queue.AwaitsPermits = true;
        _route.Starting();
        var asked = _tenants.Get(queue.Name).Permit(new PermitRequest(wanted, queue.TakeUse()), _stop.Token);
        if (asked.IsCompletedSuccessfully) TakePermits(queue, wanted, asked.Result);
        else _ = Await(queue, wanted, asked.AsTask());

        async Task Await(TenantQueue asking, int slots, Task<Permits> task)
        {
            try
            {
                Post(new Permitted(asking, slots, await task));
            }
            catch (Exception e)
            {
                LogTenantFailed(asking.Name, e);
                // The slots come back; the tenant is asked again in a second.
                Post(new Permitted(asking, slots, new Permits(0, _time.GetUtcNow().AddSeconds(1))));
            }
        }
    }

    private void TakePermits(TenantQueue queue, int slots, Permits permits)
    {
        queue.AwaitsPermits = false;
        var now = _time.GetUtcNow();
        var taken = 0;
        while (taken < permits.Granted && queue.TryTake(now, out var unit))
        {
            taken++;
            _inHand[unit.Id] = unit;
            _release.Add(new ReleasedUnit(queue, unit));
        }

        queue.InHand += taken;
        queue.Unresolved += taken;
        _slots += slots - taken;
        if (taken == 0) _route.NothingStarted();
        queue.UnusedPermits += permits.Granted - taken;
        if (permits.Granted == slots) JoinRing(queue);
        else if (permits.AskAgainAt is { } at) _wheel.Schedule(queue.Key, at);
    }

    /// <summary>Writes which units leave now, as one record; they start when it is on disk.</summary>
    private void Release()
    {
        if (_release.Count == 0) return;
        var units = _release.ToArray();
        _release.Clear();
        _ = ReleaseBatch(units);
    }

    private async Task ReleaseBatch(ReleasedUnit[] units)
    {
        var releaseId = _spool.NextIds(1);
        try
        {
            var ticket = _spool.Enqueue(new SpoolWrite { TenantKey = 0, Release = new ReleaseRecord(releaseId, [.. units.Select(u => u.Unit.Id)]) });
            await _spool.WhenCommitted(ticket, CancellationToken.None);
        }
        catch (StorageException e)
        {
            LogReleaseFailed(units.Length, e);
            Post(new ReleaseFailed(units));
            return;
        }

        foreach (var unit in units) _ = HandOver(unit, releaseId);
    }

    private async Task HandOver(ReleasedUnit released, long releaseId) =>
        Post(new Ended(released.Queue, await _runner.Run(released.Queue.Key, released.Unit, releaseId, released.Queue.CountStart)));

    private void Refill(TenantQueue queue)
    {
        queue.BeginRefill();
        var asked = _options.WindowPerTenant;
        _ = Read(queue, asked);

        async Task Read(TenantQueue reading, int limit)
        {
            try
            {
                Post(new Refilled(reading, await _spool.ReadQueue(reading.Key, reading.Cursor, limit, includeSetAside: false, _stop.Token), limit));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogTenantFailed(reading.Name, e);
                Post(new RefillFailed(reading));
            }
        }
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
        if (_ring.Count > 0 && _route.ParkedUntil is { } parked && parked > now && (next is null || parked < next)) next = parked;
        if (next == _armedFor) return;
        _armedFor = next;
        var wait = next is null ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Clamp((next.Value - now).TotalMilliseconds, 1, 3_600_000));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }
}
