using Silo.LoadTest.Doors;

namespace Silo.LoadTest.Traffic;

/// <summary>
/// What came of one sender's messages so far. The sender writes, the sampler reads; a lock that is hardly ever contended keeps them apart.
/// </summary>
internal sealed class SenderTally
{
    private readonly Lock _lock = new();
    private readonly LatencyHistogram _latency = new();
    private readonly LatencyHistogram _sinceLook = new();
    private readonly LatencyHistogram _lag = new();
    private FlowCounts _counts;

    /// <param name="lag">How late the sender came to it: from the intended time to the first byte.</param>
    /// <param name="latency">From the intended time to the answer.</param>
    public void Add(SendResult result, TimeSpan lag, TimeSpan latency)
    {
        lock (_lock)
        {
            _lag.Add(lag);
            _counts = _counts.Plus(result);
            if (result != SendResult.Accepted) return;
            _latency.Add(latency);
            _sinceLook.Add(latency);
        }
    }

    /// <summary>One that is offered again later is not one more message.</summary>
    public void AddRetry()
    {
        lock (_lock) _counts = _counts with { Retries = _counts.Retries + 1 };
    }

    /// <summary>Adds what there is to the sums, and forgets what the series of latencies takes.</summary>
    public FlowCounts Look(LatencyHistogram? sinceLook)
    {
        lock (_lock)
        {
            if (sinceLook is not null)
            {
                sinceLook.Add(_sinceLook);
                _sinceLook.Clear();
            }

            return _counts;
        }
    }

    public void AddTo(LatencyHistogram latency, LatencyHistogram lag)
    {
        lock (_lock)
        {
            latency.Add(_latency);
            lag.Add(_lag);
        }
    }
}

/// <summary>Messages of a flow by what became of offering them.</summary>
/// <param name="Unknown">The answer is missing: the server may have them or not.</param>
/// <param name="NotOffered">There was no connection.</param>
/// <param name="Retries">Offers beyond the first, of messages that were deferred.</param>
internal readonly record struct FlowCounts(long Accepted, long Deferred, long Refused, long Unknown, long NotOffered, long Retries)
{
    public long All => Accepted + Deferred + Refused + Unknown + NotOffered;

    public static FlowCounts operator +(FlowCounts one, FlowCounts other) => new(
        one.Accepted + other.Accepted, one.Deferred + other.Deferred, one.Refused + other.Refused, one.Unknown + other.Unknown,
        one.NotOffered + other.NotOffered, one.Retries + other.Retries);

    public FlowCounts Plus(SendResult result) => result switch
    {
        SendResult.Accepted => this with { Accepted = Accepted + 1 },
        SendResult.Deferred => this with { Deferred = Deferred + 1 },
        SendResult.Refused => this with { Refused = Refused + 1 },
        SendResult.Unknown => this with { Unknown = Unknown + 1 },
        _ => this with { NotOffered = NotOffered + 1 },
    };
}
