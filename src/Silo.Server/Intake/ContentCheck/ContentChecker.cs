using System.Diagnostics.Metrics;
using Silo.Core.Messages;
using Silo.Server.Hosting;

namespace Silo.Server.Intake.ContentCheck;

/// <summary>
/// Has messages checked by a program outside before they are accepted. What it costs a send is bounded: a time, a number of checks at once,
/// and nothing at all while the checker is known to be dead. Safe for several threads.
/// </summary>
internal sealed partial class ContentChecker : IDisposable
{
    private const int WaitingPerSlot = 8;

    private readonly ContentCheckOptions _options;
    private readonly Func<double> _chance;
    private readonly TimeProvider _time;
    private readonly ILogger<ContentChecker> _logger;
    private readonly RspamdClient _client;
    private readonly CheckBreaker _breaker;
    private readonly SemaphoreSlim _slots;
    private readonly Counter<long> _checks;
    private int _present;

    /// <param name="chance">Values in [0, 1): which messages are checked when not all are.</param>
    public ContentChecker(
        ContentCheckOptions options, Func<double> chance, TimeProvider time, IMeterFactory meters, ILogger<ContentChecker> logger)
    {
        (_options, _chance, _time, _logger) = (options, chance, time, logger);
        _client = new RspamdClient(options);
        _breaker = new CheckBreaker(options.RestAfter, options.RestTime, time);
        _slots = new SemaphoreSlim(options.Parallel);
        var meter = meters.Create(SiloMetrics.MeterName);
        _checks = meter.CreateCounter<long>("silo.content.checks", "{message}", "Messages that a content checker was to see, by result.");
        meter.CreateObservableGauge(
            "silo.content.resting", () => _breaker.IsResting ? 1 : 0, null, "1 while a content checker that failed is left alone.");
    }

    /// <summary>Whether mail that could not be checked is refused.</summary>
    public bool RefusesUnchecked => _options.OnFailure == UncheckedMail.Refuse;

    /// <summary>Whether the next message is to be checked; draws by chance, so it is asked once for each.</summary>
    public bool Takes(ContentCoverage coverage) => coverage switch
    {
        ContentCoverage.Always => true,
        ContentCoverage.Never => false,
        _ => _options.SampleRate >= 1 || _chance() < _options.SampleRate,
    };

    /// <exception cref="OperationCanceledException">The sender does not wait any more.</exception>
    public async ValueTask<ContentVerdict> Check(Envelope envelope, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var verdict = content.Length > _options.MaxBytes
            ? new ContentVerdict(ContentCheckResult.TooLarge, null)
            : await InTurn(envelope, content, cancellationToken);
        if (_checks.Enabled) _checks.Add(1, new KeyValuePair<string, object?>("result", NameOf(verdict.Result)));
        return verdict;
    }

    public void Dispose()
    {
        _client.Dispose();
        _slots.Dispose();
    }

    private async ValueTask<ContentVerdict> InTurn(Envelope envelope, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _present) > _options.Parallel * (WaitingPerSlot + 1))
        {
            Interlocked.Decrement(ref _present);
            return new ContentVerdict(ContentCheckResult.Busy, null);
        }

        using var patience = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var hasSlot = false;
        try
        {
            await _slots.WaitAsync(either.Token);
            hasSlot = true;
            // Asked in its turn: those that waited behind calls that failed are not to fail as slowly.
            var leave = _breaker.Begin();
            return leave == CheckBreaker.Leave.None
                ? new ContentVerdict(ContentCheckResult.Resting, null)
                : await Ask(leave, envelope, content, either.Token, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ContentVerdict(ContentCheckResult.Busy, null);
        }
        finally
        {
            if (hasSlot) _slots.Release();
            Interlocked.Decrement(ref _present);
        }
    }

    private async ValueTask<ContentVerdict> Ask(
        CheckBreaker.Leave leave, Envelope envelope, ReadOnlyMemory<byte> content, CancellationToken either, CancellationToken sender)
    {
        ContentScore? score;
        try
        {
            score = await _client.Ask(envelope, content, either);
        }
        catch (OperationCanceledException) when (!sender.IsCancellationRequested)
        {
            score = null;
        }
        catch
        {
            _breaker.GaveUp(leave);
            throw;
        }

        if (score is null)
        {
            if (_breaker.Failed(leave)) LogResting(_options.RestAfter);
            return new ContentVerdict(ContentCheckResult.Failed, null);
        }

        if (_breaker.Succeeded(leave)) LogBack();
        var rejects = _options.RejectAt.Contains(score.Action, StringComparer.OrdinalIgnoreCase);
        return new ContentVerdict(rejects ? ContentCheckResult.Rejected : ContentCheckResult.Passed, score);
    }

    private static string NameOf(ContentCheckResult result) => result switch
    {
        ContentCheckResult.Passed => "passed",
        ContentCheckResult.Rejected => "rejected",
        ContentCheckResult.TooLarge => "too_large",
        ContentCheckResult.Resting => "resting",
        ContentCheckResult.Busy => "busy",
        _ => "failed",
    };

    [LoggerMessage(2071, LogLevel.Warning, "The content checker failed {Failures} times in a row and is left alone for a while")]
    private partial void LogResting(int failures);

    [LoggerMessage(2072, LogLevel.Information, "The content checker answers again")]
    private partial void LogBack();
}
