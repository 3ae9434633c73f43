using Silo.Storage;

namespace Silo.Server.Access;

/// <summary>Drops audit records when they are old enough, some thousands at a time. Each silo does; what is gone is gone.</summary>
internal sealed partial class AuditRetention(ISiloStore store, AuditOptions options, TimeProvider time, ILogger<AuditRetention> log)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        // First at the start: a process that lives for less than the interval would never drop any.
        do
        {
            try
            {
                await Run(stoppingToken);
            }
            catch (StorageException e)
            {
                LogFailed(log, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    internal async Task Run(CancellationToken cancellationToken)
    {
        var instant = time.GetUtcNow() - TimeSpan.FromDays(options.RetentionDays);
        while (await store.Audit.DropBefore(instant, cancellationToken))
        {
        }
    }

    [LoggerMessage(EventId = 4105, Level = LogLevel.Warning, Message = "Old audit records could not be dropped; the next try is in an hour")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
