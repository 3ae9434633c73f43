using Silo.Server.Delivery.Smtp;

namespace Silo.Server.Delivery.Mx;

/// <summary>A way that rests as one: from a source to a set of MX hosts, for mail that asks for so much protection.</summary>
/// <param name="Source">The source's place in the list.</param>
/// <param name="Hosts">The names of all hosts; "" for the source itself, whichever way it is used.</param>
internal readonly record struct RestKey(int Source, string Hosts, ConnectionProtection Protection);

/// <summary>Whether a hand-over may go a way; a closed set.</summary>
internal enum RestVerdict
{
    /// <summary>The way works, as far as is known.</summary>
    Free,

    /// <summary>The way has rested: this hand-over tries it, and is to say how it went.</summary>
    Probe,

    /// <summary>Another hand-over is trying the way.</summary>
    Probed,

    /// <summary>The way rests.</summary>
    Rests,
}

/// <summary>
/// Ways that failed before any mail: each rests for twice as long each time, and then a single hand-over tries whether it works again, so
/// that a dead domain costs one connection per rest and parks nobody else. Bounded: beyond it the way whose rest ends first is forgotten.
/// Thread-safe.
/// </summary>
internal sealed class RouteRests(TimeSpan shortest, TimeSpan longest, int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<RestKey, Rest> _rests = [];
    private readonly PriorityQueue<RestKey, DateTimeOffset> _byEnd = new();

    public int Count
    {
        get
        {
            lock (_lock) return _rests.Count;
        }
    }

    /// <summary>Asks for the way. Who got <see cref="RestVerdict.Probe"/> calls one of the other methods, whatever happens.</summary>
    public (RestVerdict Verdict, DateTimeOffset Until, string? Reason) Enter(RestKey key, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_rests.TryGetValue(key, out var rest)) return (RestVerdict.Free, now, null);
            if (rest.Probing) return (RestVerdict.Probed, now, rest.Reason);
            if (now < rest.Until) return (RestVerdict.Rests, rest.Until, rest.Reason);
            rest.Probing = true;
            return (RestVerdict.Probe, now, rest.Reason);
        }
    }

    /// <summary>The way failed. Until when it rests, and whether that is news.</summary>
    public (DateTimeOffset Until, bool IsNews) Failed(RestKey key, string? reason, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_rests.TryGetValue(key, out var rest)) _rests.Add(key, rest = new Rest());
            // Hand-overs that were under way together fail together: that is one failure.
            else if (now < rest.Until) return (rest.Until, false);
            var wait = shortest * Math.Pow(2, Math.Min(rest.Failures++, 20));
            rest.Until = now + (wait < longest ? wait : longest);
            rest.Reason = reason;
            rest.Probing = false;
            _byEnd.Enqueue(key, rest.Until);
            Trim(now);
            return (rest.Until, rest.Failures == 1);
        }
    }

    /// <summary>Mail was answered. True when the way had failed before.</summary>
    /// <param name="began">When the hand-over entered, if one that began before the rest was over is not to end it. Null: it is.</param>
    public bool Worked(RestKey key, DateTimeOffset? began = null)
    {
        lock (_lock)
        {
            if (_rests.Count == 0 || (_rests.TryGetValue(key, out var rest) && began < rest.Until)) return false;
            return _rests.Remove(key);
        }
    }

    /// <summary>Nothing was learned: another hand-over may try.</summary>
    public void NothingLearned(RestKey key)
    {
        lock (_lock)
        {
            if (!_rests.TryGetValue(key, out var rest) || !rest.Probing) return;
            rest.Probing = false;
            // While it was tried it may have been passed over as one of the oldest.
            _byEnd.Enqueue(key, rest.Until);
        }
    }

    private void Trim(DateTimeOffset now)
    {
        // Also what nobody has tried for so long that its next failure may as well be its first.
        while (_byEnd.TryPeek(out var key, out var until)
            && (_rests.Count > capacity || _byEnd.Count > 2 * capacity || until + longest < now))
        {
            _byEnd.Dequeue();
            if (_rests.TryGetValue(key, out var rest) && rest.Until == until && !rest.Probing) _rests.Remove(key);
        }
    }

    private sealed class Rest
    {
        public int Failures { get; set; }

        public DateTimeOffset Until { get; set; }

        public string? Reason { get; set; }

        public bool Probing { get; set; }
    }
}
