namespace Silo.Server.Retention;

/// <summary>Works on erasures, those of processes that ended among them: looks when one is asked for here, and every ten seconds.</summary>
internal sealed partial class ErasureService(Erasures erasures, TimeProvider time, ILogger<ErasureService> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _asked = new(0, 1);

    /// <summary>There is a new one.</summary>
    public void Wake()
    {
        try
        {
            _asked.Release();
        }
        catch (SemaphoreFullException)
        {
            // The next look finds both.
        }
    }

    public override void Dispose()
    {
        _asked.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wait = Interval;
            try
            {
                if (await erasures.Work(stoppingToken) is { } next)
                    wait = TimeSpan.FromTicks(Math.Clamp((next - time.GetUtcNow()).Ticks, Shortest.Ticks, Interval.Ticks));
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it was must not end the work on the others, and with it the process.
                LogFailed(e);
            }

            await Wait(wait, stoppingToken);
        }
    }

    private async Task Wait(TimeSpan wait, CancellationToken stoppingToken)
    {
        using var patience = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stoppingToken);
        try
        {
            await _asked.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
        }
    }

    [LoggerMessage(4701, LogLevel.Error, "An erasure could not be carried on; it is tried again")]
    private partial void LogFailed(Exception exception);
}
