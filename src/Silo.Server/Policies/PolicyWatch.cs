using Silo.Storage;

namespace Silo.Server.Policies;

/// <summary>Looks each few seconds whether a change of a policy has reached every tenant that uses it.</summary>
internal sealed class PolicyWatch(PolicyResources policies, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await policies.SpreadRest(stoppingToken);
            }
            catch (StorageException)
            {
                // What is not told stays marked so.
            }
        }
    }
}
