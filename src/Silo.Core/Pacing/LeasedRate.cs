using Silo.Core.Limits;

namespace Silo.Core.Pacing;

/// <summary>The part of a budget's rate that this silo may use: a bucket that is empty when a share begins, and closed when it lapses.</summary>
/// <remarks>What was reserved until it began knows nothing of it.</remarks>
public sealed class LeasedRate
{
    // Of a burst below one a full bucket would grant one recipient; here that is nothing.
    private const double NoBurst = 1e-9;

    private readonly TokenBucket _bucket;
    private readonly DateTimeOffset _since;
    private double _rate;
    private bool _isUsable;
    private int _used;
    private bool _wasShort;

    internal LeasedRate(DateTimeOffset since)
    {
        _since = since;
        _bucket = new TokenBucket(0, NoBurst, since, full: false);
    }

    /// <summary>It has no share, or that lets nothing go.</summary>
    public bool IsNothing => HasLapsed || !_isUsable;

    internal bool HasLapsed { get; private set; } = true;

    /// <summary>Recipients reserved and neither started nor returned.</summary>
    public double Reserved => _bucket.Reserved;

    /// <summary>What was reserved and did not come back since it was last asked for, and whether mail wanted more than there was.</summary>
    public (int Used, bool WasShort) TakeUse()
    {
        var use = (Math.Max(_used, 0), _wasShort);
        (_used, _wasShort) = (0, false);
        return use;
    }

    internal void Take(double rate, double burst, DateTimeOffset now)
    {
        if (HasLapsed)
        {
            // What is reserved, and comes back or starts after all, is debt to it.
            _bucket.Change(0, NoBurst, now);
            HasLapsed = false;
        }

        _isUsable = burst >= 1;
        _rate = _isUsable ? rate : 0;
        _bucket.Change(_rate, _isUsable ? burst : NoBurst, now);
    }

    internal void Lapse() => HasLapsed = true;

    internal int Room(int wanted, DateTimeOffset now)
    {
        var room = IsNothing ? 0 : _bucket.Grantable(wanted, now);
        _wasShort |= room < wanted;
        return room;
    }

    internal void Reserve(int count, DateTimeOffset now)
    {
        if (_bucket.ReserveUpTo(count, now) != count) throw new InvalidOperationException("More is reserved than the share allows.");
        _used += count;
    }

    internal void Start(int count, DateTimeOffset reservedAt, DateTimeOffset now)
    {
        if (reservedAt > _since) _bucket.Consume(count, now);
    }

    internal void Return(int count, DateTimeOffset reservedAt)
    {
        if (reservedAt <= _since) return;
        _bucket.Return(count);
        _used -= count;
    }

    internal double Available(DateTimeOffset now) => IsNothing ? Math.Min(_bucket.Available(now), 0) : _bucket.Available(now);

    internal DateTimeOffset RoomAt(DateTimeOffset now) => IsNothing ? DateTimeOffset.MaxValue : _bucket.AvailableAt(1, now);

    internal DateTimeOffset EarliestFor(long count, DateTimeOffset now)
    {
        var at = RoomAt(now);
        var missing = count - Math.Max(_bucket.Available(now), 1);
        return missing > 0 && at < DateTimeOffset.MaxValue ? Budget.Later(at, missing / _rate) : at;
    }
}
