namespace Silo.Core.Pacing;

/// <summary>
/// A pool's side of something that counts from when it is given out, and that silos share: gives it out in blocks ahead, and takes back what
/// they did not use. The owner stores what it is taken from before it answers. What is out when a silo or an activation ends stays counted:
/// that much a crash wastes. Owned by one actor.
/// </summary>
/// <param name="number">Numbers of blocks are above this one.</param>
public abstract class BlockLender(long number)
{
    /// <summary>For how long a block can be reserved of.</summary>
    public static readonly TimeSpan Term = TimeSpan.FromSeconds(30);

    /// <summary>For how long what was not used of a block can be given back. A little more than it can be in hand.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    // Whoever asked longer ago has what it needs, or is gone.
    private static readonly TimeSpan AskedLately = TimeSpan.FromSeconds(10);

    private readonly List<Out> _out = [];
    private readonly Dictionary<long, (int Wanted, DateTimeOffset At)> _asked = [];

    /// <summary>The highest that was given.</summary>
    public long LastNumber { get; private set; } = number;

    /// <summary>Takes back what a silo did not use of its blocks. False when there is nothing new in it.</summary>
    public bool GiveBack(IReadOnlyList<UnusedBlock> unused, DateTimeOffset now)
    {
        _out.RemoveAll(o => now - o.TakenAt > Remembered);
        var changed = false;
        foreach (var (blockNumber, count) in unused)
        {
            if (_out.Find(o => o.Number == blockNumber) is not { } block) continue;
            var more = Math.Min(count, block.Count) - block.GivenBack;
            if (more <= 0) continue;
            GiveBack(more, block.TakenAt);
            block.GivenBack += more;
            changed = true;
        }

        return changed;
    }

    /// <summary>
    /// Gives a silo a block, null when nothing is left. Of what is left it gets at most its part by what those want who asked lately, and
    /// one recipient at least.
    /// </summary>
    /// <param name="wanted">What it can use, 1 or more.</param>
    public QuotaBlock? Take(long silo, int wanted, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(wanted, 1);
        foreach (var (other, asked) in _asked)
        {
            if (now - asked.At > AskedLately) _asked.Remove(other);
        }

        _asked[silo] = (wanted, now);
        var left = Left(now);
        if (left <= 0) return null;
        var part = (double)wanted / _asked.Values.Sum(a => (double)a.Wanted);
        var count = TakeUpTo((int)Math.Min(wanted, Math.Max(Math.Floor(left * part), 1)), now);
        if (count == 0) return null;
        _out.Add(new Out(++LastNumber, count, now));
        var startWithin = StartWithin(now);
        return new QuotaBlock(LastNumber, count, startWithin < Term ? startWithin.Value : Term) { StartWithin = startWithin };
    }

    private protected abstract long Left(DateTimeOffset now);

    private protected abstract int TakeUpTo(int count, DateTimeOffset now);

    private protected abstract void GiveBack(int count, DateTimeOffset takenAt);

    /// <summary>For how long what is taken now may start; null when that does not matter.</summary>
    private protected virtual TimeSpan? StartWithin(DateTimeOffset now) => null;

    private sealed class Out(long number, int count, DateTimeOffset takenAt)
    {
        public long Number => number;

        public int Count => count;

        public DateTimeOffset TakenAt => takenAt;

        public int GivenBack { get; set; }
    }
}
