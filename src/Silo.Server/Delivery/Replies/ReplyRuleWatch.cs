using Silo.Storage;

namespace Silo.Server.Delivery.Replies;

/// <summary>Looks each second whether the platform's own reply rules are still those in use.</summary>
internal sealed class ReplyRuleWatch(ReplyRuleResources rules, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await rules.Follow(stoppingToken);
            }
            catch (StorageException)
            {
                // The last ones hold.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
