namespace Silo.Storage.Sqlite;

/// <summary>
/// Hands out ids from memory, out of blocks that are reserved on disk beforehand, so that no id repeats even if nothing was
/// stored under it.
/// </summary>
internal sealed class IdReserve
{
    public const int MaxCount = 1_000_000;
    public const long Block = 1L << 24;

    private readonly Writer _writer;
    private readonly Lock _lock = new();
    private long _next;
    private long _reserved;
    private Task? _extension;

    /// <param name="next">The first id that was never reserved.</param>
    /// <param name="reserved">Up to here, exclusive, the file knows that ids are given out.</param>
    public IdReserve(Writer writer, long next, long reserved) => (_writer, _next, _reserved) = (writer, next, reserved);

    /// <summary>Waits for the disk only when half a block went since the last commit of an extension.</summary>
    public long Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        var first = Interlocked.Add(ref _next, count) - count;
        while (first + count > Volatile.Read(ref _reserved) - Block / 2)
        {
            var extension = Extend();
            if (first + count <= Volatile.Read(ref _reserved)) break;
            extension.GetAwaiter().GetResult();
        }

        return first;
    }

    private Task Extend()
    {
        lock (_lock)
        {
            if (_extension is { IsCompleted: false } running) return running;
            var to = Volatile.Read(ref _next) + Block;
            return _extension = _writer.Change(-1, batch =>
            {
                batch.SetMeta("ids", to);
                batch.AfterCommit(() => Volatile.Write(ref _reserved, to));
                return true;
            }, CancellationToken.None);
        }
    }
}
