namespace Silo.LoadTest.Traffic;

/// <summary>All lanes of a run and, of each, which messages the server said it has: what the sink's own books are held against.</summary>
internal sealed class LaneRegister
{
    private readonly Lock _lock = new();
    private readonly List<SentLane> _lanes = [];

    public IReadOnlyList<SentLane> Lanes
    {
        get
        {
            lock (_lock) return [.. _lanes];
        }
    }

    public SentLane Open(FlowPlan flow, LoadTenant tenant, string domain)
    {
        lock (_lock)
        {
            var lane = new SentLane(_lanes.Count, flow.Name, tenant, domain);
            _lanes.Add(lane);
            return lane;
        }
    }

    public SentLane? Find(int number)
    {
        lock (_lock) return number >= 0 && number < _lanes.Count ? _lanes[number] : null;
    }
}

/// <summary>
/// Messages of one tenant to one domain by one sender, numbered in the order in which they were offered. Its sender alone changes it; to be
/// read when that has ended.
/// </summary>
internal sealed class SentLane(int number, string flow, LoadTenant tenant, string domain)
{
    private ulong[] _accepted = [];
    private ulong[] _doubtful = [];

    public int Number => number;

    public string Flow => flow;

    public LoadTenant Tenant => tenant;

    public string Domain => domain;

    /// <summary>Messages that were offered, which are numbered from 0 to below it.</summary>
    public long Offered { get; private set; }

    /// <summary>The number of the next one.</summary>
    public long Next() => Offered++;

    public void Accepted(long message) => Set(ref _accepted, message);

    /// <summary>The answer is missing: whether it comes out of the server or not, nothing was lost.</summary>
    public void Doubtful(long message) => Set(ref _doubtful, message);

    public bool IsAccepted(long message) => Get(_accepted, message);

    public bool IsDoubtful(long message) => Get(_doubtful, message);

    private static bool Get(ulong[] bits, long at) => at >> 6 < bits.Length && (bits[at >> 6] & (1UL << (int)(at & 63))) != 0;

    private static void Set(ref ulong[] bits, long at)
    {
        if (at >> 6 >= bits.Length) Array.Resize(ref bits, (int)Math.Max(bits.Length * 2L, (at >> 6) + 1));
        bits[at >> 6] |= 1UL << (int)(at & 63);
    }
}
