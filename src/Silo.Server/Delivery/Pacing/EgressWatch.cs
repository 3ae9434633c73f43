using Silo.Server.Egress;
using Silo.Storage;

namespace Silo.Server.Delivery.Pacing;

/// <summary>
/// Tells the dispatcher at the start, and each second, how pools and addresses are: a change of their limits holds within two. Until they
/// could be read once no mail leaves.
/// </summary>
internal sealed class EgressWatch(SendingPools pools, Dispatcher dispatcher, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SendingPools.MaxAge, time);
        do await Look(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task Look(CancellationToken cancellationToken)
    {
        try
        {
            dispatcher.Follow(await pools.Get(cancellationToken));
        }
        catch (StorageException)
        {
            // Never read yet, so that nothing leaves: the next second tries again.
        }
    }
}
