namespace Silo.LoadTest.Traffic;

/// <summary>How the messages of a flow are spread over time.</summary>
internal enum Arrivals
{
    /// <summary>Each by itself, as the senders of many people are.</summary>
    Poisson,

    /// <summary>The same time between all.</summary>
    Constant,

    /// <summary>Each as soon as the one before was answered: to fill a queue. Its latency is a closed loop's, and says little.</summary>
    Flood,
}

/// <summary>So many messages at once, again and again, on top of the rate.</summary>
/// <param name="EverySeconds">Above 0; the first comes after this time.</param>
/// <param name="Size">Messages, 1 and up.</param>
internal sealed record Burst(double EverySeconds, int Size);

/// <summary>
/// The instants at which one sender means to send, known before anything is sent: what the server does cannot move them. Those of all
/// senders of a flow together have its rate.
/// </summary>
internal sealed class ArrivalSchedule
{
    private readonly Arrivals _arrivals;
    private readonly double _ticksPerMessage;
    private readonly Burst? _burst;
    private readonly int _burstShare;
    private readonly Random _random;
    private double _next;
    private long _burstAt;
    private int _burstLeft;

    /// <param name="rate">Of all senders together, messages per second; without meaning for a flood. 0: bursts alone.</param>
    /// <param name="share">What this sender has of it, above 0 to 1; the shares of all add up to 1.</param>
    /// <param name="sender">0 to <paramref name="senders"/> - 1.</param>
    public ArrivalSchedule(Arrivals arrivals, double rate, double share, int sender, int senders, Burst? burst, Random random)
    {
        (_arrivals, _burst, _random) = (arrivals, burst, random);
        _ticksPerMessage = rate > 0 ? TimeSpan.TicksPerSecond / (rate * share) : double.PositiveInfinity;
        // A constant rate begins at another place for each, so that they do not all send at once.
        _next = arrivals == Arrivals.Constant ? _ticksPerMessage * sender / senders : Gap();
        if (burst is null) return;
        _burstShare = _burstLeft = (burst.Size / senders) + (sender < burst.Size % senders ? 1 : 0);
        _burstAt = (long)(burst.EverySeconds * TimeSpan.TicksPerSecond);
    }

    /// <summary>The next instant, in ticks since the flow began; not before the one before. A flood is always due.</summary>
    public long Next()
    {
        if (_arrivals == Arrivals.Flood) return 0;
        if (_burst is not null && _burstShare > 0 && _burstAt <= _next)
        {
            var at = _burstAt;
            if (--_burstLeft == 0) (_burstLeft, _burstAt) = (_burstShare, _burstAt + (long)(_burst.EverySeconds * TimeSpan.TicksPerSecond));
            return at;
        }

        var due = _next;
        _next += _arrivals == Arrivals.Constant ? _ticksPerMessage : Gap();
        return double.IsInfinity(due) ? long.MaxValue : (long)due;
    }

    // Exponentially distributed times between make a Poisson process.
    private double Gap() => _arrivals == Arrivals.Poisson ? -Math.Log(1 - _random.NextDouble()) * _ticksPerMessage : _ticksPerMessage;
}
