using Silo.Storage;

namespace Silo.Server.Exports;

/// <summary>
/// Does export jobs one at a time: those that are made here at once, those of a silo that is gone when it has been silent. Once in a while it
/// drops files that are too old, and what broken attempts left.
/// </summary>
internal sealed partial class ExportService(
    ExportJobs jobs, ExportRunner runner, IExportStore files, ExportOptions options, TimeProvider time, ILogger<ExportService> log)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>Does all jobs that are free.</summary>
    internal async Task DoAll(CancellationToken cancellationToken)
    {
        foreach (var (job, version) in await jobs.List(cancellationToken))
        {
            if (!job.IsOpen || job.HeldUntil > time.GetUtcNow()) continue;
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

    /// <summary>Drops files that are too old, and such as no job has.</summary>
    internal async Task Sweep(CancellationToken cancellationToken)
    {
        var oldest = time.GetUtcNow() - TimeSpan.FromDays(options.KeepDays);
        foreach (var (job, version) in await jobs.List(cancellationToken))
        {
            if (job.IsOpen || job.Parts == 0 || job.CompletedAt > oldest) continue;
            if (await jobs.Replace(job with { Parts = 0 }, version, cancellationToken)) await files.Drop(job.File, cancellationToken);
        }

        for (var file = await files.Next(null, cancellationToken); file is not null; file = await files.Next(file, cancellationToken))
        {
            var found = await jobs.Get(file[..file.LastIndexOf('.')], cancellationToken);
            var isUsed = found?.Job is { } job && job.File == file && (job.IsOpen || job.Parts > 0);
            if (!isUsed) await files.Drop(file, cancellationToken);
        }
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        jobs.Created = Wake;
        long? swept = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await DoAll(stoppingToken);
                if (swept is null || time.GetElapsedTime(swept.Value) >= SweepInterval)
                {
                    swept = time.GetTimestamp();
                    await Sweep(stoppingToken);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            using var timer = new CancellationTokenSource(Interval, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stoppingToken);
            await _wake.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
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

    [LoggerMessage(4612, LogLevel.Information, "Export job {JobId} has ended")]
    private partial void LogEnded(string jobId);

    [LoggerMessage(4613, LogLevel.Warning, "Export jobs wait: they could not be read from the store")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(4614, LogLevel.Warning, "Export job {JobId} broke off")]
    private partial void LogBrokeOff(Exception exception, string jobId);
}
