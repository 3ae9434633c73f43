using Silo.Core.Pacing;

namespace Silo.Core.Tests.Pacing;

/// <summary>
/// Counts for itself what a level let go, in the plainest way, and says when that was too much; and what it could have let go. Shares no
/// code with what it checks.
/// </summary>
internal sealed class LevelBook
{
    private readonly List<Meter> _meters = [];
    private readonly Queue<(DateTimeOffset At, int Count)> _taken = [];
    private readonly Queue<(DateTimeOffset At, int Count)> _started = [];
    private BudgetLimits _limits;
    private DateTimeOffset _latest;
    private double _available;
    private int _reserved;
    private int _unbooked;
    private int _inFlight;
    private long _startedToday;
    private long _takenToday;

    // Reserved before there was a quota, which does not know of them; and which quota it is.
    private int _outside;
    private int _quotaNumber;

    public LevelBook(string name, BudgetLimits limits, DateTimeOffset now, bool full)
    {
        (Name, _limits, _latest) = (name, limits, now);
        _available = full ? limits.Burst : 0;
        _meters.Add(new Meter { Burst = limits.RatePerSecond is null ? double.PositiveInfinity : limits.Burst });
    }

    public string Name { get; }

    public bool IsClosed { get; set; }

    public WarmUpBook? WarmUp { get; set; }

    public void Change(BudgetLimits limits, DateTimeOffset now)
    {
        Advance(now);
        var hadRate = _limits.RatePerSecond is not null;
        if (limits.RatePerSecond is null)
        {
            _unbooked += _reserved;
            _reserved = 0;
        }
        else
        {
            _available = hadRate ? Math.Min(_available, limits.Burst - _reserved) : 0;
        }

        // A window that holds a time without a rate may hold any number.
        if (!hadRate || limits.RatePerSecond is null) _meters.Clear();
        // What is reserved may still start beyond a burst that shrank.
        var burst = limits.RatePerSecond is null ? double.PositiveInfinity : Math.Max(limits.Burst, _reserved) + _unbooked;
        _meters.Add(new Meter { Burst = burst });
        if (limits.PerDay is null)
        {
            _started.Clear();
            _taken.Clear();
            _startedToday = _takenToday = 0;
            _outside = 0;
        }
        else if (_limits.PerDay is null) (_outside, _quotaNumber) = (_reserved + _unbooked, _quotaNumber + 1);

        _limits = limits;
    }

    /// <returns>To be named when it starts or is returned: the quota that counted it.</returns>
    public int Reserve(int count, DateTimeOffset now)
    {
        Advance(now);
        _inFlight += count;
        if (_limits.PerDay is not null)
        {
            _taken.Enqueue((_latest, count));
            _takenToday += count;
        }

        if (_limits.RatePerSecond is null) _unbooked += count;
        else
        {
            _reserved += count;
            _available -= count;
        }

        return _quotaNumber;
    }

    /// <returns>What is wrong, or null.</returns>
    public string? Start(int count, DateTimeOffset now, int quotaNumber)
    {
        Advance(now);
        if (WarmUp?.Start(count, _latest) is { } wrong) return $"{Name}: {wrong}";
        TakeReserved(count);
        foreach (var meter in _meters)
        {
            meter.Excess += count;
            if (meter.Excess > meter.Burst + 1.000001) return $"{Name}: {meter.Excess} over rate × time, with a burst of {meter.Burst}";
        }

        if (_limits.PerDay is null) return null;
        if (quotaNumber != _quotaNumber)
        {
            _outside -= count;
            return null;
        }

        _started.Enqueue((_latest, count));
        _startedToday += count;
        return null;
    }

    /// <summary>To be asked when something was reserved: the quota is allowed to shrink later.</summary>
    public string? CheckQuota() =>
        _limits.PerDay < _startedToday + _reserved + _unbooked - _outside ? $"{Name}: {_startedToday} started in 24 h of {_limits.PerDay}" : null;

    public string? CheckSlots() => _inFlight > _limits.InFlight ? $"{Name}: {_inFlight} in flight of {_limits.InFlight}" : null;

    public void Return(int count, int quotaNumber)
    {
        _inFlight -= count;
        if (_limits.PerDay is not null && quotaNumber != _quotaNumber) _outside -= count;
        _available += TakeReserved(count);
    }

    public void End(int count) => _inFlight -= count;

    /// <summary>When one more can surely be reserved, if nothing else happens; never, when that depends on what happens.</summary>
    public DateTimeOffset RoomAt(DateTimeOffset now)
    {
        Advance(now);
        if (WarmUp?.SurelyHasRoom(_latest) == false) return DateTimeOffset.MaxValue;
        if (IsClosed || _inFlight >= (_limits.InFlight ?? int.MaxValue)) return DateTimeOffset.MaxValue;
        if (_limits.PerDay is { } perDay)
        {
            // Slots of five minutes, counted up to two longer; what came back may be booked later than it was taken.
            while (_taken.TryPeek(out var oldest) && oldest.At < _latest.AddDays(-1).AddMinutes(-11)) _takenToday -= _taken.Dequeue().Count;
            if (_takenToday >= perDay) return DateTimeOffset.MaxValue;
        }

        if (_limits.RatePerSecond is not { } rate) return now;
        var missing = Math.Min(1, _limits.Burst) - _available + 0.000001;
        if (missing <= 0.000001 && _available >= Math.Min(1, _limits.Burst) + 0.000001) return now;
        if (rate == 0 || missing > _limits.Burst - _reserved - _available + 0.000001) return DateTimeOffset.MaxValue;
        return _latest.AddSeconds((missing / rate) + 0.000001);
    }

    private int TakeReserved(int count)
    {
        var unbooked = Math.Min(count, _unbooked);
        _unbooked -= unbooked;
        _reserved -= count - unbooked;
        return count - unbooked;
    }

    public void Advance(DateTimeOffset now)
    {
        if (now <= _latest) return;
        var earned = (now - _latest).TotalSeconds * (_limits.RatePerSecond ?? 0);
        _latest = now;
        while (_started.TryPeek(out var oldest) && oldest.At <= now.AddDays(-1)) _startedToday -= _started.Dequeue().Count;
        _available = Math.Max(_available, Math.Min(_available + earned, _limits.Burst - _reserved));
        foreach (var meter in _meters) meter.Excess -= earned;
        // Windows may begin at any time in the present stretch; those that began in an earlier one go on.
        _meters[^1].Excess = Math.Max(_meters[^1].Excess, 0);
    }

    private sealed class Meter
    {
        public double Excess { get; set; }

        public double Burst { get; init; }
    }
}
