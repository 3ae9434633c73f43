using System.Collections.Concurrent;

namespace Silo.LoadTest.Sinks.Accounting;

/// <summary>What became of sending: the other side of what a sink saw. Safe for several threads.</summary>
internal sealed class SentBooks
{
    private readonly ConcurrentDictionary<int, Lane> _lanes = new();

    /// <summary>The server said yes: it must arrive.</summary>
    public void Accepted(int tenant, int lane, long number) => Note(tenant, lane, number, isAccepted: true);

    /// <summary>There was no answer: it may arrive or not.</summary>
    public void Unknown(int tenant, int lane, long number) => Note(tenant, lane, number, isAccepted: false);

    public long AcceptedCount => _lanes.Values.Sum(l => Locked(l, static l => l.Accepted.Count));

    public long UnknownCount => _lanes.Values.Sum(l => Locked(l, static l => l.Unknown.Count));

    /// <summary>Of a lane: its tenant, what was accepted, what is not known. Nothing for a lane that sent nothing.</summary>
    internal (int Tenant, NumberSet Accepted, NumberSet Unknown)? Of(int lane) =>
        _lanes.TryGetValue(lane, out var found) ? Locked(found, static l => (l.Tenant, l.Accepted, l.Unknown)) : null;

    internal ICollection<int> Lanes => _lanes.Keys;

    private void Note(int tenant, int lane, long number, bool isAccepted)
    {
        var book = _lanes.GetOrAdd(lane, static (_, tenant) => new Lane { Tenant = tenant }, tenant);
        lock (book.Lock)
        {
            if (isAccepted) book.Accepted.Add(number);
            else book.Unknown.Add(number);
        }
    }

    private static T Locked<T>(Lane lane, Func<Lane, T> read)
    {
        lock (lane.Lock) return read(lane);
    }

    private sealed class Lane
    {
        public readonly Lock Lock = new();
        public NumberSet Accepted;
        public NumberSet Unknown;

        public int Tenant { get; init; }
    }
}
