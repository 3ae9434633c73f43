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
    private readonly long[] _totalsBeforeMark = new long[Columns];
    private uint[]? _beforeMark;
    private long _head = -1;
    private long _headTicks = -1;
    private int _headOffset;
    private long _markTicks = -1;
    private long _markBucket = -1;

    /// <summary>Adds to (or with a negative count takes from) the bucket of an instant; false when that is older than the ring.</summary>
    public bool Add(long ticks, int column, int count, bool feedbackLoopDelivery)
    {
        // Nearly every fact is about the newest bucket, which needs no division.
        var (at, offset) = (_head, _headOffset);
        if (ticks < _headTicks || ticks >= _headTicks + _bucketTicks)
        {
            at = ticks / _bucketTicks;
            if (at > _head) Advance(at);
            if (at <= _head - length) return false;
            offset = Offset(at);
        }

        Add(at, ticks, offset, column, count);
        if (feedbackLoopDelivery) Add(at, ticks, offset, FeedbackLoopDelivered, count);
        return true;
    }

    private void Add(long at, long ticks, int offset, int column, int count)
    {
        ref var cell = ref _cells[offset + column];
        var next = (uint)Math.Clamp(cell + (long)count, 0, uint.MaxValue);
        var change = (long)next - cell;
        cell = next;
        _totals[column] += change;
        if (_beforeMark is null || at > _markBucket) return;
        if (at == _markBucket)
        {
            var before = (uint)Math.Clamp(_beforeMark[column] + (ticks < _markTicks ? change : 0), 0, next);
            change = (long)before - _beforeMark[column];
            _beforeMark[column] = before;
        }

        _totalsBeforeMark[column] += change;
    }

    /// <summary>The sum over the window that ends at an instant, or at the newest send if that is later.</summary>
    public long Sum(int column, long nowTicks)
    {
        var sum = _totals[column];
        if (nowTicks < _headTicks + _bucketTicks) return sum;
        var first = FirstOf(nowTicks);
        if (first > _head) return 0;
        for (var at = Math.Max(_head - length + 1, 0); at < first; at++) sum -= Cell(at, column);
        return sum;
    }

    /// <summary>As <see cref="Sum"/>, only of what was sent at or after the mark.</summary>
    public long SumSinceMark(int column, long nowTicks)
    {
        if (nowTicks < _headTicks + _bucketTicks) return _totals[column] - _totalsBeforeMark[column];
        if (_markBucket < FirstOf(nowTicks)) return Sum(column, nowTicks);

        // Whatever has aged out by now is older than the mark.
        return _totals[column] - _totalsBeforeMark[column];
    }

    /// <summary>Separates what was sent before the instant from what is sent from then on.</summary>
    public void Mark(long ticks)
    {
        _markTicks = ticks;
        _markBucket = ticks / _bucketTicks;
        _beforeMark = new uint[Columns];
        if (IsHeld(_markBucket)) _cells.AsSpan(Offset(_markBucket), Columns).CopyTo(_beforeMark);
        SumBeforeMark();
    }

    public void WriteTo(ref SnapshotWriter writer)
    {
        writer.Write((ulong)(_head + 1));
        for (var age = 0; age < length && age <= _head; age++) writer.WriteRow(_cells.AsSpan(Offset(_head - age), Columns), age);
        writer.EndRows();
        if (_beforeMark is null) return;
        var isNeeded = _markBucket > _head - length;
        if (isNeeded) writer.WriteRow(_beforeMark, 0);
        writer.EndRows();
    }

    public void ReadFrom(ref SnapshotReader reader, long markTicks)
    {
        SetHead((long)reader.Read((ulong)(DateTimeOffset.MaxValue.UtcTicks / _bucketTicks) + 1) - 1);
        for (var age = -1; reader.TryReadAge(ref age, length);)
        {
            if (age > _head) throw SnapshotReader.Malformed();
            reader.ReadRow(_cells.AsSpan(Offset(_head - age), Columns));
        }

        for (var i = 0; i < _cells.Length; i++) _totals[i % Columns] += _cells[i];
        if (markTicks < 0) return;
        _markTicks = markTicks;
        _markBucket = markTicks / _bucketTicks;
        _beforeMark = new uint[Columns];
        for (var row = -1; reader.TryReadAge(ref row, 1);) reader.ReadRow(_beforeMark);

        // More before the mark than there is at all would make judged sums negative.
        for (var column = 0; column < Columns; column++)
            if (_beforeMark[column] > (IsHeld(_markBucket) ? Cell(_markBucket, column) : 0)) throw SnapshotReader.Malformed();
        SumBeforeMark();
    }

    private long FirstOf(long nowTicks) => Math.Max(nowTicks / _bucketTicks, _head) - length + 1;

    private bool IsHeld(long at) => at <= _head && at > _head - length;

    private void SumBeforeMark()
    {
        for (var column = 0; column < Columns; column++)
        {
            var sum = (long)_beforeMark![column];
            for (var at = Math.Max(_head - length + 1, 0); at <= _head && at < _markBucket; at++) sum += Cell(at, column);
            _totalsBeforeMark[column] = sum;
        }
    }

    private ref uint Cell(long at, int column) => ref _cells[Offset(at) + column];

    private int Offset(long at) => (int)(at % length) * Columns;

    private void Advance(long to)
    {
        if (to - _head >= length)
        {
            Array.Clear(_cells);
            Array.Clear(_totals);
            Array.Clear(_totalsBeforeMark);
            SetHead(to);
            return;
        }

        for (var at = _head + 1; at <= to; at++)
        {
            // The row still holds the bucket that stood here one turn of the ring ago.
            var row = _cells.AsSpan(Offset(at), Columns);
            var isOld = at - length < _markBucket;
            for (var column = 0; column < Columns; column++)
            {
                _totals[column] -= row[column];
                if (isOld) _totalsBeforeMark[column] -= row[column];
                else if (at - length == _markBucket && _beforeMark is not null) _totalsBeforeMark[column] -= _beforeMark[column];
            }

            row.Clear();
        }

        SetHead(to);
    }

    private void SetHead(long to)
    {
        _head = to;
        _headTicks = to * _bucketTicks;
        _headOffset = to < 0 ? 0 : Offset(to);
    }
}
