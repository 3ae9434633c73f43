namespace Silo.Server.Policies;

/// <summary>Looks each few seconds whether a change of a policy has reached every tenant that uses it.</summary>
internal sealed partial class PolicyWatch(PolicyResources policies, TimeProvider time, ILogger<PolicyWatch> logger) : BackgroundService
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
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // What is not told stays marked so. Whatever it was, it must not end the watch, and with it the process.
                LogFailed(e);
            }
        }
    }

    [LoggerMessage(2032, LogLevel.Warning, "Changes of policies could not be looked for; that is tried again")]
    private partial void LogFailed(Exception exception);
}
