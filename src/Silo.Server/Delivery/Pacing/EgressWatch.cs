using Silo.Server.Egress;
using Silo.Storage;

namespace Silo.Server.Delivery.Pacing;

/// <summary>Tells the dispatcher each second how pools and addresses are: a change of their limits holds within two.</summary>
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
            // Never read yet: mail leaves without limits of pools no earlier than it can be released, which needs the store as well.
        }
    }
}
