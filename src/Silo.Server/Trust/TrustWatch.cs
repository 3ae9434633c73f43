using Silo.Server.Tenants;

namespace Silo.Server.Trust;

/// <summary>
/// Takes up changes of the trust tiers each few seconds, and now and then removes reviews from the queue that are not open any more.
/// </summary>
internal sealed partial class TrustWatch(
    TrustTiers tiers, TrustReviews reviews, ITenants tenants, TimeProvider time, ILogger<TrustWatch> logger) : BackgroundService
{
    private const int RoundsPerRepair = 120;
    private const int PageSize = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before tenants are created by callers: they begin in the tier that is the default.
        await Attempt(() => tiers.Follow(cancellationToken));
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        for (var round = 1; await timer.WaitForNextTickAsync(stoppingToken); round++)
        {
            await Attempt(() => tiers.Follow(stoppingToken));
            if (round % RoundsPerRepair == 0) await Attempt(() => Repair(stoppingToken));
        }
    }

    /// <summary>Each tenant that stands in the queue is asked; it puts its own place there in order, and one that is gone has none.</summary>
    internal async ValueTask Repair(CancellationToken cancellationToken)
    {
        string? after = null;
        do
        {
            var page = await reviews.List(after, null, PageSize, cancellationToken);
            foreach (var review in page.Items)
            {
                if (await tenants.Get(review.TenantName).Trust(cancellationToken) is null)
                    await reviews.Follow(review.TenantName, null, cancellationToken);
            }

            after = page.Next;
        }
        while (after is not null);
    }

    private async ValueTask Attempt(Func<ValueTask> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever it was, it must not end the watch, and with it the process.
            LogFailed(e);
        }
    }

    [LoggerMessage(2062, LogLevel.Warning, "Trust tiers or reviews could not be looked after; that is tried again")]
    private partial void LogFailed(Exception exception);
}
