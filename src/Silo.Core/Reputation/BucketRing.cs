namespace Silo.Core.Reputation;

/// <summary>
/// Counts per bucket of time, for as many buckets as the ring has, with running sums. It moves on with the newest send recorded and
/// never by being read, so that equal events give equal contents whoever looks at them in between.
/// </summary>
/// <remarks>
/// Only the columns that rates are made of are summed as they come, and told apart at a mark; the others are added up when somebody looks.
/// </remarks>
internal sealed class BucketRing(TimeSpan bucket, int length, int columns)
{
    private readonly long _bucketTicks = bucket.Ticks;
    private readonly uint[] _cells = new uint[length * columns];

    // Of each judged column, and behind them the same of what was sent before the mark.
    private readonly long[] _totals = new long[2 * ReputationColumn.Judged];
    private uint[]? _beforeMark;
    private long _head = -1;
    private long _headTicks = -1;
    private int _headOffset;
    private long _markTicks = -1;
    private long _markBucket = -1;

    /// <summary>Adds to (or with a negative count takes from) the bucket of an instant; false when that is older than the ring.</summary>
    /// <param name="second">Another column that counts the same; negative for none. Columns that the ring has not are left out.</param>
    public bool Add(long ticks, int column, int count, int second = -1)
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

        if (column < columns) Add(at, ticks, offset, column, count);
        if (second >= 0 && second < columns) Add(at, ticks, offset, second, count);
        return true;
    }

    private void Add(long at, long ticks, int offset, int column, int count)
    {
        ref var cell = ref _cells[offset + column];
        var next = (uint)Math.Clamp(cell + (long)count, 0, uint.MaxValue);
        var change = (long)next - cell;
        cell = next;
        var judged = ReputationColumn.JudgedIndex(column);
        if (judged < 0) return;
        _totals[judged] += change;
        if (_beforeMark is null || at > _markBucket) return;
        if (at == _markBucket)
        {
            var before = (uint)Math.Clamp(_beforeMark[judged] + (ticks < _markTicks ? change : 0), 0, next);
            change = (long)before - _beforeMark[judged];
            _beforeMark[judged] = before;
        }

        _totals[ReputationColumn.Judged + judged] += change;
    }

    /// <summary>The sum over the window that ends at an instant, or at the newest send if that is later.</summary>
    public long Sum(int column, long nowTicks)
    {
        if (column >= columns) return 0;
        var first = Math.Max(FirstOf(nowTicks), 0);
        var judged = ReputationColumn.JudgedIndex(column);
        long sum;
        if (judged < 0)
        {
            sum = 0;
            for (var at = first; at <= _head; at++) sum += Cell(at, column);
            return sum;
        }

        sum = _totals[judged];
        if (nowTicks < _headTicks + _bucketTicks) return sum;
        if (first > _head) return 0;
        for (var at = Math.Max(_head - length + 1, 0); at < first; at++) sum -= Cell(at, column);
        return sum;
    }

    /// <summary>As <see cref="Sum"/>, only of what was sent at or after the mark; 0 for columns that are not judged.</summary>
    public long SumSinceMark(int column, long nowTicks)
    {
        var judged = ReputationColumn.JudgedIndex(column);
        if (judged < 0) return 0;
        if (nowTicks >= _headTicks + _bucketTicks && _markBucket < FirstOf(nowTicks)) return Sum(column, nowTicks);

        // Whatever has aged out by now is older than the mark.
        return _totals[judged] - _totals[ReputationColumn.Judged + judged];
    }

    /// <summary>Separates what was sent before the instant from what is sent from then on.</summary>
    public void Mark(long ticks)
    {
        _markTicks = ticks;
        _markBucket = ticks / _bucketTicks;
        _beforeMark = new uint[ReputationColumn.Judged];
        if (IsHeld(_markBucket))
            for (var judged = 0; judged < _beforeMark.Length; judged++)
                _beforeMark[judged] = Cell(_markBucket, ReputationColumn.OfJudged(judged));
        SumBeforeMark();
    }

    public void WriteTo(ref SnapshotWriter writer)
    {
        writer.Write((ulong)(_head + 1));
        for (var age = 0; age < length && age <= _head; age++) writer.WriteRow(_cells.AsSpan(Offset(_head - age), columns), age);
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
            reader.ReadRow(_cells.AsSpan(Offset(_head - age), columns));
        }

        for (var judged = 0; judged < ReputationColumn.Judged; judged++)
            for (var cell = ReputationColumn.OfJudged(judged); cell < _cells.Length; cell += columns) _totals[judged] += _cells[cell];
        if (markTicks < 0) return;
        _markTicks = markTicks;
        _markBucket = markTicks / _bucketTicks;
        _beforeMark = new uint[ReputationColumn.Judged];
        for (var row = -1; reader.TryReadAge(ref row, 1);) ReadBeforeMark(ref reader);

        // More before the mark than there is at all would make judged sums negative.
        for (var judged = 0; judged < _beforeMark.Length; judged++)
            if (_beforeMark[judged] > (IsHeld(_markBucket) ? Cell(_markBucket, ReputationColumn.OfJudged(judged)) : 0))
                throw SnapshotReader.Malformed();
        SumBeforeMark();
    }

    private void ReadBeforeMark(ref SnapshotReader reader)
    {
        if (!reader.IsFirstVersion)
        {
            reader.ReadRow(_beforeMark);
            return;
        }

        Span<uint> row = stackalloc uint[ReputationColumn.OfFirstVersion];
        reader.ReadRow(row);
        for (var judged = 0; judged < _beforeMark!.Length; judged++) _beforeMark[judged] = row[ReputationColumn.OfJudged(judged)];
    }

    private long FirstOf(long nowTicks) => Math.Max(nowTicks / _bucketTicks, _head) - length + 1;

    private bool IsHeld(long at) => at <= _head && at > _head - length;

    private void SumBeforeMark()
    {
        for (var judged = 0; judged < ReputationColumn.Judged; judged++)
        {
            var (sum, column) = ((long)_beforeMark![judged], ReputationColumn.OfJudged(judged));
            for (var at = Math.Max(_head - length + 1, 0); at <= _head && at < _markBucket; at++) sum += Cell(at, column);
            _totals[ReputationColumn.Judged + judged] = sum;
        }
    }

    private ref uint Cell(long at, int column) => ref _cells[Offset(at) + column];

    private int Offset(long at) => (int)(at % length) * columns;

    private void Advance(long to)
    {
        if (to - _head >= length)
        {
            Array.Clear(_cells);
            Array.Clear(_totals);
            SetHead(to);
            return;
        }

        for (var at = _head + 1; at <= to; at++)
        {
            // The row still holds the bucket that stood here one turn of the ring ago.
            var row = _cells.AsSpan(Offset(at), columns);
            var isOld = at - length < _markBucket;
            for (var judged = 0; judged < ReputationColumn.Judged; judged++)
            {
                var count = row[ReputationColumn.OfJudged(judged)];
                _totals[judged] -= count;
                if (isOld) _totals[ReputationColumn.Judged + judged] -= count;
                else if (at - length == _markBucket && _beforeMark is not null)
                    _totals[ReputationColumn.Judged + judged] -= _beforeMark[judged];
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
