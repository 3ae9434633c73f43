namespace Silo.Core.Limits;

/// <summary>
/// A rate with a burst. Over any stretch of time no more tokens are consumed than burst + rate × time + one message larger than
/// the burst. The arithmetic is in integers, so that neither many small steps of the clock nor steps back gain or lose a token.
/// </summary>
/// <remarks>
/// A reservation holds tokens until the hand-over starts (<see cref="Consume(double, DateTimeOffset)"/>) or is given up
/// (<see cref="Return"/>). The bucket earns only while available + reserved is below the burst: tokens that are held are not earned
/// a second time. A clock that steps back earns nothing until it has caught up with the latest instant it showed.
/// Owned by one actor; not safe for several threads. Nothing here allocates.
/// </remarks>
public sealed class TokenBucket
{
    // One token in units, so that a tick of 100 ns earns a whole number of them at any rate in steps of 1e-9 tokens a second.
    private const long UnitsPerToken = 10_000_000_000_000_000;
    private const double MaxRate = 1e9;
    private const double MaxTokens = 1e15;

    private long _unitsPerTick;
    private Int128 _burst;
    private Int128 _available;
    private Int128 _reserved;
    private Int128 _consumedSinceRefill;
    private long _refilledAt;

    /// <param name="ratePerSecond">Tokens a second, 0 to 1e9, in steps of 1e-9. At 0 the bucket never refills.</param>
    /// <param name="burst">Tokens that may be saved up, above 0 to 1e15. A whole number of 1 or more is usual.</param>
    /// <param name="now">The instant from which the bucket earns.</param>
    /// <param name="full">False when it is not known what was spent before, as after a crash: then it starts empty.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate or the burst is out of range.</exception>
    public TokenBucket(double ratePerSecond, double burst, DateTimeOffset now, bool full)
    {
        SetLimits(ratePerSecond, burst);
        _available = full ? _burst : 0;
        _refilledAt = now.UtcTicks;
    }

    /// <summary>
    /// Holds <paramref name="tokens"/> (above 0 to 1e15), or answers false and holds nothing. A message larger than the burst is
    /// granted by a full bucket of which nothing is reserved, and puts it in debt.
    /// </summary>
    public bool TryReserve(double tokens, DateTimeOffset now)
    {
        var wanted = ToUnits(tokens);
        Refill(now);
        if (_available < Int128.Min(wanted, _burst)) return false;
        Reserve(wanted);
        return true;
    }

    /// <summary>
    /// Holds as many whole tokens as there are, up to <paramref name="wanted"/>; returns how many. A burst below 1 grants one at a
    /// time from a full bucket.
    /// </summary>
    public int ReserveUpTo(int wanted, DateTimeOffset now)
    {
        var granted = Grantable(wanted, now);
        Reserve((Int128)granted * UnitsPerToken);
        return granted;
    }

    /// <summary>How many whole tokens <see cref="ReserveUpTo"/> would hold now.</summary>
    public int Grantable(int wanted, DateTimeOffset now)
    {
        if (wanted <= 0) return 0;
        Refill(now);
        if (_available >= (Int128)wanted * UnitsPerToken) return wanted;
        if (_burst < UnitsPerToken && _available == _burst) return 1;
        // Less than what is wanted: mostly it fits 64 bits, which divide ten times as fast.
        if (_available <= 0) return 0;
        return _available <= ulong.MaxValue ? (int)((ulong)_available / UnitsPerToken) : (int)(_available / UnitsPerToken);
    }

    /// <summary>Spends reserved tokens: the hand-over starts at <paramref name="now"/>.</summary>
    /// <exception cref="InvalidOperationException">More than is reserved.</exception>
    public void Consume(double tokens, DateTimeOffset now)
    {
        Refill(now);
        Release(ToUnits(tokens));
    }

    /// <summary>
    /// As <see cref="Consume(double, DateTimeOffset)"/> for a caller that has no clock at hand. Since it is not known when it was,
    /// a bucket that was full before earns nothing from the previous call with an instant to the next: never too much, but less
    /// than the rate, and <see cref="AvailableAt"/> may be too early once. Prefer the other one.
    /// </summary>
    /// <exception cref="InvalidOperationException">More than is reserved.</exception>
    public void Consume(double tokens)
    {
        var units = ToUnits(tokens);
        Release(units);
        _consumedSinceRefill += units;
    }

    /// <summary>Gives reserved tokens back: the hand-over does not start.</summary>
    /// <exception cref="InvalidOperationException">More than is reserved.</exception>
    public void Return(double tokens)
    {
        var units = ToUnits(tokens);
        Release(units);
        _available += units;
    }

    /// <summary>
    /// The first instant at which <see cref="TryReserve"/> grants <paramref name="tokens"/> if nobody else takes any and what is
    /// reserved is consumed or returned by then; <see cref="DateTimeOffset.MaxValue"/> at a rate of 0.
    /// </summary>
    public DateTimeOffset AvailableAt(double tokens, DateTimeOffset now)
    {
        var wanted = ToUnits(tokens);
        Refill(now);
        var missing = Int128.Min(wanted, _burst) - _available;
        if (missing <= 0) return now;
        if (_unitsPerTick == 0) return DateTimeOffset.MaxValue;
        var ticks = _refilledAt + ((missing + _unitsPerTick - 1) / _unitsPerTick);
        return ticks >= DateTimeOffset.MaxValue.UtcTicks ? DateTimeOffset.MaxValue : new DateTimeOffset((long)ticks, TimeSpan.Zero);
    }

    /// <summary>
    /// Changes rate and burst from <paramref name="now"/> on. A larger burst is not filled at once; below a smaller one, what is
    /// reserved beyond it is debt.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The rate or the burst is out of range.</exception>
    public void Change(double rate, double burst, DateTimeOffset now)
    {
        Refill(now);
        SetLimits(rate, burst);
        _available = Int128.Min(_available, _burst - _reserved);
    }

    /// <summary>Tokens that can be reserved now; negative while in debt.</summary>
    public double Available(DateTimeOffset now)
    {
        Refill(now);
        return (double)_available / UnitsPerToken;
    }

    /// <summary>Tokens that are held and neither consumed nor returned.</summary>
    public double Reserved => (double)_reserved / UnitsPerToken;

    private void Refill(DateTimeOffset now)
    {
        // Latest instant wins: a clock that steps back and forth must not earn the same stretch of time twice.
        var elapsed = now.UtcTicks - _refilledAt;
        if (elapsed <= 0) return;
        _refilledAt = now.UtcTicks;
        var room = _burst - _reserved - _consumedSinceRefill - _available;
        _consumedSinceRefill = 0;
        if (room > 0) _available += Int128.Min((Int128)elapsed * _unitsPerTick, room);
    }

    private void Reserve(Int128 units)
    {
        _available -= units;
        _reserved += units;
    }

    private void Release(Int128 units)
    {
        if (units > _reserved) throw new InvalidOperationException("More tokens are consumed or returned than were reserved.");
        _reserved -= units;
    }

    private void SetLimits(double ratePerSecond, double burst)
    {
        if (ratePerSecond is not (>= 0 and <= MaxRate)) throw new ArgumentOutOfRangeException(nameof(ratePerSecond), ratePerSecond, null);
        _burst = ToUnits(burst);
        _unitsPerTick = (long)Math.Round(ratePerSecond * (UnitsPerToken / TimeSpan.TicksPerSecond));
    }

    private static Int128 ToUnits(double tokens)
    {
        if (tokens is not (> 0 and <= MaxTokens)) throw new ArgumentOutOfRangeException(nameof(tokens), tokens, null);
        var whole = Math.Floor(tokens);
        return ((Int128)whole * UnitsPerToken) + (long)((tokens - whole) * UnitsPerToken);
    }
}
