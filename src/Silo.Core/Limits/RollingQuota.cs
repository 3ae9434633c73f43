namespace Silo.Core.Limits;

/// <summary>
/// "No 24 hours exceed it": a limit on the sum over every window of the given length, wherever it begins (SES sending quotas count
/// recipients over a rolling 24 hours).
/// </summary>
/// <remarks>
/// Counts stand in slots of window/288 (5 minutes for 24 hours). A slot counts until the last instant of it and one slot more are
/// older than the window, so what was taken comes back 5 to 10 minutes late. The extra slot keeps the promise when the clock steps
/// back or lags by up to a slot; beyond that, taking is dated to the latest instant the clock ever showed.
/// Owned by one actor. Nothing here allocates after construction (1.2 KB).
/// </remarks>
public sealed class RollingQuota
{
    private const int SlotsPerWindow = 288;

    private readonly int[] _slots = new int[SlotsPerWindow + 2];
    private readonly long _slotTicks;
    private long _latest;
    private long _used;

    /// <param name="limit">0 or more in any window.</param>
    /// <param name="window">At least 5 minutes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is negative or the window is shorter.</exception>
    public RollingQuota(long limit, TimeSpan window)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, TimeSpan.FromMinutes(5));
        Limit = limit;
        _slotTicks = (window.Ticks + SlotsPerWindow - 1) / SlotsPerWindow;
    }

    /// <summary>Goes on from where another one was saved, in another process too.</summary>
    /// <param name="state">As <see cref="Save"/> gave it, of the same window.</param>
    /// <exception cref="ArgumentException">It is none that a quota of this window can have.</exception>
    public static RollingQuota Restore(long limit, TimeSpan window, RollingQuotaState state)
    {
        var quota = new RollingQuota(limit, window) { _latest = state.LatestSlot };
        foreach (var (slot, count) in state.Slots)
        {
            if (slot < 0 || slot > state.LatestSlot || slot <= state.LatestSlot - quota._slots.Length || count < 0)
                throw new ArgumentException("A count stands where none can be.", nameof(state));
            quota._slots[slot % quota._slots.Length] += count;
            quota._used += count;
        }

        return quota;
    }

    /// <summary>All that must be kept to go on from here.</summary>
    public RollingQuotaState Save()
    {
        var slots = new List<QuotaSlot>();
        for (var slot = Math.Max(_latest - _slots.Length + 1, 0); slot <= _latest; slot++)
        {
            if (_slots[slot % _slots.Length] is var count and > 0) slots.Add(new QuotaSlot(slot, count));
        }

        return new RollingQuotaState(_latest, slots);
    }

    /// <summary>0 or more. Below what is used already, nothing can be taken until enough has aged.</summary>
    public long Limit
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>Takes all of <paramref name="n"/> (0 or more) or nothing.</summary>
    public bool TryTake(int n, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        Advance(now);
        if (n > Takeable()) return false;
        Add(n);
        return true;
    }

    /// <summary>Takes as many as the quota has left, up to <paramref name="n"/>; returns how many.</summary>
    public int TakeUpTo(int n, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        Advance(now);
        var taken = (int)Math.Min(n, Takeable());
        Add(taken);
        return taken;
    }

    /// <summary>Gives back what was taken at <paramref name="takenAt"/> and not used. What has aged out meanwhile is ignored.</summary>
    public void GiveBack(int n, DateTimeOffset takenAt)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        // After a step back of the clock it was booked in a later slot than takenAt says. Taking it out of that slot or an older one
        // leaves every later window's sum at or above the truth; out of a newer one would not.
        var slot = Math.Min(takenAt.UtcTicks / _slotTicks, _latest);
        for (; n > 0 && slot > _latest - _slots.Length && slot >= 0; slot--)
        {
            ref var count = ref _slots[slot % _slots.Length];
            var given = Math.Min(n, count);
            count -= given;
            _used -= given;
            n -= given;
        }
    }

    /// <summary>What counts against the limit now.</summary>
    public long Used(DateTimeOffset now)
    {
        Advance(now);
        return _used;
    }

    /// <summary>
    /// The first instant at which <paramref name="n"/> can be taken if nobody else takes any; <see cref="DateTimeOffset.MaxValue"/>
    /// when n is above the limit.
    /// </summary>
    public DateTimeOffset AvailableAt(int n, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        Advance(now);
        if (n > Limit) return DateTimeOffset.MaxValue;
        var used = _used;
        var slot = _latest - _slots.Length;
        while (used + n > Limit)
        {
            slot++;
            if (slot >= 0) used -= _slots[slot % _slots.Length];
        }

        if (used == _used) return now;
        return new DateTimeOffset((slot + _slots.Length) * _slotTicks, TimeSpan.Zero);
    }

    private long Takeable() => Math.Max(0, Math.Min(Limit - _used, int.MaxValue - _slots[_latest % _slots.Length]));

    private void Add(int n)
    {
        _slots[_latest % _slots.Length] += n;
        _used += n;
    }

    private void Advance(DateTimeOffset now)
    {
        var slot = now.UtcTicks / _slotTicks;
        if (slot <= _latest) return;
        if (slot - _latest >= _slots.Length)
        {
            Array.Clear(_slots);
            _used = 0;
            _latest = slot;
            return;
        }

        while (_latest < slot)
        {
            _latest++;
            ref var reused = ref _slots[_latest % _slots.Length];
            _used -= reused;
            reused = 0;
        }
    }
}
