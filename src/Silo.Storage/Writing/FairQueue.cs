namespace Silo.Storage.Writing;

/// <summary>
/// Writes in line, taken by deficit round robin in bytes over the lines: each round, each line may send a quantum, so that a flood
/// in one line delays another line's next write by one round at most. First in, first out within a line. Not thread-safe.
/// </summary>
internal sealed class FairQueue
{
    /// <summary>A few messages of usual size: a round over the lines stays short beside a batch.</summary>
    public const int QuantumBytes = 32 * 1024;

    private readonly Dictionary<long, Line> _lines = [];
    private readonly Queue<Line> _round = new();

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    public void Add(PendingWrite write)
    {
        if (!_lines.TryGetValue(write.Line, out var line))
        {
            _lines.Add(write.Line, line = new Line(write.Line));
            _round.Enqueue(line);
        }

        line.Writes.Enqueue(write);
        Count++;
        Bytes += write.Bytes;
    }

    /// <summary>Takes what fits, and at least one write if <paramref name="evenIfTooLarge"/>. Returns the bytes taken.</summary>
    public long Take(List<PendingWrite> into, long roomBytes, int maxWrites, bool evenIfTooLarge)
    {
        long taken = 0;
        var count = 0;
        while (_round.TryPeek(out var line))
        {
            if (!line.Credited) line.Deficit += QuantumBytes;
            line.Credited = true;
            while (line.Writes.TryPeek(out var next) && next.Bytes <= line.Deficit)
            {
                // The line stays first and keeps its credit for the next batch.
                var fits = next.Bytes <= roomBytes - taken || (evenIfTooLarge && count == 0);
                if (!fits || count == maxWrites) return Account(taken, count);
                into.Add(line.Writes.Dequeue());
                line.Deficit -= next.Bytes;
                taken += next.Bytes;
                count++;
            }

            _round.Dequeue();
            line.Credited = false;
            if (line.Writes.Count > 0) _round.Enqueue(line);
            else _lines.Remove(line.Key);
        }

        return Account(taken, count);
    }

    private long Account(long taken, int count)
    {
        Bytes -= taken;
        Count -= count;
        return taken;
    }

    private sealed class Line(long key)
    {
        public long Key => key;

        public Queue<PendingWrite> Writes { get; } = new();

        public long Deficit { get; set; }

        /// <summary>Got its quantum of this round.</summary>
        public bool Credited { get; set; }
    }
}
