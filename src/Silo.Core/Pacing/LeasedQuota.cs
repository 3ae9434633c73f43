namespace Silo.Core.Pacing;

/// <summary>
/// What this silo has of a pool's quota over 24 hours: a block, of which it reserves until its term is over or the next one comes. What
/// then is left of it, and what comes back later, is told to the pool, which gives it back at the time at which it was taken.
/// </summary>
/// <remarks>What was reserved until it began knows nothing of it.</remarks>
public sealed class LeasedQuota
{
    private readonly List<Block> _blocks = [];
    private readonly DateTimeOffset _since;
    private long _used;

    internal LeasedQuota(DateTimeOffset since) => _since = since;

    /// <summary>Recipients that can be reserved now.</summary>
    public int Left => _blocks is [.., { IsOpen: true } last] ? last.Left : 0;

    /// <summary>Size of the block that is open; 0 when none is.</summary>
    public int Size => _blocks is [.., { IsOpen: true } last] ? last.Count : 0;

    /// <summary>When the block was taken that is open.</summary>
    public DateTimeOffset TakenAt => _blocks is [.., var last] ? last.Since : _since;

    /// <summary>The pool's count of the last 24 hours, as it said last, without what this silo still has in hand or gave up since.</summary>
    public long Used => Math.Max(_used - _blocks.Sum(b => (long)b.Left + b.Unused - b.Told), 0);

    /// <summary>When some of the quota is free again, as the pool said last; null while some is.</summary>
    public DateTimeOffset? FreeAt { get; private set; }

    /// <summary>Nothing is left of it until an instant that is still to come; past that the pool has to say how it stands.</summary>
    public bool IsUsedUp(DateTimeOffset now) => FreeAt > now;

    /// <summary>Something came back that the pool does not know of.</summary>
    public bool HasUntold => _blocks.Exists(b => b.Unused > b.Told);

    internal void Learn(long used, DateTimeOffset? freeAt) => (_used, FreeAt) = (used, freeAt);

    internal void Take(long number, int count, DateTimeOffset now)
    {
        Close();
        _blocks.RemoveAll(b => now - b.Since > BlockLender.Remembered);
        _blocks.Add(new Block(number, count, now));
    }

    /// <summary>Nothing more is reserved of the block that is open.</summary>
    internal void Close()
    {
        if (_blocks is [.., { IsOpen: true } last]) last.Close();
    }

    /// <summary>What came back of blocks, over all their time, for those where the pool does not know of all of it.</summary>
    public IReadOnlyList<UnusedBlock> Untold() =>
        [.. _blocks.Where(b => b.Unused > b.Told).Select(b => new UnusedBlock(b.Number, b.Unused))];

    /// <summary>The pool has answered a request that said so.</summary>
    public void Told(IReadOnlyList<UnusedBlock> unused)
    {
        foreach (var each in unused)
        {
            if (_blocks.Find(b => b.Number == each.Number) is { } block) block.Told = Math.Max(block.Told, each.Count);
        }
    }

    internal int Room(int wanted) => Math.Min(wanted, Left);

    internal void Reserve(int count)
    {
        if (count > Left) throw new InvalidOperationException("More is reserved than the block holds.");
        _blocks[^1].Left -= count;
    }

    internal void Return(int count, DateTimeOffset reservedAt)
    {
        if (reservedAt <= _since) return;
        if (_blocks.FindLast(b => b.Since < reservedAt) is not { } block) return;
        if (block.IsOpen) block.Left += count;
        else block.Unused += count;
    }

    private sealed class Block(long number, int count, DateTimeOffset since)
    {
        public long Number => number;

        public int Count { get; } = count;

        public DateTimeOffset Since => since;

        public int Left { get; set; } = count;

        public int Unused { get; set; }

        public int Told { get; set; }

        public bool IsOpen { get; private set; } = true;

        public void Close() => (Unused, Left, IsOpen) = (Unused + Left, 0, false);
    }
}
