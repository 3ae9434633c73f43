using Amazon.Runtime;
using Silo.Core.Delivery;
using Silo.Core.Limits;
using Silo.Server.Delivery.Pacing;

namespace Silo.Server.Delivery.Ses;

/// <summary>
/// Hands everything to Amazon SES by SendEmail, one call for each recipient. The call is the whole dialogue: the gate stands directly
/// before it, and a pause calls back what is not answered, which leaves it in doubt if the message was written. Never tries again by
/// itself: SendEmail has no token that would make a second call harmless.
/// </summary>
public sealed partial class SesTransport : ITransport
{
    private const string Path = "/v2/email/outbound-emails";

    // The first hand-overs wait so long for the account's limits, and then begin slowly.
    private static readonly TimeSpan LimitsPatience = TimeSpan.FromSeconds(5);

    // A rolling day frees its messages bit by bit; the account is asked meanwhile, and ends the rest early.
    private static readonly TimeSpan QuotaRest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ShortestThrottleRest = TimeSpan.FromSeconds(1);

    private readonly SesOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<double> _jitter;
    private readonly ILogger<SesTransport> _logger;
    private readonly SesHttp _http;
    private readonly SesCredentials _credentials;
    private readonly SesPace _pace;
    private readonly SesAccount _account;
    private readonly SesAlarm _alarm;
    private readonly SemaphoreSlim _places;

    /// <param name="limits">Told what the account there may send.</param>
    /// <param name="jitter">0 to below 1; asked from several threads.</param>
    /// <exception cref="ArgumentException">The options are not valid.</exception>
    public SesTransport(
        SesOptions options, AccountLimits limits, TimeProvider time, Func<double> jitter, ILogger<SesTransport> logger)
    {
        var place = SesPlace.Find(options, out var errors) ?? throw new ArgumentException(string.Join(' ', errors), nameof(options));
        (_options, _time, _jitter, _logger) = (options, time, jitter, logger);
        _http = new SesHttp(place, options, time);
        _credentials = new SesCredentials(options);
        _pace = new SesPace(options, time);
        _alarm = new SesAlarm(time);
        _places = new SemaphoreSlim(options.MaxConnections, options.MaxConnections);
        _account = new SesAccount(_http, _credentials, _pace, limits, options, time, jitter, logger);
    }

    /// <summary>Calls a second that may begin now, and why no more.</summary>
    public AdaptiveRateState Pace => _pace.State;

    public async ValueTask<DeliveryResult> Deliver(HandOver handOver, CancellationToken cancellationToken)
    {
        if (Unsendable(handOver) is { } unsendable) return unsendable;
        try
        {
            await _account.FirstAsked.WaitAsync(LimitsPatience, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var turn = await _pace.Take(cancellationToken);
            if (!turn.IsGranted) return Rests(turn);
            var started = false;
            try
            {
                await _places.WaitAsync(cancellationToken);
                try
                {
                    return await Call(handOver, turn, () => started = true, cancellationToken);
                }
                finally
                {
                    _places.Release();
                }
            }
            finally
            {
                if (!started) _pace.GiveBack();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return DeliveryResult.NotStarted;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        _http.Dispose();
        _credentials.Dispose();
    }

    /// <param name="started">Called when the gate was passed.</param>
    private async ValueTask<DeliveryResult> Call(HandOver handOver, SesTurn turn, Action started, CancellationToken cancellationToken)
    {
        ImmutableCredentials keys;
        try
        {
            using var patience = new CancellationTokenSource(_options.RequestTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            keys = await _credentials.Get(either.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed(DeliveryStage.Authenticate, "There are no keys to sign with: " + e.Message);
        }

        var body = SendEmailBody.Write(handOver, _options);
        using var content = new SesContent(body, handOver.MayFinish);
        using var request = _http.Request(HttpMethod.Post, Path, content, body.Span, keys);
        if (!handOver.TryBegin()) return DeliveryResult.NotStarted;
        started();
        _pace.Start();
        var effect = SesEffect.None;
        string? reason = null;
        try
        {
            (var result, effect) = await Exchange(handOver, request, content, cancellationToken);
            reason = result.Diagnostic;
            return Learned(handOver, result, effect);
        }
        finally
        {
            if (_pace.Answered(turn.Round, effect, reason, QuotaRest)) LogSlower(_http.Host, _pace.State.Rate, reason);
            if (effect is SesEffect.SlowDown or SesEffect.QuotaUsedUp) _account.AskSoon();
        }
    }

    /// <summary>From the first byte to the answer, or to where it broke.</summary>
    private async ValueTask<(DeliveryResult Result, SesEffect Effect)> Exchange(
        HandOver handOver, HttpRequestMessage request, SesContent content, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken, handOver.Aborted);
        try
        {
            var reply = await _http.Call(request, handOver.Begun, any.Token);
            var (result, effect) = SesResults.Of(reply, handOver.Recipient);
            return (effect is SesEffect.SlowDown or SesEffect.QuotaUsedUp || result.DeferralScope == DeferralScope.SlowDown
                ? result with { RestsUntil = result.Kind == DeliveryResultKind.RouteFailed ? RestOf(effect, reply.RetryAfter) : null }
                : result, effect);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return (Broken(content, e, patience.IsCancellationRequested, any.IsCancellationRequested), SesEffect.None);
        }
    }

    private static DeliveryResult Broken(SesContent content, Exception e, bool timedOut, bool calledOff)
    {
        var what = timedOut ? "SES did not answer in time."
            : calledOff ? "The hand-over was called off."
            : $"No answer of SES: {SesResults.WithoutAddresses(e.Message)}";
        if (content.MayBeWhole) return SesResults.InDoubt(what);
        if (content.WasStopped || (calledOff && !timedOut)) return DeliveryResult.NotStarted with { Stage = DeliveryStage.Data, Diagnostic = what };
        return content.IsBegun
            // It burns an attempt: a message on which the connection breaks must not come back for ever.
            ? new DeliveryResult
            {
                Kind = DeliveryResultKind.Deferred, Stage = DeliveryStage.Data, DeferralScope = DeferralScope.Recipient, Diagnostic = what,
            }
            : new DeliveryResult { Kind = DeliveryResultKind.RouteFailed, Stage = DeliveryStage.Connect, Diagnostic = what };
    }

    private DateTimeOffset RestOf(SesEffect effect, TimeSpan? asked)
    {
        var rest = effect == SesEffect.QuotaUsedUp ? QuotaRest : asked ?? ShortestThrottleRest;
        if (rest < ShortestThrottleRest) rest = ShortestThrottleRest;
        if (rest > QuotaRest) rest = QuotaRest;
        // What was refused together does not come back together.
        return _time.GetUtcNow() + rest * (1 + _jitter());
    }

    private DeliveryResult Learned(HandOver handOver, DeliveryResult result, SesEffect effect)
    {
        result = result with { RemoteHost = _http.Host };
        if (effect == SesEffect.KeysRefused) _credentials.Forget();
        if (effect == SesEffect.QuotaUsedUp) result = result with { RestsAll = true };
        if (effect is SesEffect.KeysRefused or SesEffect.Misconfigured && _alarm.Rings(result.Stage) is var calls and > 0)
            LogMisconfigured(_http.Host, calls, handOver.Envelope.TenantName, handOver.Envelope.MessageId, result.Diagnostic);
        return result;
    }

    private DeliveryResult Rests(SesTurn turn) => new()
    {
        Kind = DeliveryResultKind.RouteFailed, DeferralScope = DeferralScope.SlowDown, RemoteHost = _http.Host, Diagnostic = turn.Reason,
        RestsUntil = turn.RestsUntil, RestsAll = true,
    };

    private DeliveryResult Failed(DeliveryStage stage, string diagnostic)
    {
        var result = new DeliveryResult
        {
            Kind = DeliveryResultKind.RouteFailed, Stage = stage, RemoteHost = _http.Host, Diagnostic = SesResults.WithoutAddresses(diagnostic),
        };
        if (_alarm.Rings(stage) is var calls and > 0) LogMisconfigured(_http.Host, calls, "-", "-", result.Diagnostic);
        return result;
    }

    /// <summary>What SES cannot take, decided before anything is asked (SES API v2 takes no SMTPUTF8).</summary>
    private static DeliveryResult? Unsendable(HandOver handOver) => System.Text.Ascii.IsValid(handOver.Recipient) ? null : new DeliveryResult
    {
        Kind = DeliveryResultKind.SoftBounce, BounceSubType = BounceSubType.ContentRejected,
        Diagnostic = "The address holds characters beyond ASCII, which SES does not take.",
    };
}
