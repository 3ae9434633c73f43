using Silo.Dns.Wire;

namespace Silo.Dns.Answers;

/// <summary>
/// Answers until their time is over, by the monotonic clock. Bounded by number and by bytes: beyond either those go that were used least
/// recently. Thread-safe.
/// </summary>
internal sealed class AnswerCache(int maxEntries, long maxBytes, TimeProvider time)
{
    // A wall clock that was set makes the instant in a remembered answer wrong.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<DnsQuestion, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];
    private long _bytes;

    public int Count
    {
        get
        {
            lock (_lock) return _entries.Count;
        }
    }

    public DnsAnswer? Find(DnsQuestion question)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(question, out var node)) return null;
            var left = node.Value.TimeToLive - time.GetElapsedTime(node.Value.Since);
            if (left <= TimeSpan.Zero)
            {
                Remove(node);
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            var answer = node.Value.Answer;
            var until = time.GetUtcNow() + left;
            return (until - answer.ValidUntil).Duration() < Tolerance ? answer : answer with { ValidUntil = until };
        }
    }

    /// <param name="question">A second answer to it replaces the first.</param>
    /// <param name="answer">Not kept when its time is 0 or less.</param>
    /// <param name="timeToLive">From now.</param>
    /// <param name="bytes">What it weighs.</param>
    public void Add(DnsQuestion question, DnsAnswer answer, TimeSpan timeToLive, int bytes)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(question, out var old)) Remove(old);
            if (timeToLive <= TimeSpan.Zero || bytes > maxBytes || maxEntries == 0) return;
            var entry = new Entry(question, answer, time.GetTimestamp(), timeToLive, bytes);
            _entries.Add(question, _byUse.AddFirst(entry));
            _bytes += bytes;
            while (_entries.Count > maxEntries || _bytes > maxBytes) Remove(_byUse.Last!);
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _entries.Remove(node.Value.Question);
        _byUse.Remove(node);
        _bytes -= node.Value.Bytes;
    }

    private sealed record Entry(DnsQuestion Question, DnsAnswer Answer, long Since, TimeSpan TimeToLive, int Bytes);
}
