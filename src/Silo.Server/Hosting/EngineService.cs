using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Delivery;
using Silo.Server.Feedback;
using Silo.Server.Ownership;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Hosting;

/// <summary>
/// The order in which the engine comes up and goes down: recovery before anything leaves, edges last; then edges first, hand-overs
/// finished, facts stored, actors saved. An incarnation that was lost drops everything and ends.
/// </summary>
public sealed partial class EngineService(
    ISiloStore store, ITenants tenants, IOwnTenants own, IEngine engine,
    Dispatcher dispatcher, TenantMoves moves, FeedbackInbox feedback, AccountUsage usage,
    SiloMetrics metrics, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<EngineService> logger)
    : IHostedLifecycleService, IAsyncDisposable
{
    private const long MaxEventsBehind = 200_000;
    private const int SnapshotsPerRound = 256;
    private const int UsageRounds = 6;
    private const int ReviewRounds = 60;
    private const int ReviewPage = 500;
    private static readonly TimeSpan UpkeepInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FeedbackDrain = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stop = new();
    private Task _upkeep = Task.CompletedTask;
    private Task _sweep = Task.CompletedTask;
    private volatile bool _started;
    private string? _writeRefusal;

    /// <summary>Mail can be accepted and leaves: recovery is done and the engine runs.</summary>
    public bool IsReady => _started && engine.IsReachable && !dispatcher.Completion.IsCompleted && store.Ownership.IsHeld;

    /// <summary>The process lost its tenants to another one, or the store; it is to end with an error.</summary>
    public bool WasLost => store.Ownership.Lost.IsCompleted;

    /// <summary>Told of commits as well, on the writer's thread; set before the start.</summary>
    public Action<IReadOnlyList<SpoolWrite>>? Committed { get; init; }

    /// <summary>Before anything that could bring an actor to life.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        store.Spool.Observe(OnCommitted);
        _ = EndWhenLost();
        await usage.Load(cancellationToken);
        moves.Start();
        feedback.Start();
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await CreateAccountTenant(cancellationToken);
        if (engine.IsAlone) await TakeUpEverything(cancellationToken);
        dispatcher.Start();
        if (!engine.IsAlone) _sweep = Task.Run(() => moves.Sweep(_stop.Token), CancellationToken.None);
        _upkeep = Task.Run(Upkeep, CancellationToken.None);
        TellOfWrites();
        _started = true;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _started = false;
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _started = false;
        await _stop.CancelAsync();
        await _upkeep.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _sweep.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (WasLost)
        {
            dispatcher.Abandon();
            return;
        }

        await dispatcher.Drain();
        await feedback.Drain(FeedbackDrain);
        await Chore(engine.SaveAll);
        await Chore(() => new ValueTask(usage.Save(CancellationToken.None)));
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _stop.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task EndWhenLost()
    {
        var reason = await store.Ownership.Lost;
        LogLost(reason);
        lifetime.StopApplication();
    }

    private void OnCommitted(IReadOnlyList<SpoolWrite> writes)
    {
        usage.OnCommitted(writes);
        metrics.OnCommitted(writes);
        dispatcher.OnCommitted(writes);
        Committed?.Invoke(writes);
    }

    private async Task CreateAccountTenant(CancellationToken cancellationToken)
    {
        var account = tenants.Get(TenantName.Account);
        if (await account.Describe(cancellationToken) is null)
            await account.Create(new CreateTenant("tn-account", null, []), cancellationToken);
    }

    /// <summary>What was in hand when an earlier process ended goes back to its tenants, before anything else leaves.</summary>
    private async Task TakeUpEverything(CancellationToken cancellationToken)
    {
        // To come to life is to recover.
        var unsettled = await store.Spool.ReadUnsettled(cancellationToken);
        var toWake = unsettled.Select(u => u.TenantName);
        // What is held may be about to be let go, and nothing else would wake its tenant. In a cluster the sweep does, for owners that ended.
        if (engine.IsAlone)
            toWake = toWake.Concat((await store.Spool.CountQueued(cancellationToken)).Where(c => c.SetAside > 0).Select(c => c.TenantName));
        foreach (var name in toWake.Distinct(StringComparer.Ordinal)) await tenants.Get(name).Wake(cancellationToken);
        foreach (var backlog in await store.Spool.ReadBacklogs(cancellationToken)) dispatcher.TakeUp(backlog);
    }

    private async Task Upkeep()
    {
        using var timer = new PeriodicTimer(UpkeepInterval, time);
        for (var round = 1; await timer.WaitForNextTickAsync(_stop.Token); round++)
        {
            TellOfWrites();
            await Chore(() => new ValueTask(engine.CollectIdle(_stop.Token)));
            await Chore(() => TakeSnapshots(_stop.Token));
            if (round % UsageRounds == 0) await Chore(() => new ValueTask(usage.Save(_stop.Token)));
            if (round % ReviewRounds == 0) await Chore(() => ReviewFindings(_stop.Token));
        }
    }

    /// <summary>One that fails keeps no other from being done, and is tried again when its turn comes.</summary>
    private async ValueTask Chore(Func<ValueTask> chore)
    {
        try
        {
            await chore();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogUpkeepFailed(e);
        }
    }

    private async ValueTask TakeSnapshots(CancellationToken cancellationToken)
    {
        foreach (var name in await store.Tenants.TenantsToSnapshot(MaxEventsBehind, SnapshotsPerRound, cancellationToken))
            await Chore(() => own.Get(name).Checkpoint(cancellationToken));
    }

    private void TellOfWrites()
    {
        var (before, now) = (_writeRefusal, store.WriteRefusal);
        _writeRefusal = now;
        if (now is not null && now != before) LogNothingAccepted(now);
        else if (now is null && before is not null) LogAcceptedAgain();
    }

    /// <summary>Tenants with findings, whether they send or not: an idle one must not stay reinstated for ever.</summary>
    private async ValueTask ReviewFindings(CancellationToken cancellationToken)
    {
        await Review(new TenantFilter { WithFinding = true }, cancellationToken);
        await Review(new TenantFilter { SendingStatus = "REINSTATED" }, cancellationToken);
    }

    private async ValueTask Review(TenantFilter filter, CancellationToken cancellationToken)
    {
        string? after = null;
        do
        {
            var page = await store.Tenants.List(filter with { AfterName = after }, ReviewPage, cancellationToken);
            foreach (var tenant in page.Items) await Chore(() => tenants.Get(tenant.Name).Review(cancellationToken));
            after = page.Next;
        }
        while (after is not null);
    }

    [LoggerMessage(1005, LogLevel.Critical, "This silo ends, since {Reason}; others go on with its tenants")]
    private partial void LogLost(string reason);

    [LoggerMessage(1003, LogLevel.Error, "No new mail is accepted (503), since {Reason}; mail that was accepted goes on")]
    private partial void LogNothingAccepted(string reason);

    [LoggerMessage(1004, LogLevel.Information, "New mail is accepted again")]
    private partial void LogAcceptedAgain();

    [LoggerMessage(1002, LogLevel.Error, "Upkeep failed; it is tried again")]
    private partial void LogUpkeepFailed(Exception exception);
}
