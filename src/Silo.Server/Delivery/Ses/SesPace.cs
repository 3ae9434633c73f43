using Silo.Core.Limits;

namespace Silo.Server.Delivery.Ses;

/// <summary>A permit to call, or until when nothing may be called.</summary>
/// <param name="Round">Of the <see cref="AdaptiveRate"/>, to be told with what came of it.</param>
internal readonly record struct SesTurn(bool IsGranted, int Round, DateTimeOffset RestsUntil, string? Reason);

/// <summary>
/// How fast calls may follow each other: up to the account's rate, slower while SES asks for it, and none while the account's 24 hours are
/// used up. Calls wait for their turn in order, so that the in-flight slots they hold keep the rest of the mail where it is; one that
/// would wait for too long is sent back.
/// </summary>
internal sealed class SesPace
{
    /// <summary>The first rate of an account of which nothing is known, and its ceiling then.</summary>
    internal const double UnknownRate = 10;

    internal const double UnknownCeiling = 1_000;
    private const double NoLimit = 100_000;

    // Timers are no better than some milliseconds: what they are late by may follow at once.
    private const double BurstSeconds = 0.05;
    private static readonly TimeSpan ShortestNap = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestNap = TimeSpan.FromSeconds(1);

    private readonly SesOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly AdaptiveRateLimits _limits;
    private readonly TokenBucket _bucket;
    private AdaptiveRate _rate;
    private double _bucketRate;
    private double? _max24Hours;
    private double _sent24Hours;
    private long _granted;
    private long _answered;
    private long _answeredBefore;
    private DateTimeOffset? _restsUntil;
    private DateTimeOffset _restedAt;
    private string? _restReason;
    private int _waiting;

    public SesPace(SesOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var now = time.GetUtcNow();
        var ceiling = Math.Min(UnknownCeiling, options.MaxSendRate ?? UnknownCeiling);
        // An account of one message a second, or less by option, has its own floor.
        _limits = new AdaptiveRateLimits { Floor = Math.Min(0.5, ceiling) };
        _rate = new AdaptiveRate(_limits, ceiling, Math.Min(UnknownRate, ceiling), now);
        _bucketRate = _rate.RateAt(now);
        _bucket = new TokenBucket(_bucketRate, Burst(_bucketRate), now, full: false);
    }

    public AdaptiveRateState State
    {
        get
        {
            lock (_lock) return _rate.StateAt(_time.GetUtcNow());
        }
    }

    /// <summary>Why nothing may be called, and until when; null while something may.</summary>
    public (DateTimeOffset Until, string Reason)? Rest
    {
        get
        {
            lock (_lock) return RestAt(_time.GetUtcNow());
        }
    }

    /// <summary>
    /// Waits for the turn. Who is granted one says what came of it: <see cref="Start"/> or <see cref="GiveBack"/>, and after a start
    /// <see cref="Answered"/>.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token.</exception>
    public async ValueTask<SesTurn> Take(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (RestAt(now) is { } rest) return Refused(rest.Until, rest.Reason);
            var rate = _rate.RateAt(now);
            if (_waiting > 0 && (_waiting + 1) / rate > _options.MaxPaceWait.TotalSeconds)
            {
                // Back when half of those who wait are through, so that the line never runs dry.
                return Refused(now + _options.MaxPaceWait / 2, $"More is due than the present rate of {rate:0.#} a second lets through.");
            }

            _waiting++;
        }

        try
        {
            await _turn.WaitAsync(cancellationToken);
            try
            {
                while (true)
                {
                    if (Try(out var nap) is { } turn) return turn;
                    await Task.Delay(nap, _time, cancellationToken);
                }
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            lock (_lock) _waiting--;
        }
    }

    /// <summary>The call begins: its permit is spent.</summary>
    public void Start()
    {
        lock (_lock) _bucket.Consume(1, _time.GetUtcNow());
    }

    /// <summary>The call does not begin.</summary>
    public void GiveBack()
    {
        lock (_lock)
        {
            _bucket.Return(1);
            _granted--;
        }
    }

    /// <summary>A call that began is over. True when the rate falls by it, or a rest begins.</summary>
    /// <param name="reason">What SES said, if it asked to slow down or said that the quota is used up.</param>
    /// <param name="quotaRest">How long to call nothing at all when the quota is used up.</param>
    public bool Answered(int round, SesEffect effect, string? reason, TimeSpan quotaRest)
    {
        lock (_lock)
        {
            _answered++;
            var now = _time.GetUtcNow();
            switch (effect)
            {
                case SesEffect.Accepted:
                    _rate.Accepted(round, now);
                    return false;
                case SesEffect.SlowDown:
                    return _rate.SlowDown(round, reason ?? "", now);
                case SesEffect.QuotaUsedUp:
                    var isNew = RestAt(now) is null;
                    (_restsUntil, _restedAt, _restReason) = (now + quotaRest, now, reason);
                    return isNew;
                default:
                    return false;
            }
        }
    }

    /// <summary>The account is about to be asked: answers what to give to <see cref="Learn"/> with what it says.</summary>
    public (long Answered, DateTimeOffset AskedAt) BeforeAsking()
    {
        lock (_lock) return (_answered, _time.GetUtcNow());
    }

    /// <param name="maxSendRate">Messages a second; 0 or less for no limit.</param>
    /// <param name="max24Hours">Messages in 24 hours; below 0 for no limit.</param>
    /// <param name="sent24Hours">Of those, what SES counts as sent.</param>
    public void Learn(double maxSendRate, double max24Hours, double sent24Hours, (long Answered, DateTimeOffset AskedAt) before)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            var ceiling = maxSendRate > 0 && maxSendRate < NoLimit ? maxSendRate : NoLimit;
            ceiling = Math.Max(Math.Min(ceiling, _options.MaxSendRate ?? NoLimit), _limits.Floor);
            // From what was guessed to what is known at once, unless SES has asked to slow down.
            if (_max24Hours is null && _rate.Round == 0) _rate = new AdaptiveRate(_limits, ceiling, ceiling, now);
            else _rate.SetCeiling(ceiling, now);
            _max24Hours = max24Hours < 0 ? double.PositiveInfinity : max24Hours;
            (_sent24Hours, _answeredBefore) = (sent24Hours, before.Answered);
            // The account says that there is room, after it had said that there is none.
            if (_restsUntil is not null && before.AskedAt > _restedAt && Room >= 1) _restsUntil = null;
        }
    }

    // What was under way when the account was asked may not be counted there yet.
    private double Room => _max24Hours is { } most ? most - _sent24Hours - (_granted - _answeredBefore) : double.PositiveInfinity;

    private static double Burst(double rate) => Math.Max(1, rate * BurstSeconds);

    private static SesTurn Refused(DateTimeOffset until, string reason) => new(false, 0, until, reason);

    private SesTurn? Try(out TimeSpan nap)
    {
        lock (_lock)
        {
            nap = default;
            var now = _time.GetUtcNow();
            if (RestAt(now) is { } rest) return Refused(rest.Until, rest.Reason);
            var rate = _rate.RateAt(now);
            if (rate != _bucketRate) _bucket.Change(_bucketRate = rate, Burst(rate), now);
            if (_bucket.TryReserve(1, now))
            {
                _granted++;
                return new SesTurn(true, _rate.Round, default, null);
            }

            nap = _bucket.AvailableAt(1, now) - now;
            if (nap > LongestNap) nap = LongestNap;
            if (nap < ShortestNap) nap = ShortestNap;
            return null;
        }
    }

    private (DateTimeOffset Until, string Reason)? RestAt(DateTimeOffset now)
    {
        if (_restsUntil > now) return (_restsUntil.Value, _restReason ?? "The account's 24 hours are used up.");
        return Room < 1 ? (now + _options.AccountInterval, $"The account has sent its {_max24Hours:0} messages of 24 hours.") : null;
    }
}
