using Silo.Core.Limits;

namespace Silo.Core.Pacing;

/// <summary>
/// The limits of one level: a rate with a burst, a quota over 24 hours, slots for what is in hand; each of them may be absent.
/// A unit is one recipient. What is reserved either starts (<see cref="Start"/>) or comes back (<see cref="Return"/>); its slot is free when
/// it came back or ended (<see cref="End"/>).
/// </summary>
/// <remarks>
/// Between a reservation and its start less than 5 minutes may go by: the quota counts from the reservation, and is exact so far.
/// Owned by one actor. Allocates only when limits change.
/// </remarks>
public sealed class Budget
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private TokenBucket? _rate;
    private RollingQuota? _quota;
    private DateTimeOffset _quotaSince;
    private LeasedRate? _leasedRate;
    private LeasedQuota? _leasedQuota;
    private int _slots;

    // Reserved while there was no rate, and not started yet: a bucket that came later knows nothing of them.
    private int _unbooked;

    /// <param name="limits">What it allows from <paramref name="now"/> on.</param>
    /// <param name="now">The instant from which it earns.</param>
    /// <param name="full">False when it is not known what was spent before, as after a crash: then its bucket starts empty.</param>
    public Budget(BudgetLimits limits, DateTimeOffset now, bool full = false)
    {
        Limits = BudgetLimits.None;
        Change(limits, now, full);
    }

    public BudgetLimits Limits { get; private set; }

    /// <summary>Levels that leave by this budget as by a source IP, if they are several: what changes here can let each of them go on.</summary>
    internal List<SharedLevel>? Users { get; set; }

    /// <summary>Recipients in hand: reserved or started, and neither returned nor ended.</summary>
    public int InFlight { get; private set; }

    /// <summary>Closed by hand: nothing more is reserved. What is in hand goes on.</summary>
    public bool IsClosed { get; internal set; }

    /// <summary>Its rate is leased, and it has no share that lets anything go.</summary>
    public bool LacksShare => _leasedRate is { IsNothing: true };

    /// <summary>Its quota is leased, it has nothing of it in hand, and the pool did not say that all of it is used until later.</summary>
    public bool LacksBlock(DateTimeOffset now) => _leasedQuota is { Left: 0 } quota && !quota.IsUsedUp(now);

    /// <summary>Null when its rate is not leased.</summary>
    public LeasedRate? LeasedRate => _leasedRate;

    /// <summary>Null when its quota is not leased.</summary>
    public LeasedQuota? LeasedQuota => _leasedQuota;

    internal void Change(BudgetLimits limits, DateTimeOffset now, bool full = false)
    {
        if (limits.RatePerSecond is not { } rate)
        {
            _unbooked += (int)(_rate?.Reserved ?? 0);
            _rate = null;
        }
        else if (_rate is null) _rate = new TokenBucket(rate, limits.Burst, now, full);
        else _rate.Change(rate, limits.Burst, now);

        if (limits.PerDay is not { } perDay || _leasedQuota is not null) _quota = null;
        else if (_quota is null) (_quota, _quotaSince) = (new RollingQuota(perDay, Day), now);
        else _quota.Limit = perDay;

        _slots = limits.InFlight ?? int.MaxValue;
        ArgumentOutOfRangeException.ThrowIfNegative(_slots, nameof(limits));
        Limits = limits;
    }

    /// <summary>
    /// From now on its rate, its quota or both are a pool's, of which this silo has what is leased to it: nothing at first. Its own rate holds
    /// beside that.
    /// </summary>
    internal void SetLeased(bool rate, bool quota, DateTimeOffset now)
    {
        if (rate != _leasedRate is not null) _leasedRate = rate ? new LeasedRate(now) : null;
        if (quota == _leasedQuota is not null) return;
        _leasedQuota = quota ? new LeasedQuota(now) : null;
        Change(Limits, now);
    }

    /// <summary>How many of <paramref name="wanted"/> (1 or more) can be reserved now.</summary>
    internal int Room(int wanted, DateTimeOffset now)
    {
        if (IsClosed) return 0;
        var room = Math.Min(wanted, _slots - InFlight);
        if (room > 0 && _rate is not null) room = _rate.Grantable(room, now);
        if (room > 0 && _leasedRate is not null) room = _leasedRate.Room(room, now);
        if (room > 0 && _leasedQuota is not null) room = _leasedQuota.Room(room);
        if (room > 0 && _quota is not null) room = (int)Math.Min(room, _quota.Limit - _quota.Used(now));
        return Math.Max(room, 0);
    }

    /// <summary>Takes no more than <see cref="Room"/> said at the same instant.</summary>
    internal void Reserve(int count, DateTimeOffset now)
    {
        var granted = _rate is null ? count : _rate.ReserveUpTo(count, now);
        if (granted != count || _quota?.TryTake(count, now) == false) throw new InvalidOperationException("More is reserved than there is.");
        _leasedRate?.Reserve(count, now);
        _leasedQuota?.Reserve(count);
        InFlight += count;
        if (_rate is null) _unbooked += count;
    }

    internal void Start(int count, DateTimeOffset reservedAt, DateTimeOffset now)
    {
        var booked = Booked(count);
        if (booked > 0) _rate!.Consume(booked, now);
        _leasedRate?.Start(count, reservedAt, now);
    }

    internal void Return(int count, DateTimeOffset reservedAt)
    {
        var booked = Booked(count);
        if (booked > 0) _rate!.Return(booked);
        _leasedRate?.Return(count, reservedAt);
        _leasedQuota?.Return(count, reservedAt);
        // What was set since did not count them.
        if (reservedAt > _quotaSince) _quota?.GiveBack(count, reservedAt);
        End(count);
    }

    internal void End(int count)
    {
        if (count > InFlight) throw new InvalidOperationException("More units end than are in hand.");
        InFlight -= count;
    }

    /// <summary>When to look again; <see cref="DateTimeOffset.MaxValue"/> when only an event helps (a slot, a lease, a change of limits).</summary>
    internal DateTimeOffset RoomAt(DateTimeOffset now)
    {
        if (IsClosed || InFlight >= _slots) return DateTimeOffset.MaxValue;
        return EarliestFor(1, now);
    }

    /// <summary>Before this instant the n-th unit from now on cannot start, by rate and quota alone, whatever slots are taken.</summary>
    public DateTimeOffset EarliestFor(long count, DateTimeOffset now)
    {
        if (IsClosed) return DateTimeOffset.MaxValue;
        var earliest = now;
        if (_rate is not null)
        {
            earliest = _rate.AvailableAt(1, now);
            var missing = count - Math.Max(_rate.Available(now), 1);
            if (missing > 0 && earliest < DateTimeOffset.MaxValue) earliest = Later(earliest, missing / Limits.RatePerSecond!.Value);
        }

        if (_quota is not null)
            earliest = LaterOf(earliest, _quota.AvailableAt((int)Math.Min(Math.Max(count, 1), Math.Clamp(_quota.Limit, 1, int.MaxValue)), now));
        if (_leasedRate is not null) earliest = LaterOf(earliest, _leasedRate.EarliestFor(count, now));
        // Only the pool knows when the next block comes; until then it waits for a word of it.
        if (_leasedQuota is { Left: 0 } quota)
            earliest = LaterOf(earliest, quota.IsUsedUp(now) ? quota.FreeAt!.Value : DateTimeOffset.MaxValue);
        return earliest;
    }

    public BudgetUse Use(DateTimeOffset now) => new(
        Limits, Smaller(_rate?.Available(now), _leasedRate?.Available(now)),
        Limits.PerDay is null ? null : _leasedQuota?.Used ?? _quota?.Used(now), InFlight, IsClosed);

    private int Booked(int count)
    {
        var unbooked = Math.Min(count, _unbooked);
        _unbooked -= unbooked;
        return count - unbooked;
    }

    private static DateTimeOffset LaterOf(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static double? Smaller(double? one, double? other) => one < other || other is null ? one : other;

    internal static DateTimeOffset Later(DateTimeOffset at, double seconds) =>
        seconds >= (DateTimeOffset.MaxValue - at).TotalSeconds - 1 ? DateTimeOffset.MaxValue : at.AddSeconds(seconds);
}
