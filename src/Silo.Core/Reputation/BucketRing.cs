namespace Silo.Core.Reputation;

/// <summary>
/// Counts per bucket of time, for as many buckets as the ring has, with running sums. It moves on with the newest send recorded and
/// never by being read, so that equal events give equal contents whoever looks at them in between.
/// </summary>
internal sealed class BucketRing(TimeSpan bucket, int length)
{
    /// <summary>The facts, and the deliveries to providers with a feedback loop.</summary>
    public const int Columns = FeedbackLoopDelivered + 1;

    public const int FeedbackLoopDelivered = (int)ReputationFact.Rejected + 1;

    private readonly long _bucketTicks = bucket.Ticks;
    private readonly uint[] _cells = new uint[length * Columns];
    private readonly long[] _totals = new long[Columns];
    private uint[]? _beforeMark;
    private long _head = -1;
    private long _markTicks = -1;

    /// <summary>Adds to (or with a negative count takes from) the bucket of an instant; false when that is older than the ring.</summary>
    public bool Add(long ticks, int column, int count)
    {
        var at = ticks / _bucketTicks;
        if (at > _head) Advance(at);
        if (at <= _head - length) return false;

        ref var cell = ref Cell(at, column);
        var next = (uint)Math.Clamp(cell + (long)count, 0, uint.MaxValue);
        var change = (long)next - cell;
        cell = next;
        _totals[column] += change;
        if (_beforeMark is not null && at == _markTicks / _bucketTicks)
            _beforeMark[column] = (uint)Math.Clamp(_beforeMark[column] + (ticks < _markTicks ? change : 0), 0, next);
        return true;
    }

    /// <summary>The sum over the window that ends at an instant, or at the newest send if that is later.</summary>
    public long Sum(int column, long nowTicks)
    {
        var first = FirstOf(nowTicks);
        var sum = _totals[column];
        if (first > _head) return 0;
        for (var at = Math.Max(_head - length + 1, 0); at < first; at++) sum -= Cell(at, column);
        return sum;
    }

    /// <summary>As <see cref="Sum"/>, only of what was sent at or after the mark.</summary>
    public long SumSinceMark(int column, long nowTicks)
    {
        var mark = _markTicks < 0 ? -1 : _markTicks / _bucketTicks;
        if (mark < FirstOf(nowTicks)) return Sum(column, nowTicks);
        var sum = 0L;
        for (var at = mark; at <= _head; at++) sum += Cell(at, column);
        return mark > _head ? 0 : sum - _beforeMark![column];
    }

    /// <summary>Separates what was sent before the instant from what is sent from then on.</summary>
    public void Mark(long ticks)
    {
        _markTicks = ticks;
        var at = ticks / _bucketTicks;
        _beforeMark = new uint[Columns];
        if (at > _head || at <= _head - length) return;
        for (var column = 0; column < Columns; column++) _beforeMark[column] = Cell(at, column);
    }

    public void WriteTo(ref SnapshotWriter writer)
    {
        writer.Write((ulong)(_head + 1));
        for (var age = 0; age < length && age <= _head; age++) writer.WriteRow(_cells.AsSpan(Offset(_head - age), Columns), age);
        writer.EndRows();
        if (_beforeMark is null) return;
        var isNeeded = _markTicks / _bucketTicks > _head - length;
        if (isNeeded) writer.WriteRow(_beforeMark, 0);
        writer.EndRows();
    }

    public void ReadFrom(ref SnapshotReader reader, long markTicks)
    {
        _head = (long)reader.Read((ulong)(DateTimeOffset.MaxValue.UtcTicks / _bucketTicks) + 1) - 1;
        for (var age = -1; reader.TryReadAge(ref age, length);)
        {
            if (age > _head) throw SnapshotReader.Malformed();
            reader.ReadRow(_cells.AsSpan(Offset(_head - age), Columns));
        }

        for (var i = 0; i < _cells.Length; i++) _totals[i % Columns] += _cells[i];
        if (markTicks < 0) return;
        _markTicks = markTicks;
        _beforeMark = new uint[Columns];
        for (var row = -1; reader.TryReadAge(ref row, 1);) reader.ReadRow(_beforeMark);

        // More before the mark than there is at all would make judged sums negative.
        var mark = markTicks / _bucketTicks;
        var isHeld = mark <= _head && mark > _head - length;
        for (var column = 0; column < Columns; column++)
            if (_beforeMark[column] > (isHeld ? Cell(mark, column) : 0)) throw SnapshotReader.Malformed();
    }

    private long FirstOf(long nowTicks) => Math.Max(nowTicks / _bucketTicks, _head) - length + 1;

    private ref uint Cell(long at, int column) => ref _cells[Offset(at) + column];

    private int Offset(long at) => (int)(at % length) * Columns;

    private void Advance(long to)
    {
        for (var at = Math.Max(_head + 1, to - length + 1); at <= to; at++)
        {
            var row = _cells.AsSpan(Offset(at), Columns);
            for (var column = 0; column < Columns; column++) _totals[column] -= row[column];
            row.Clear();
        }

        _head = to;
    }
}
