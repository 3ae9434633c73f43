using System.Text.Json;
using Silo.Server.Delivery.Pacing;

namespace Silo.Server.Delivery.Ses;

/// <summary>
/// Asks the account for its limits, at intervals and when SES throttles: its rate is the ceiling of the pace, and what is left of its 24
/// hours may leave. Its limits are the budget of all mail here too, so that they are shared fairly before anything waits for a call.
/// </summary>
internal sealed partial class SesAccount : IAsyncDisposable
{
    public const string Path = "/v2/email/account";

    // A storm of refusals asks no more often than this.
    private static readonly TimeSpan AtLeastBetween = TimeSpan.FromSeconds(5);

    private readonly SesHttp _http;
    private readonly SesCredentials _credentials;
    private readonly SesPace _pace;
    private readonly AccountLimits _accountLimits;
    private readonly SesOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<double> _jitter;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private Task _asking = Task.CompletedTask;
    private long? _askedAt;
    private string? _trouble;
    private string? _standing;

    /// <param name="jitter">0 to below 1.</param>
    public SesAccount(
        SesHttp http, SesCredentials credentials, SesPace pace, AccountLimits limits, SesOptions options, TimeProvider time, Func<double> jitter,
        ILogger logger)
    {
        (_http, _credentials, _pace, _accountLimits) = (http, credentials, pace, limits);
        (_options, _time, _jitter, _logger) = (options, time, jitter, logger);
        _timer = time.CreateTimer(static me => ((SesAccount)me!).Ask(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Ask();
    }

    /// <summary>Ends when the account was asked for the first time, whether it answered or not.</summary>
    public Task FirstAsked => _asked.Task;

    /// <summary>SES has throttled: what it allows may have changed.</summary>
    public void AskSoon()
    {
        lock (_lock)
        {
            if (_stop.IsCancellationRequested || !_asking.IsCompleted) return;
            var wait = _askedAt is { } at ? AtLeastBetween - _time.GetElapsedTime(at) : TimeSpan.Zero;
            _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _timer.DisposeAsync();
        Task asking;
        lock (_lock) asking = _asking;
        await asking;
        _asked.TrySetResult();
        _stop.Dispose();
    }

    private void Ask()
    {
        lock (_lock)
        {
            if (_stop.IsCancellationRequested || !_asking.IsCompleted) return;
            _askedAt = _time.GetTimestamp();
            _asking = AskAndRest();
        }
    }

    private async Task AskAndRest()
    {
        await Task.Yield();
        string? trouble;
        try
        {
            trouble = await AskOnce();
        }
        catch (Exception e) when (e is not OperationCanceledException || !_stop.IsCancellationRequested)
        {
            trouble = e.Message;
        }
        catch (OperationCanceledException)
        {
            return;
        }

        if (trouble is not null && _trouble is null) LogUnknown(_http.Host, SesResults.WithoutAddresses(trouble));
        _trouble = trouble;
        _asked.TrySetResult();
        lock (_lock)
        {
            if (!_stop.IsCancellationRequested) _timer.Change(_options.AccountInterval * (0.75 + _jitter() / 2), Timeout.InfiniteTimeSpan);
        }
    }

    /// <returns>Null when the pace has learned; else what stood in the way.</returns>
    private async Task<string?> AskOnce()
    {
        using var patience = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stop.Token);
        var before = _pace.BeforeAsking();
        var keys = await _credentials.Get(either.Token);
        using var request = _http.Request(HttpMethod.Get, Path, null, default, keys);
        var reply = await _http.Call(request, null, either.Token);
        if (reply.Status != 200) return reply.ToString();
        if (Limits.Read(reply) is not { } limits) return "The answer to GetAccount cannot be read.";
        _pace.Learn(limits.MaxSendRate, limits.Max24HourSend, limits.SentLast24Hours, before);
        _accountLimits.Learn(limits.MaxSendRate, limits.Max24HourSend);
        if (limits.Standing != _standing && (limits.Standing != Limits.Good || _standing is not null)) LogStanding(_http.Host, limits.Standing);
        _standing = limits.Standing;
        return null;
    }

    [LoggerMessage(4203, LogLevel.Warning, "{Host} does not tell its limits, so they are found by trying: {Reason}")]
    private partial void LogUnknown(string host, string reason);

    [LoggerMessage(4204, LogLevel.Warning, "The account at {Host} is {Standing}")]
    private partial void LogStanding(string host, string standing);

    private readonly record struct Limits(double MaxSendRate, double Max24HourSend, double SentLast24Hours, string Standing)
    {
        public const string Good = "HEALTHY, sending enabled";

        public static Limits? Read(SesReply reply)
        {
            if (!reply.IsWhole) return null;
            try
            {
                using var json = JsonDocument.Parse(reply.Body, new JsonDocumentOptions { MaxDepth = 16 });
                if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("SendQuota", out var quota)
                    || quota.ValueKind != JsonValueKind.Object) return null;
                // What is left out is no limit; a number that is none is no answer.
                var (rate, most, sent) = (Number(quota, "MaxSendRate", -1), Number(quota, "Max24HourSend", -1), Number(quota, "SentLast24Hours", 0));
                if (!double.IsFinite(rate) || !double.IsFinite(most) || !double.IsFinite(sent) || sent < 0) return null;
                var enabled = !json.RootElement.TryGetProperty("SendingEnabled", out var e) || e.ValueKind != JsonValueKind.False;
                var review = json.RootElement.TryGetProperty("EnforcementStatus", out var s) && s.ValueKind == JsonValueKind.String ? s.GetString() : null;
                var known = review is "PROBATION" or "SHUTDOWN" ? review : "HEALTHY";
                return new Limits(rate, most, sent, $"{known}, sending {(enabled ? "enabled" : "disabled")}");
            }
            catch (Exception x) when (x is JsonException or InvalidOperationException)
            {
                return null;
            }
        }

        private static double Number(JsonElement quota, string name, double otherwise) =>
            !quota.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? otherwise
            : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : double.NaN;
    }
}
