namespace Silo.Server.Lists.Imports;

/// <summary>Does import jobs one at a time: those that are made here at once, those of a silo that is gone when it has been silent.</summary>
internal sealed partial class ImportService(
    ImportJobs jobs, ImportRunner runner, ImportFiles files, TimeProvider time, ILogger<ImportService> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>Does all jobs that are free. A job of a bucket that only other silos have is left to them.</summary>
    internal async Task DoAll(CancellationToken cancellationToken)
    {
        foreach (var (job, version) in await jobs.List(cancellationToken))
        {
            if (!job.IsOpen || job.HeldUntil > time.GetUtcNow() || !files.Has(job.Url)) continue;
            try
            {
                if (await runner.Run(job, version, cancellationToken)) LogEnded(job.Id);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // What one job brings out must not keep the others waiting, and still less end the process.
                LogBrokeOff(e, job.Id);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        jobs.Created = Wake;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await DoAll(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }

            using var timer = new CancellationTokenSource(Interval, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stoppingToken);
            await _wake.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has been woken and has not looked yet.
        }
    }

    [LoggerMessage(4506, LogLevel.Information, "Import job {JobId} has ended")]
    private partial void LogEnded(string jobId);

    [LoggerMessage(4507, LogLevel.Warning, "Import jobs wait: they could not be read from the store")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(4509, LogLevel.Warning, "Import job {JobId} broke off")]
    private partial void LogBrokeOff(Exception exception, string jobId);
}
