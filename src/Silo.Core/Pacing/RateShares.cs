namespace Silo.Core.Pacing;

/// <summary>
/// A pool's side of leasing: divides rate and burst among silos by their demand. What silos may still use never sums to more than the
/// pool's own: a larger share for one waits until another has given up a part, by its next request or by the end of its term.
/// </summary>
/// <remarks>
/// Silos ask once in <see cref="Term"/> / 3 or so, so that the pool takes O(silos) calls. A share that shrinks counts as large as it was
/// until the silo says that it goes by the new one. A new activation knows nothing of the shares of the one before, and leases
/// nothing until the longest of them has run out. Owned by one actor.
/// </remarks>
public sealed class RateShares
{
    private readonly Dictionary<long, Holder> _holders = [];
    private readonly List<long> _gone = [];
    private readonly DateTimeOffset _opensAt;
    private DateTimeOffset _latest;
    private long _number;

    /// <param name="ratePerSecond">Of the whole pool, 0 or more.</param>
    /// <param name="burst">Of the whole pool, 0 or more.</param>
    /// <param name="term">How long a share lasts: above zero, the same in all activations of the pool.</param>
    /// <param name="now">When this activation began.</param>
    public RateShares(double ratePerSecond, double burst, TimeSpan term, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(term, TimeSpan.Zero);
        Change(ratePerSecond, burst);
        (Term, _latest, _opensAt) = (term, now, now + term);
    }

    public TimeSpan Term { get; }

    public double RatePerSecond { get; private set; }

    public double Burst { get; private set; }

    /// <summary>Silos that hold a share.</summary>
    public int Silos => _holders.Count;

    /// <summary>Holds for shares from now on; larger ones that are out run to their silo's next request, or their end.</summary>
    public void Change(double ratePerSecond, double burst)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ratePerSecond);
        ArgumentOutOfRangeException.ThrowIfNegative(burst);
        (RatePerSecond, Burst) = (ratePerSecond, burst);
    }

    /// <summary>The share of a silo from now on. It can be less than its part, even zero, until others have given up theirs.</summary>
    public RateShare Request(in ShareRequest request, DateTimeOffset now)
    {
        // A clock that steps back makes shares of others last longer, never shorter.
        if (now > _latest) _latest = now;
        ForgetEnded();
        if (_latest < _opensAt) return new RateShare(0, 0, 0, _opensAt - _latest);
        if (!_holders.TryGetValue(request.Silo, out var holder)) _holders.Add(request.Silo, holder = new Holder());
        holder.Demand = Math.Max(request.Demand, 0);
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
        if (burst >= 1) return (Math.Min(part * RatePerSecond, rateLeft), burst);
        // Less than one recipient at once is of no use to anybody: then whole ones go round among the silos.
        if (part == 0 || part * Burst >= 1 || Math.Min(Burst, burstLeft) < 1 || OthersWaitLonger(holder)) return (0, 0);
        return (Math.Min(RatePerSecond / Math.Floor(Burst), rateLeft), 1);
    }

    private bool OthersWaitLonger(Holder holder)
    {
        foreach (var each in _holders.Values)
        {
            if (each.Demand > 0 && each.ServedBy < holder.ServedBy) return true;
        }

        return false;
    }

    private double PartOf(Holder holder)
    {
        var demand = 0.0;
        foreach (var each in _holders.Values) demand += each.Demand;
        return demand > 0 ? holder.Demand / demand : 0;
    }

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
