using System.Numerics;

namespace Silo.LoadTest.Traffic;

/// <summary>
/// Counts of times in buckets whose width is at most 1/64 of their value, so that a percentile is at most 1.6 % above the truth, in a
/// memory that does not grow. Microseconds, 0 to about 19 hours; what is longer counts as that. Not for several threads.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int SubBuckets = 1 << SubBits;
    private const int LargestExponent = 36;
    private const long Longest = (1L << LargestExponent) - 1;

    private readonly long[] _counts = new long[(LargestExponent - SubBits + 1) * SubBuckets];
    private double _sum;

    public long Count { get; private set; }

    /// <summary>Exact; 0 when nothing was counted.</summary>
    public long MaxMicroseconds { get; private set; }

    /// <summary>Null when nothing was counted.</summary>
    public double? MeanMilliseconds => Count == 0 ? null : _sum / Count / 1000;

    /// <param name="microseconds">Below 0, as after a step of the clock, counts as 0.</param>
    public void Add(long microseconds)
    {
        microseconds = Math.Clamp(microseconds, 0, Longest);
        _counts[BucketOf(microseconds)]++;
        Count++;
        _sum += microseconds;
        MaxMicroseconds = Math.Max(MaxMicroseconds, microseconds);
    }

    public void Add(TimeSpan time) => Add(time.Ticks / TimeSpan.TicksPerMicrosecond);

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        Count += other.Count;
        _sum += other._sum;
        MaxMicroseconds = Math.Max(MaxMicroseconds, other.MaxMicroseconds);
    }

    public void Clear()
    {
        Array.Clear(_counts);
        (Count, _sum, MaxMicroseconds) = (0, 0, 0);
    }

    /// <summary>What so large a share of the times is not above, in milliseconds; null when nothing was counted.</summary>
    /// <param name="share">0 to 1.</param>
    public double? At(double share)
    {
        if (Count == 0) return null;
        var rank = Math.Clamp((long)Math.Ceiling(share * Count), 1, Count);
        for (var i = 0; i < _counts.Length; i++)
        {
            rank -= _counts[i];
            if (rank <= 0) return Math.Min(TopOf(i), MaxMicroseconds) / 1000.0;
        }

        return MaxMicroseconds / 1000.0;
    }

    // Below 64 each value has a bucket; above, each power of two has 64.
    private static int BucketOf(long value)
    {
        if (value < SubBuckets) return (int)value;
        var shift = BitOperations.Log2((ulong)value) - SubBits;
        return ((shift + 1) * SubBuckets) + (int)((value >> shift) - SubBuckets);
    }

    private static long TopOf(int bucket)
    {
        if (bucket < SubBuckets) return bucket;
        var shift = (bucket / SubBuckets) - 1;
        return ((SubBuckets + (bucket % SubBuckets) + 1L) << shift) - 1;
    }
}
