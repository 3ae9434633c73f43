namespace Silo.Server.Delivery.Mx;

/// <summary>
/// Domains to which no way was found. A name server that is being repaired says so for minutes, so mail bounces only when a second
/// look, <see cref="Apart"/> later and past what the first one's answers were good for, finds none either. Bounded: beyond it the oldest
/// looks are forgotten, whose mail then waits for two new ones. Thread-safe.
/// </summary>
internal sealed class FirstLooks(int capacity)
{
    public static readonly TimeSpan Apart = TimeSpan.FromMinutes(10);

    // A look of long ago and one of today may both have met a passing fault.
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (DateTimeOffset At, DateTimeOffset SecondFrom)> _looks = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<(string Domain, DateTimeOffset At)> _oldestFirst = [];

    public int Count
    {
        get
        {
            lock (_lock) return _looks.Count;
        }
    }

    /// <summary>No way was found. When to look again; null when this is the second look.</summary>
    /// <param name="answersUntil">Until when the answers that said so are kept and would be given again.</param>
    public DateTimeOffset? Found(string domain, DateTimeOffset answersUntil, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_looks.TryGetValue(domain, out var first) && now - first.At < ForgottenAfter && now >= first.At)
                return now >= first.SecondFrom ? null : first.SecondFrom;
            var second = now + Apart;
            if (answersUntil > second) second = answersUntil;
            _looks[domain] = (now, second);
            _oldestFirst.Enqueue((domain, now));
            while (_oldestFirst.Count > capacity)
            {
                var oldest = _oldestFirst.Dequeue();
                if (_looks.TryGetValue(oldest.Domain, out var look) && look.At == oldest.At) _looks.Remove(oldest.Domain);
            }

            return second;
        }
    }

    /// <summary>There is a way after all.</summary>
    public void Forget(string domain)
    {
        lock (_lock) _looks.Remove(domain);
    }
}
