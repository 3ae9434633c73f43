namespace Silo.LoadTest.Sinks;

/// <summary>The running counts of a sink. Safe for several threads.</summary>
internal sealed class SinkCounters
{
    private readonly long[] _ends = new long[Enum.GetValues<ArrivalEnd>().Length];
    private long _connections;
    private long _open;
    private long _begun;
    private long _complaints;
    private long _dropped;
    private long _bytes;
    private long _encrypted;

    public long Open => Interlocked.Read(ref _open);

    public void Connected()
    {
        Interlocked.Increment(ref _connections);
        Interlocked.Increment(ref _open);
    }

    public void Disconnected() => Interlocked.Decrement(ref _open);

    public void Encrypted() => Interlocked.Increment(ref _encrypted);

    public void Begun() => Interlocked.Increment(ref _begun);

    public void Ended(ArrivalEnd end, int bytes = 0)
    {
        Interlocked.Increment(ref _ends[(int)end]);
        if (bytes > 0) Interlocked.Add(ref _bytes, bytes);
    }

    public void Complained(bool isTold)
    {
        Interlocked.Increment(ref _complaints);
        if (!isTold) Dropped();
    }

    /// <summary>Feedback could not be told.</summary>
    public void Dropped() => Interlocked.Increment(ref _dropped);

    public SinkCounts Read() => new(
        Interlocked.Read(ref _connections), Open, Interlocked.Read(ref _begun), Of(ArrivalEnd.Delivered), Of(ArrivalEnd.Deferred),
        Of(ArrivalEnd.RateLimited), Of(ArrivalEnd.HardBounced), Of(ArrivalEnd.SoftBounced), Interlocked.Read(ref _complaints),
        Interlocked.Read(ref _dropped), Interlocked.Read(ref _bytes), Interlocked.Read(ref _encrypted));

    private long Of(ArrivalEnd end) => Interlocked.Read(ref _ends[(int)end]);
}
