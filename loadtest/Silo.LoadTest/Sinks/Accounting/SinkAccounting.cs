using System.Collections.Concurrent;
using Silo.LoadTest.Marks;

namespace Silo.LoadTest.Sinks.Accounting;

/// <summary>
/// Which messages began, arrived, or were refused, and what is wrong with that. Three bits a message and a little for each lane, however
/// long the run is. Safe for several threads.
/// </summary>
internal sealed class SinkAccounting(SinkOptions options, SinkFaults faults)
{
    /// <summary>Messages of more lanes than this count as unmarked.</summary>
    public const int MostLanes = 2_000_000;

    private readonly ConcurrentDictionary<int, LaneBook> _lanes = new();
    private readonly FaultNotes _notes = new();
    private readonly Lock _heldLock = new();
    private readonly List<(int Tenant, int Lane, long Number)> _held = [];
    private readonly long _slack = (long)(options.Checks.OrderSlack.TotalSeconds * options.Time.TimestampFrequency);

    public FaultNotes Notes => _notes;

    /// <summary>A first or later attempt was seen.</summary>
    /// <param name="at">When, by the sink's clock.</param>
    public void Begun(int tenant, int lane, long number, long at)
    {
        if (!options.Checks.Order)
        {
            NoteBegun(tenant, lane, number, at);
            return;
        }

        if (faults.TakeReorder())
        {
            lock (_heldLock) _held.Add((tenant, lane, number));
            return;
        }

        ReleaseHeld();
        NoteBegun(tenant, lane, number, at);
    }

    public void Delivered(int tenant, int lane, long number)
    {
        if (faults.TakeDrop()) return;
        var times = faults.TakeDuplicate() ? 2 : 1;
        if (Book(tenant, lane, number) is not { } book) return;
        lock (book.Lock)
        {
            for (; times > 0; times--) book.IsAgain(number);
        }
    }

    /// <summary>For good: it will not come again.</summary>
    public void Refused(int tenant, int lane, long number)
    {
        if (Book(tenant, lane, number) is not { } book) return;
        lock (book.Lock) book.Refused.Add(number);
    }

    public SinkTally Tally(SinkCounts counts, SentBooks? sent, PossibleDuplicates? marked)
    {
        ReleaseHeld();
        var notes = _notes.Copy();
        var lanes = new List<LaneTally>();
        var duplicates = new DuplicateReckoning(marked ?? PossibleDuplicates.None, notes);
        foreach (var (lane, book) in _lanes)
        {
            lock (book.Lock)
            {
                duplicates.Take(lane, book);
                var lost = sent is null ? 0 : Compare(lane, book, sent.Of(lane), notes);
                var again = book.Again?.Values.Sum() ?? 0;
                lanes.Add(new LaneTally(book.Tenant, lane, book.Begun.Count, book.Delivered.Count, again, book.Refused.Count, lost));
            }
        }

        foreach (var lane in sent?.Lanes ?? [])
        {
            if (_lanes.ContainsKey(lane) || sent!.Of(lane) is not { } all) continue;
            var lost = NoteLost(lane, all.Tenant, all.Accepted.Without(default, default), notes);
            lanes.Add(new LaneTally(all.Tenant, lane, 0, 0, 0, 0, lost));
        }

        lanes.Sort((a, b) => a.Tenant != b.Tenant ? a.Tenant.CompareTo(b.Tenant) : a.Lane.CompareTo(b.Lane));
        return new SinkTally(
            counts, lanes.Sum(l => l.Delivered), lanes.Sum(l => l.Again), duplicates.Marked, lanes.Sum(l => l.Refused),
            lanes.Sum(l => l.Lost), lanes, notes.ToViolations());
    }

    private static long Compare(
        int lane, LaneBook book, (int Tenant, NumberSet Accepted, NumberSet Unknown)? sent, FaultNotes notes)
    {
        var (_, accepted, unknown) = sent ?? (book.Tenant, default, default);
        foreach (var number in book.Delivered.Without(accepted, unknown))
            notes.Add(SinkFault.NotAccepted, () => $"{Name(book.Tenant, lane, number)} arrived and was never accepted");
        return NoteLost(lane, book.Tenant, accepted.Without(book.Delivered, book.Refused), notes);
    }

    private static long NoteLost(int lane, int tenant, IEnumerable<long> missing, FaultNotes notes)
    {
        long lost = 0;
        foreach (var number in missing)
        {
            lost++;
            notes.Add(SinkFault.Lost, () => $"{Name(tenant, lane, number)} was accepted and never came");
        }

        return lost;
    }

    internal static string Name(int tenant, int lane, long number) => $"tenant {tenant}, lane {lane}, number {number}";

    private void NoteBegun(int tenant, int lane, long number, long at)
    {
        if (Book(tenant, lane, number) is not { } book) return;
        lock (book.Lock)
        {
            if (!book.Begun.Add(number) || !options.Checks.Order) return;
            var overtaken = book.Order.Note(at, number, _slack);
            if (overtaken >= 0)
                _notes.Add(SinkFault.Order, () => $"{Name(tenant, lane, number)} began after number {overtaken}");
        }
    }

    /// <summary>Null when it cannot be kept.</summary>
    private LaneBook? Book(int tenant, int lane, long number)
    {
        if (!_lanes.TryGetValue(lane, out var book) && _lanes.Count < MostLanes)
            book = _lanes.GetOrAdd(lane, static (_, tenant) => new LaneBook(tenant), tenant);
        if (book is null || (ulong)number >= NumberSet.Limit)
        {
            _notes.Add(SinkFault.Unmarked, () => $"{Name(tenant, lane, number)} is beyond what is kept");
            return null;
        }

        if (book.Tenant != tenant)
            _notes.Add(SinkFault.WrongTenant, () => $"{Name(tenant, lane, number)} is in a lane of tenant {book.Tenant}");
        return book;
    }

    /// <summary>What was held back begins now, the last first, far enough apart to be out of order whatever is allowed.</summary>
    private void ReleaseHeld()
    {
        if (_held.Count == 0) return;
        (int Tenant, int Lane, long Number)[] held;
        lock (_heldLock)
        {
            held = [.. _held];
            _held.Clear();
        }

        var at = options.Time.GetTimestamp();
        for (var i = held.Length - 1; i >= 0; i--)
            NoteBegun(held[i].Tenant, held[i].Lane, held[i].Number, at += _slack + 1);
    }
}
