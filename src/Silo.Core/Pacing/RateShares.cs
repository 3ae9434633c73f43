namespace Silo.Core.Pacing;

/// <summary>
/// A pool's side of leasing: divides rate and burst among silos by their demand. What silos may still use never sums to more than the
/// pool's own: a larger share for one waits until another has given up a part, by its next request or by the end of its term.
/// </summary>
/// <remarks>
/// Silos ask once in <see cref="Term"/> / 3 or so, so that the pool takes O(silos) calls. A share that shrinks counts as large as it was
/// until the silo says that it goes by the new one. A silo that cannot use its part leaves it to others. A new activation knows nothing of
/// the shares of the one before, and leases nothing until the longest of them has run out. Owned by one actor.
/// </remarks>
public sealed class RateShares
{
    // Of a share's number these many bits are its own, and those above them the activation's.
    private const int OwnBits = 39;
    private const double Rounding = 1e-9;

    // Recipients, of a rate whose burst is too small to be parted.
    private const double EarnedInTurn = 4.5;

    private const long MostActivations = 1L << (62 - OwnBits);

    private readonly Dictionary<long, Holder> _holders = [];
    private readonly List<long> _gone = [];
    private readonly DateTimeOffset _opensAt;
    private DateTimeOffset _latest;
    private long _number;

    /// <param name="ratePerSecond">Of the whole pool, 0 or more.</param>
    /// <param name="burst">Of the whole pool, 0 or more.</param>
    /// <param name="term">How long a share lasts: above zero, the same in all activations of the pool.</param>
    /// <param name="now">When this activation began.</param>
    /// <param name="activation">Which one it is of all that the pool ever had: higher than any before it.</param>
    /// <param name="wait">
    /// After which time nobody has a share any more of an activation before this one: the term when null, nothing when there cannot be any.
    /// </param>
    public RateShares(double ratePerSecond, double burst, TimeSpan term, DateTimeOffset now, long activation = 1, TimeSpan? wait = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(term, TimeSpan.Zero);
        Change(ratePerSecond, burst);
        (Term, _latest, _opensAt, _number) = (term, now, now + (wait ?? term), NumbersOf(activation));
    }

    public TimeSpan Term { get; }

    public double RatePerSecond { get; private set; }

    public double Burst { get; private set; }

    /// <summary>Silos that hold a share.</summary>
    public int Silos => _holders.Count;

    /// <summary>Nobody has a share any more.</summary>
    public bool IsAtRest(DateTimeOffset now)
    {
        if (now > _latest) _latest = now;
        ForgetEnded();
        return _holders.Count == 0;
    }

    /// <summary>Holds for shares from now on; larger ones that are out run to their silo's next request, or their end.</summary>
    public void Change(double ratePerSecond, double burst)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ratePerSecond);
        ArgumentOutOfRangeException.ThrowIfNegative(burst);
        (RatePerSecond, Burst) = (ratePerSecond, burst);
    }

    /// <summary>Below all numbers of an activation, and above those of any before it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1, or so high that numbers would run out.</exception>
    public static long NumbersOf(long activation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(activation, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(activation, MostActivations);
        return activation << OwnBits;
    }

    /// <summary>The share of a silo from now on. It can be less than its part, even zero, until others have given up theirs.</summary>
    public RateShare Request(in ShareRequest request, DateTimeOffset now)
    {
        // A clock that steps back makes shares of others last longer, never shorter.
        if (now > _latest) _latest = now;
        ForgetEnded();
        if (_latest < _opensAt) return new RateShare(0, 0, 0, _opensAt - _latest);
        if (!_holders.TryGetValue(request.Silo, out var holder)) _holders.Add(request.Silo, holder = new Holder());
        (holder.Demand, holder.Wanted) = (Math.Max(request.Demand, 0), Math.Max(request.Wanted, 0));
        holder.GiveUpBefore(request.HeldNumber, request.HeldBurst);

        var (rate, burst) = Divide(holder);
        var share = new RateShare(++_number, rate, burst, Term);
        if (burst >= 1) holder.ServedBy = _number;
        holder.Add(share, _latest + Term);
        return share;
    }

    private (double Rate, double Burst) Divide(Holder holder)
    {
        var part = PartOf(holder);
        var (rateLeft, burstLeft) = LeftBy(holder);
        var burst = Math.Min(part * Burst, burstLeft);
        if (burst >= 1 - Rounding) return (Math.Min(part * RatePerSecond, rateLeft), Math.Max(burst, 1));
        // Less than one recipient at once is of no use to anybody: then whole ones go round among the silos.
        if (part == 0 || part * Burst >= 1 || Math.Min(Burst, burstLeft) < 1) return (0, 0);
        var rate = RatePerSecond / Math.Floor(Burst);
        // Whoever has one earns with it before it goes on: what it had not used up by then is lost.
        var isItsTurn = holder.Burst >= 1 && rate > 0 && (_latest - holder.TurnSince).TotalSeconds < EarnedInTurn / rate;
        if (!isItsTurn && OthersWaitLonger(holder)) return (0, 0);
        if (!isItsTurn) holder.TurnSince = _latest;
        return (Math.Min(rate, rateLeft), 1);
    }

    private bool OthersWaitLonger(Holder holder)
    {
        foreach (var each in _holders.Values)
        {
            if (each.Demand > 0 && each.ServedBy < holder.ServedBy) return true;
        }

        return false;
    }

    /// <summary>
    /// By demand, as water is filled: who wants less than its part gets that, and the others the more. What nobody wants is parted by
    /// demand, so that mail that comes next finds it there.
    /// </summary>
    private double PartOf(Holder holder)
    {
        if (holder.Demand == 0) return 0;
        var (part, demand, each) = (1.0, 0.0, 0.0);
        foreach (var other in _holders.Values)
        {
            demand += other.Demand;
            other.IsFilled = false;
        }

        for (var settled = false; !settled && demand > 0;)
        {
            settled = true;
            each = part / demand;
            foreach (var other in _holders.Values)
            {
                if (other.IsFilled || other.Demand == 0 || WantedPart(other) >= other.Demand * each) continue;
                (other.IsFilled, settled) = (true, false);
                part -= WantedPart(other);
                demand -= other.Demand;
            }
        }

        var unfilled = _holders.Values.Any(h => h is { IsFilled: false, Demand: > 0 });
        if (unfilled) return holder.IsFilled ? WantedPart(holder) : holder.Demand * each;
        return WantedPart(holder) + (Math.Max(part, 0) * holder.Demand / _holders.Values.Sum(h => h.Demand));
    }

    // Below a whole recipient at once a part is of no use.
    private double WantedPart(Holder holder) =>
        RatePerSecond == 0 ? 1 : Math.Min(Math.Max(holder.Wanted / RatePerSecond, Burst > 0 ? 1 / Burst : 1), 1);

    private (double Rate, double Burst) LeftBy(Holder holder)
    {
        var (rate, burst) = (RatePerSecond, Burst);
        foreach (var each in _holders.Values)
        {
            if (each == holder) continue;
            rate -= each.Rate;
            burst -= each.Burst;
        }

        return (Math.Max(rate, 0), Math.Max(burst, 0));
    }

    private void ForgetEnded()
    {
        _gone.Clear();
        foreach (var (silo, holder) in _holders)
        {
            if (holder.EndsAt <= _latest) _gone.Add(silo);
        }

        foreach (var silo in _gone) _holders.Remove(silo);
    }

    /// <summary>What one silo may go by: the share that it named last, and all that were sent to it since.</summary>
    private sealed class Holder
    {
        private readonly List<RateShare> _possible = [];
        private double _heldBurst;

        public double Demand { get; set; }

        /// <summary>Recipients a second that it can use.</summary>
        public double Wanted { get; set; }

        /// <summary>While parts are made: it gets what it wants.</summary>
        public bool IsFilled { get; set; }

        /// <summary>Since when it has one of the whole recipients that go round.</summary>
        public DateTimeOffset TurnSince { get; set; } = DateTimeOffset.MinValue;

        /// <summary>The number of its last share that let anything go.</summary>
        public long ServedBy { get; set; }

        public DateTimeOffset EndsAt { get; private set; }

        public double Rate { get; private set; }

        public double Burst { get; private set; }

        public void GiveUpBefore(long number, double heldBurst)
        {
            for (var i = _possible.Count - 1; i >= 0; i--)
            {
                if (_possible[i].Number < number) _possible.RemoveAt(i);
            }

            _heldBurst = heldBurst;
            Measure();
        }

        public void Add(in RateShare share, DateTimeOffset endsAt)
        {
            _possible.Add(share);
            EndsAt = endsAt;
            Measure();
        }

        private void Measure()
        {
            (Rate, Burst) = (0, _heldBurst);
            foreach (var share in _possible) (Rate, Burst) = (Math.Max(Rate, share.RatePerSecond), Math.Max(Burst, share.Burst));
        }
    }
}
