namespace Silo.Core.Limits;

/// <summary>
/// A rate that finds out by itself what the other side takes: additive increase with what is accepted, multiplicative decrease when it
/// asks to slow down (AIMD, as TCP shares a link: RFC 5681), and a way back when nothing more is heard.
/// </summary>
/// <remarks>
/// <para>
/// Hand-overs that were under way together are refused together, and that is one message: each takes the number of the
/// <see cref="Round"/> in which it began, and only one of the present round slows down. So the rate falls at most once in a round trip,
/// whatever the clock does. What began in an earlier round proves nothing about the present rate, so it does not raise it either.
/// </para>
/// <para>
/// The step grows with the root of the rate at which it was slowed down last (a binomial rule, Bansal and Balakrishnan 2001). A step of one size
/// would be far too large at one a second and far too small at a thousand; one in proportion would never let senders of one account come
/// to equal shares. Only what is used raises the rate. After <see cref="AdaptiveRateLimits.Quiet"/> without a request to slow down it
/// also rises by time alone, to the ceiling within <see cref="AdaptiveRateLimits.Recovery"/>: what was true then need not be
/// true now. A clock that steps back brings nothing until it has caught up.
/// </para>
/// Owned by one caller at a time. Nothing here allocates.
/// </remarks>
public sealed class AdaptiveRate
{
    private readonly AdaptiveRateLimits _limits;
    private double _ceiling;
    private double _rate;
    private double _reference;
    private string? _reason;
    private DateTimeOffset? _slowedSince;
    private DateTimeOffset _slowedAt;
    private DateTimeOffset _latest;

    /// <param name="ceiling">The highest rate, a second; at least the floor.</param>
    /// <param name="initial">Where to begin; brought between floor and ceiling.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of its range.</exception>
    public AdaptiveRate(AdaptiveRateLimits limits, double ceiling, double initial, DateTimeOffset now)
    {
        limits.Check();
        _limits = limits;
        _ceiling = Checked(ceiling);
        _rate = _reference = Math.Clamp(initial, limits.Floor, _ceiling);
        _latest = _slowedAt = now;
    }

    /// <summary>Requests to slow down that were followed so far: to be kept with each hand-over that begins.</summary>
    public int Round { get; private set; }

    /// <summary>Hand-overs a second that may begin now, from the floor to the ceiling.</summary>
    public double RateAt(DateTimeOffset now)
    {
        Advance(now);
        return _rate;
    }

    /// <summary>The rate, and why it is what it is.</summary>
    public AdaptiveRateState StateAt(DateTimeOffset now) => new(RateAt(now), _ceiling, _reason, _slowedSince);

    /// <summary>A hand-over was taken.</summary>
    /// <param name="round">The <see cref="Round"/> in which it began.</param>
    public void Accepted(int round, DateTimeOffset now)
    {
        Advance(now);
        // A second of acceptances at the full rate adds the step once.
        if (round == Round) Raise(_limits.Step * Math.Sqrt(_reference) / _rate);
    }

    /// <summary>A hand-over met a request to slow down. True when the rate falls by it.</summary>
    /// <param name="round">The <see cref="Round"/> in which it began.</param>
    /// <param name="reason">In the words of the other side.</param>
    public bool SlowDown(int round, string reason, DateTimeOffset now)
    {
        Advance(now);
        if (round != Round) return false;
        Round++;
        _reference = _rate;
        _rate = Math.Max(_limits.Floor, _rate * _limits.Factor);
        (_reason, _slowedAt) = (reason, _latest);
        _slowedSince ??= _latest;
        ForgetAtCeiling();
        return true;
    }

    /// <summary>
    /// The other side tells its limit, or it is configured anew. A rate that stood at the old ceiling goes to the new one at once, since it
    /// was the ceiling alone that held it.
    /// </summary>
    /// <param name="ceiling">The highest rate, a second; at least the floor.</param>
    public void SetCeiling(double ceiling, DateTimeOffset now)
    {
        Advance(now);
        var stoodThere = _rate >= _ceiling;
        _ceiling = Checked(ceiling);
        _rate = stoodThere ? _ceiling : Math.Min(_rate, _ceiling);
        ForgetAtCeiling();
    }

    private void Advance(DateTimeOffset now)
    {
        if (now <= _latest) return;
        var quietAt = _slowedAt + _limits.Quiet;
        var from = _latest > quietAt ? _latest : quietAt;
        _latest = now;
        if (now > from) Raise(_ceiling * ((now - from) / _limits.Recovery));
    }

    private void Raise(double by)
    {
        _rate = Math.Min(_ceiling, _rate + by);
        ForgetAtCeiling();
    }

    private void ForgetAtCeiling()
    {
        if (_rate >= _ceiling) (_reason, _slowedSince) = (null, null);
    }

    private double Checked(double ceiling) => ceiling >= _limits.Floor && double.IsFinite(ceiling)
        ? ceiling
        : throw new ArgumentOutOfRangeException(nameof(ceiling), ceiling, $"The floor is {_limits.Floor}.");
}

/// <summary>How an <see cref="AdaptiveRate"/> moves.</summary>
public sealed record AdaptiveRateLimits
{
    /// <summary>Hand-overs a second that are always tried, above 0. Default 1.</summary>
    public double Floor { get; init; } = 1;

    /// <summary>What is left of the rate after a request to slow down, above 0 and below 1. Default 0.5.</summary>
    public double Factor { get; init; } = 0.5;

    /// <summary>
    /// What a second of acceptances at the full rate adds, for each root of the rate at which it was slowed down last: above 0 to 1. Default
    /// 0.2: a half is regained in 2.5 seconds at one a second, in 25 at a hundred, in 80 at a thousand.
    /// </summary>
    public double Step { get; init; } = 0.2;

    /// <summary>Time without a request to slow down after which the rate rises by itself. Default 5 minutes.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long it then takes from nothing to the ceiling, above 0. Default 10 minutes.</summary>
    public TimeSpan Recovery { get; init; } = TimeSpan.FromMinutes(10);

    internal void Check()
    {
        if (Floor is not (> 0 and <= 1e9)) throw new ArgumentOutOfRangeException(nameof(Floor), Floor, null);
        if (Factor is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(Factor), Factor, null);
        if (Step is not (> 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(Step), Step, null);
        ArgumentOutOfRangeException.ThrowIfLessThan(Quiet, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Recovery, TimeSpan.Zero);
    }
}

/// <param name="Rate">Hand-overs a second.</param>
/// <param name="Ceiling">The highest that it can be.</param>
/// <param name="Reason">What the other side said when it last asked to slow down; null once the rate is back at its ceiling.</param>
/// <param name="SlowedSince">Since when it has been below its ceiling for that reason.</param>
public readonly record struct AdaptiveRateState(double Rate, double Ceiling, string? Reason, DateTimeOffset? SlowedSince);
