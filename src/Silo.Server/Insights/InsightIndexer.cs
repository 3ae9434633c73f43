using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Insights;

/// <summary>
/// Goes through the log of events behind the mail and keeps what messages are searched by: now and then, and at once for whoever searches.
/// Silos of one store do so in turn, by the position that stands with the rows.
/// </summary>
internal sealed partial class InsightIndexer(
    ISiloStore store, MailboxProviders providers, InsightOptions options, TimeProvider time, ILogger<InsightIndexer> log) : BackgroundService
{
    /// <summary>Events that are gone through together: what becomes of a message meanwhile costs no write of its own.</summary>
    public const int MaxEvents = 20_000;

    private const int PageSize = 4_000;
    private const int RowsAtOnce = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private long _seen;

    private enum Step
    {
        More,
        End,

        /// <summary>Another silo was faster.</summary>
        Lost,
    }

    /// <summary>
    /// Takes in what is in the log by now. False when there is so much of it that it takes longer than ten seconds: then the latest are missing.
    /// </summary>
    public async ValueTask<bool> CatchUp(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < Patience)
        {
            var step = await Run(cancellationToken);
            if (step == Step.End) return true;
            if (step == Step.Lost) await Task.Delay(Pause, time, cancellationToken);
        }

        return false;
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await IsOurTurn(stoppingToken) && await Run(stoppingToken) == Step.More)
                {
                }

                await Task.Delay(options.Interval, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // It goes on where it was.
                LogFailed(e);
                await Task.Delay(options.Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Where another silo gets on, it is left to that one.</summary>
    private async ValueTask<bool> IsOurTurn(CancellationToken cancellationToken)
    {
        var position = await store.Insights.ReadPosition(cancellationToken);
        return Interlocked.Exchange(ref _seen, position) == position;
    }

    private async ValueTask<Step> Run(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var from = await store.Insights.ReadPosition(cancellationToken);
            var (position, count, isEnd) = (from, 0, false);
            var digest = new InsightDigest(recipient => providers.Of(recipient).Name);
            while (!isEnd && count < MaxEvents)
            {
                var events = await store.Events.ReadFrom(position, PageSize, cancellationToken);
                foreach (var stored in events) digest.Add(stored);
                (count, isEnd) = (count + events.Count, events.Count < PageSize);
                if (events.Count > 0) position = events[^1].Position;
            }

            if (count == 0) return Step.End;
            foreach (var part in digest.Take(from, position, RowsAtOnce))
                if (!await store.Insights.Write(part, cancellationToken)) return Step.Lost;
            Interlocked.Exchange(ref _seen, position);
            return isEnd ? Step.End : Step.More;
        }
        finally
        {
            _turn.Release();
        }
    }

    [LoggerMessage(4611, LogLevel.Warning, "Message insights wait: the log could not be gone through")]
    private partial void LogFailed(Exception exception);
}
