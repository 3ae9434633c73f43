using Silo.Storage;

namespace Silo.Server.Events;

/// <summary>Keeps the watch near the store: filled before anything is accepted, then each two seconds.</summary>
internal sealed partial class EventDestinationService(
    EventDestinationWatch watch, IResourceStore store, TimeProvider time, ILogger<EventDestinationService> logger)
    : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    public async Task StartingAsync(CancellationToken cancellationToken) => await watch.Refresh(store, cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await watch.Refresh(store, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // What was read last holds on. Whatever it was, it must not end the watch, and with it the process.
                LogFailed(e);
            }
        }
    }

    [LoggerMessage(7010, LogLevel.Warning, "Event destinations could not be read; that is tried again")]
    private partial void LogFailed(Exception exception);
}
