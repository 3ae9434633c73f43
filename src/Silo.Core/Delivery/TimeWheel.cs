using System.Numerics;

namespace Silo.Core.Delivery;

/// <summary>
/// Wake-up times of many keys (one per tenant × stream × provider, say) in one hierarchical wheel: 9 levels of 64 slots, the finest
/// of 1 ms, so that scheduling costs the same for a million keys as for one. Keys come out when they are due, to the tick, and in
/// order of due times to the millisecond.
/// </summary>
/// <remarks>
/// A jump of the clock by days skips empty slots. After a step back, what is not due yet by the new time waits for it; a step back of
/// more than a second files all keys anew, once. About 40 bytes and a dictionary entry per key; not safe for several threads.
/// </remarks>
public sealed class TimeWheel<TKey>
    where TKey : notnull
{
    private const int SlotBits = 6;
    private const int SlotsPerLevel = 1 << SlotBits;
    private const int Levels = 9;
    private const int None = -1;
    private const long ToleratedStepBack = 1000;

    private readonly Dictionary<TKey, int> _index = [];
    private readonly ulong[] _occupied = new ulong[Levels];
    private readonly int[] _first = new int[Levels * SlotsPerLevel];
    private readonly int[] _last = new int[Levels * SlotsPerLevel];
    private Entry[] _entries = new Entry[16];
    private int _free = None;
    private int _allocated;

    // The time in milliseconds up to which slots were emptied.
    private long _elapsed;

    public TimeWheel()
    {
        Array.Fill(_first, None);
        Array.Fill(_last, None);
    }

    public int Count => _index.Count;

    private int CurrentSlot => (int)(_elapsed & (SlotsPerLevel - 1));

    /// <summary>
    /// When to call <see cref="CollectDue"/> next. Never later than the earliest due time; it may name up to 8 earlier instants on the
    /// way there, at which nothing is due yet but the keys move to a finer level. Null without keys.
    /// </summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            for (var level = 0; level < Levels; level++)
            {
                if (_occupied[level] == 0) continue;
                var slot = BitOperations.TrailingZeroCount(_occupied[level]);
                var ticks = level == 0 ? EarliestIn(slot) : StartOf(level, slot) * TimeSpan.TicksPerMillisecond;
                return new DateTimeOffset(ticks, TimeSpan.Zero);
            }

            return null;
        }
    }

    /// <summary>Wakes the key at an instant, or earlier if it is scheduled for earlier already.</summary>
    public void Schedule(TKey key, DateTimeOffset at)
    {
        if (_index.TryGetValue(key, out var entry) && _entries[entry].DueTicks <= at.UtcTicks) return;
        Reschedule(key, at);
    }

    /// <summary>Wakes the key at an instant and no longer at the one it was scheduled for.</summary>
    public void Reschedule(TKey key, DateTimeOffset at)
    {
        if (_index.TryGetValue(key, out var entry)) Unlink(entry);
        else _index.Add(key, entry = Allocate(key));
        _entries[entry].DueTicks = at.UtcTicks;
        Link(entry);
    }

    public bool Remove(TKey key)
    {
        if (!_index.Remove(key, out var entry)) return false;
        Unlink(entry);
        Free(entry);
        return true;
    }

    /// <summary>Moves every key that is due at <paramref name="now"/> out of the wheel and onto the end of the list.</summary>
    public void CollectDue(DateTimeOffset now, List<TKey> due)
    {
        var target = now.UtcTicks / TimeSpan.TicksPerMillisecond;
        if (target < _elapsed - ToleratedStepBack) FileAnew(target);

        // What stands in the current slot is due within its millisecond, or later by a clock that stepped back.
        TakeDue(CurrentSlot, now.UtcTicks, due);
        for (var level = 0; level < Levels;)
        {
            // Levels are ordered: all of a level is due before any of the next.
            var ahead = level == 0 ? _occupied[0] & ~(1ul << CurrentSlot) : _occupied[level];
            if (ahead == 0)
            {
                level++;
                continue;
            }

            var slot = BitOperations.TrailingZeroCount(ahead);
            var start = StartOf(level, slot);
            if (start > target) break;
            _elapsed = start;
            if (level > 0) Spread((level * SlotsPerLevel) + slot);
            TakeDue(CurrentSlot, now.UtcTicks, due);
            level = 0;
        }

        _elapsed = Math.Max(_elapsed, target);
    }

    private void TakeDue(int slot, long nowTicks, List<TKey> due)
    {
        for (int entry = _first[slot], next; entry != None; entry = next)
        {
            next = _entries[entry].Next;
            if (_entries[entry].DueTicks > nowTicks) continue;
            due.Add(_entries[entry].Key);
            Remove(_entries[entry].Key);
        }
    }

    // Also what is due already goes through the finer levels: that is what puts it in order.
    private void Spread(int list)
    {
        for (int entry = _first[list], next; entry != None; entry = next)
        {
            next = _entries[entry].Next;
            Unlink(entry);
            Link(entry);
        }
    }

    private void FileAnew(long elapsed)
    {
        Array.Fill(_first, None);
        Array.Fill(_last, None);
        Array.Clear(_occupied);
        _elapsed = elapsed;
        foreach (var entry in _index.Values) Link(entry);
    }

    private long StartOf(int level, int slot)
    {
        var shift = level * SlotBits;
        return (((_elapsed >> shift) & ~(long)(SlotsPerLevel - 1)) | (long)slot) << shift;
    }

    private long EarliestIn(int slot)
    {
        var earliest = long.MaxValue;
        for (var entry = _first[slot]; entry != None; entry = _entries[entry].Next)
            earliest = Math.Min(earliest, _entries[entry].DueTicks);
        return earliest;
    }

    // The level is that of the highest group of 6 bits in which due time and present differ: all above are equal, so that a slot
    // number needs no turn of the wheel.
    private void Link(int entry)
    {
        var at = Math.Max(_entries[entry].DueTicks / TimeSpan.TicksPerMillisecond, _elapsed);
        var level = BitOperations.Log2((ulong)(at ^ _elapsed) | 1) / SlotBits;
        var slot = (int)(at >> (level * SlotBits)) & (SlotsPerLevel - 1);
        var list = (level * SlotsPerLevel) + slot;
        _occupied[level] |= 1ul << slot;
        _entries[entry].List = list;
        _entries[entry].Next = None;
        _entries[entry].Previous = _last[list];
        if (_last[list] == None) _first[list] = entry;
        else _entries[_last[list]].Next = entry;
        _last[list] = entry;
    }

    private void Unlink(int entry)
    {
        var (next, previous, list) = (_entries[entry].Next, _entries[entry].Previous, _entries[entry].List);
        if (previous == None) _first[list] = next;
        else _entries[previous].Next = next;
        if (next == None) _last[list] = previous;
        else _entries[next].Previous = previous;
        if (_first[list] == None) _occupied[list / SlotsPerLevel] &= ~(1ul << (list % SlotsPerLevel));
    }

    private int Allocate(TKey key)
    {
        var entry = _free;
        if (entry != None) _free = _entries[entry].Next;
        else
        {
            if (_allocated == _entries.Length) Array.Resize(ref _entries, _entries.Length * 2);
            entry = _allocated++;
        }

        _entries[entry].Key = key;
        return entry;
    }

    private void Free(int entry)
    {
        _entries[entry] = new Entry { Key = default!, Next = _free };
        _free = entry;
    }

    private struct Entry
    {
        public TKey Key;
        public long DueTicks;
        public int Next;
        public int Previous;
        public int List;
    }
}
