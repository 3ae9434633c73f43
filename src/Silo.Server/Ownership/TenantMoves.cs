using System.Collections.Concurrent;
using Silo.Server.Delivery;
using Silo.Server.Hosting;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Ownership;

/// <summary>
/// Moves tenants between silos: gives away those that another silo asks for, once nothing of them is in hand; and wakes those with mail
/// whose silo has ended, each survivor its share of them.
/// </summary>
public sealed partial class TenantMoves(
    ISiloStore store, ITenants tenants, IOwnTenants own, Dispatcher dispatcher, SiloMetrics metrics, TimeProvider time,
    ILogger<TenantMoves> logger)
{
    private const int MostPerRound = 2_000;
    private const int WokenTogether = 512;
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<long, TenantRequest> _going = [];

    public void Start() => store.Ownership.OnRequested(Requested);

    /// <summary>Looks after tenants that nobody owns any more, until told to stop.</summary>
    public async Task Sweep(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SweepInterval, time);
        do
        {
            try
            {
                while (await WakeOrphans(cancellationToken) >= MostPerRound)
                {
                    // There are more.
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogSweepFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task<int> WakeOrphans(CancellationToken cancellationToken)
    {
        var living = await store.Ownership.ReadLiving(cancellationToken);
        var share = living.TakeWhile(l => l.Incarnation != store.Ownership.Incarnation).Count();
        // Not among the living: the lease is about to be renewed, or lost.
        if (share == living.Count) return 0;
        var names = await store.Ownership.ReadOrphans(share, living.Count, MostPerRound, cancellationToken);
        await WakeArrivals(cancellationToken);
        if (names.Count == 0) return 0;
        var woken = 0;
        await Parallel.ForEachAsync(
            names, new ParallelOptions { MaxDegreeOfParallelism = WokenTogether, CancellationToken = cancellationToken },
            async (name, ct) =>
            {
                if (await TryWake(name, ct)) Interlocked.Increment(ref woken);
            });
        LogWoken(woken, names.Count);
        // Where none could be woken, asking again at once would only keep the store busy.
        return woken == 0 ? 0 : names.Count;
    }

    /// <summary>
    /// Those that came here and did not come to life. They belong to a living silo, so no sweep names them any more.
    /// </summary>
    private Task WakeArrivals(CancellationToken cancellationToken) => Parallel.ForEachAsync(
        dispatcher.Arrivals.All, new ParallelOptions { MaxDegreeOfParallelism = WokenTogether, CancellationToken = cancellationToken },
        async (backlog, ct) =>
        {
            try
            {
                await tenants.Get(backlog.TenantName).Wake(ct);
                dispatcher.Arrivals.Remove(backlog);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotWoken(backlog.TenantName, e);
            }
        });

    private async ValueTask<bool> TryWake(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await tenants.Get(name).Wake(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotWoken(name, e);
            return false;
        }
    }

    /// <summary>
    /// Moves a tenant of its own accord: nothing more of it starts here, and once nothing is in hand <paramref name="leave"/> brings it to
    /// life elsewhere, where it is asked for as ever. An actor that went first would be asked about hand-overs that it does not own yet.
    /// </summary>
    /// <param name="patience">How long hand-overs that are under way are waited for; the tenant stays if they take longer.</param>
    /// <returns>Whether it moved. It is served here again if not.</returns>
    public async Task<bool> Offer(long tenantKey, string tenantName, TimeSpan patience, Func<Task> leave)
    {
        var offer = new object();
        try
        {
            await dispatcher.Relinquish(tenantKey, tenantName, offer).WaitAsync(patience, time);
            await leave();
            return !store.Ownership.Owns(tenantKey);
        }
        catch (TimeoutException)
        {
            // Its hand-overs take longer than it is worth.
            return false;
        }
        catch (Exception e)
        {
            LogNotGiven(tenantName, e);
            return false;
        }
        finally
        {
            // Whoever gave it away has made the dispatcher forget it; whoever is about to holds it by itself.
            dispatcher.Keep(tenantKey, offer);
        }
    }

    private void Requested(IReadOnlyList<TenantRequest> requests)
    {
        foreach (var request in requests)
        {
            // Told again each second until it is given.
            if (_going.TryAdd(request.TenantKey, request)) _ = Give(request);
        }
    }

    private async Task Give(TenantRequest request)
    {
        var given = false;
        try
        {
            await dispatcher.Relinquish(request.TenantKey, request.TenantName, request);
            // What it has in memory is in line for the disk; the new owner loads it from there.
            own.Discard(request.TenantName);
            given = await store.Ownership.HandTo(request, CancellationToken.None);
            if (!given) return;
            metrics.TenantGiven();
            LogGiven(request.TenantName, request.Incarnation);
        }
        catch (Exception e)
        {
            LogNotGiven(request.TenantName, e);
        }
        finally
        {
            if (!store.Ownership.Owns(request.TenantKey)) Forget(request);
            else if (!given) dispatcher.Keep(request.TenantKey, request);
            // It came back before its going was told: mail of the time since then may stand in the queue that left.
            else dispatcher.TakeUp(new TenantBacklog(request.TenantKey, request.TenantName, 0, time.GetUtcNow()));
            _going.TryRemove(request.TenantKey, out _);
        }
    }

    /// <summary>
    /// It is another's, or may be: the answer can be lost, and a queue that stayed would let units leave again when the tenant comes back.
    /// </summary>
    private void Forget(TenantRequest request)
    {
        // A call may have brought it back to life just before; that one would go on answering for a tenant that is another's.
        own.Discard(request.TenantName);
        dispatcher.Left(request.TenantKey);
    }

    [LoggerMessage(6001, LogLevel.Error, "Tenants of silos that have ended could not be looked for; it is tried again")]
    private partial void LogSweepFailed(Exception exception);

    [LoggerMessage(6002, LogLevel.Information, "Woke {Woken} of {Count} tenants with mail whose silo has ended")]
    private partial void LogWoken(int woken, int count);

    [LoggerMessage(6003, LogLevel.Warning, "Tenant {TenantName} could not be woken; it is tried again")]
    private partial void LogNotWoken(string tenantName, Exception exception);

    [LoggerMessage(6004, LogLevel.Debug, "Gave tenant {TenantName} to incarnation {Incarnation}")]
    private partial void LogGiven(string tenantName, long incarnation);

    [LoggerMessage(6005, LogLevel.Warning, "Tenant {TenantName} could not be given away; it stays here")]
    private partial void LogNotGiven(string tenantName, Exception exception);
}
