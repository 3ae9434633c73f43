using System.Threading.Channels;
using Silo.Core.Delivery;
using Silo.Core.Pacing;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Egress;
using Silo.Server.Egress.Sharing;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>
/// Lets mail leave this silo, fair by tenant: the scheduler says whose mail may start by the budgets that tenants share, its actor gives
/// permits, and a release record is on disk before any hand-over starts. One loop owns all of its state; everything that happens
/// elsewhere reaches it as a signal.
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
    private readonly Dictionary<long, UnitInHand> _inHand = [];
    private readonly Queue<TenantQueue> _touched = new();
    private readonly EgressPacing _pacing;
    private readonly EgressShares _shares;
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
    private EgressPlan? _plan;
    private DateTimeOffset? _armedFor;
    private int _freeSlots;
    private bool _draining;
    private int _mailNotTaken;
    private DateTimeOffset _mailNoticeDue;
    private TaskCompletionSource? _drained;

    /// <param name="account">What the whole account may send; its slots are those of the options.</param>
    /// <param name="pools">The owners of what all silos may send together.</param>
    /// <param name="host">The host that this silo runs on: of the pools' addresses those of others are not used here.</param>
    public Dispatcher(
        ISiloStore store, IOwnTenants tenants, HandOverRunner runner, DispatchOptions options, AccountLimits account, ISendingPools pools,
        TimeProvider time, ILogger<Dispatcher> logger, string host = "")
    {
        (_spool, _tenants, _runner, _options, _time, _logger) = (store.Spool, tenants, runner, options, time, logger);
        _incarnation = store.Ownership.Incarnation;
        _freeSlots = options.InFlight;
        _pacing = new EgressPacing(options, account, runner.Transport, host, time);
        _shares = new EgressShares(
            _pacing.Scheduler, pools, _incarnation, _pacing.ReadClocks, () => _pacing.Now, take => Post(new SharesAnswered(take)), logger);
        _pacing.ShareBy(_shares);
        _wheel = new TimeWheel<long>();
        _route = new RouteParking(options.RouteRetryMax);
        _timer = time.CreateTimer(_ => Post(new Tick()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends with the dispatcher; faulted when a bug ended the loop, and then nothing leaves until the program is started again.</summary>
    public Task Completion => _loop;

    /// <summary>Hand-overs that may still start now, of all slots.</summary>
    public int FreeSlots => Volatile.Read(ref _freeSlots);

    /// <summary>Values in [0, 1) for the spread of rests.</summary>
    public required Func<double> Jitter { get; init; }

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
            CollectWaits(now);
            LookAtTouched(now);
            _shares.EndLapsed();
            Serve(now);
            LookAtTouched(now);
            Release();
            LetGo();
            if (!_draining) _shares.Ask();
            ArmTimer(now);
            Volatile.Write(ref _freeSlots, _options.InFlight - _pacing.Scheduler.Account.Budget.InFlight);
            if (_draining && _inHand.Count == 0 && _queues.Values.All(q => q.Outcomes.Count == 0 && !q.AwaitsRecord) && _shares.GiveBack())
                _drained?.TrySetResult();
        }
    }

    /// <summary>Something changed for these tenants, or their time has come.</summary>
    private void LookAtTouched(DateTimeOffset now)
    {
        while (_touched.TryDequeue(out var queue))
        {
            queue.IsTouched = false;
            LookAt(queue, now);
        }
    }

    private void LookAt(TenantQueue queue, DateTimeOffset now)
    {
        if (queue.IsForgotten) return;
        queue.EndRests(now);
        if (queue.IsLeaving) return;
        FollowDomains(queue);
        queue.Reorder();
        queue.Advance(now);
        Overflow(queue, now);
        // What is being stored by a walk would be read as it was.
        if (queue.WantsRefill && queue.Sift is not { InHand: > 0 }) Refill(queue);
        if (queue.IsIdle)
        {
            Forget(queue);
            return;
        }

        // Only to tell it what became of earlier ones.
        if (queue.IsEmpty && queue.RestsUntil is null) AskForPermits(queue, 0, null, isProbe: false);
        if (queue.NextDueAt is { } dueAt) _wheel.Schedule(queue.Key, dueAt);
        if (queue.RestEndsAt is { } until) _wheel.Schedule(queue.Key, until);
    }

    /// <summary>Before the plan is known it is not known either what is paused and what limits there are.</summary>
    private bool MayGrant => _plan is not null && !_draining;

    /// <summary>What the budgets grant, one tenant after the other, as long as the way out takes any.</summary>
    private void Serve(DateTimeOffset now)
    {
        while (MayGrant && _route.Allowance(now) is var allowance and > 0 && _pacing.Scheduler.TryNext(_pacing.Now, out var grant))
        {
            var lane = _pacing.LaneOf(grant);
            var count = Math.Min(grant.Count, allowance);
            lane.Granted += count;
            if (count < grant.Count)
            {
                _pacing.Scheduler.NotStarted(grant, grant.Count - count, _pacing.Now);
                _pacing.Sync(lane);
            }

            var ask = new PermitAsk(lane, grant, _pacing.HoldOf(grant), lane.Preferred, lane.Tenant.LanesVersion);
            AskForPermits(lane.Tenant, count, ask, _route.Starting());
        }
    }

    private void LetGo()
    {
        for (var i = _leaving.Count - 1; i >= 0; i--)
        {
            var (queue, left) = _leaving[i];
            if (queue.InHand > 0 || queue.Overflowing > 0 || queue.Sift is { InHand: > 0 }) continue;
            _leaving.RemoveAt(i);
            left.TrySetResult();
        }
    }

    private void Forget(TenantQueue queue)
    {
        _queues.Remove(queue.Key);
        queue.Clear();
        _wheel.Remove(queue.Key);
        _waits.Remove(queue.Key);
    }

    private TenantQueue QueueOf(long key, string name)
    {
        if (_queues.TryGetValue(key, out var queue)) return queue;
        _queues.Add(key, queue = new TenantQueue(key, name, _options.WindowPerLane, _pacing));
        _waits.Schedule(key, _time.GetUtcNow() + DelayRules.LongestUntoldWait);
        return queue;
    }

    private void Touch(TenantQueue queue)
    {
        if (queue.IsTouched) return;
        queue.IsTouched = true;
        _touched.Enqueue(queue);
    }

    /// <summary>Something happened that may give the tenant permits again.</summary>
    /// <param name="early">It may do so before the instant that the tenant named.</param>
    private void Rouse(TenantQueue queue, bool early)
    {
        queue.WasRoused = true;
        queue.WasRousedEarly |= early;
        queue.Providers.Rouse(early);
        if (early || queue.RestsUntil == DateTimeOffset.MaxValue) queue.RestsUntil = null;
        Touch(queue);
    }
}
