using Silo.Storage;

namespace Silo.Server.PublicWeb;

/// <summary>Loads the keys of links before mail is taken, and keeps them fresh while the server runs.</summary>
internal sealed partial class LinkKeyUpkeep(LinkKeys keys, TimeProvider time, ILogger<LinkKeyUpkeep> log) : BackgroundService, IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => keys.Load(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LinkKeys.RefreshEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await keys.Load(stoppingToken);
            }
            catch (StorageException e)
            {
                LogNotRead(e);
            }
        }
    }

    [LoggerMessage(4502, LogLevel.Warning, "The keys of links could not be read; those known before stay in use")]
    private partial void LogNotRead(Exception exception);
}
