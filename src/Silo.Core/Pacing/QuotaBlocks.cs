using Silo.Core.Limits;

namespace Silo.Core.Pacing;

/// <summary>
/// A pool's side of a quota over 24 hours that silos share: gives it out in blocks ahead, and takes back what they did not use. The owner
/// stores <see cref="Quota"/> before it answers. What is out when a silo or an activation ends stays counted: that much a crash wastes.
/// </summary>
/// <remarks>
/// A block counts from when it is given. It can be reserved of for <see cref="Term"/>, and a reservation starts within
/// <see cref="EgressScheduler.GrantHolds"/>: together less than the five minutes that <see cref="RollingQuota"/> has to spare. Owned by one
/// actor.
/// </remarks>
public sealed class QuotaBlocks
{
    /// <summary>For how long a block can be reserved of.</summary>
    public static readonly TimeSpan Term = TimeSpan.FromSeconds(30);

    /// <summary>For how long what was not used of a block can be given back. A little more than it can be in hand.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    // Whoever asked longer ago has what it needs, or is gone.
    private static readonly TimeSpan AskedLately = TimeSpan.FromSeconds(10);

    private readonly List<Out> _out = [];
    private readonly Dictionary<long, (int Wanted, DateTimeOffset At)> _asked = [];
    private long _number;

    /// <param name="quota">As it was stored, or a new one.</param>
    /// <param name="activation">As for <see cref="RateShares"/>.</param>
    public QuotaBlocks(RollingQuota quota, long activation) => (Quota, _number) = (quota, RateShares.NumbersOf(activation));

    public RollingQuota Quota { get; }

    /// <summary>Takes back what a silo did not use of its blocks. False when there is nothing new in it.</summary>
    public bool GiveBack(IReadOnlyList<UnusedBlock> unused, DateTimeOffset now)
    {
        _out.RemoveAll(o => now - o.TakenAt > Remembered);
        var changed = false;
        foreach (var (number, count) in unused)
        {
            if (_out.Find(o => o.Number == number) is not { } block) continue;
            var more = Math.Min(count, block.Count) - block.GivenBack;
            if (more <= 0) continue;
            Quota.GiveBack(more, block.TakenAt);
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
        var left = Quota.Limit - Quota.Used(now);
        if (left <= 0) return null;
        var part = (double)wanted / _asked.Values.Sum(a => (double)a.Wanted);
        var count = Quota.TakeUpTo((int)Math.Min(wanted, Math.Max(Math.Floor(left * part), 1)), now);
        if (count == 0) return null;
        _out.Add(new Out(++_number, count, now));
        return new QuotaBlock(_number, count, Term);
    }

    private sealed class Out(long number, int count, DateTimeOffset takenAt)
    {
        public long Number => number;

        public int Count => count;

        public DateTimeOffset TakenAt => takenAt;

        public int GivenBack { get; set; }
    }
}
