using Npgsql;

namespace Silo.Storage.Postgres;

/// <summary>Hands out ids from memory, out of blocks that a sequence gives to one process each. The next block is fetched ahead.</summary>
internal sealed class PostgresIdReserve
{
    public const int MaxCount = 1_000_000;

    /// <summary>More than may be asked for at once; a block that has no room for a request is left.</summary>
    public const int BlockBits = 20;

    public const string NextBlock = "SELECT nextval('id_blocks')";

    private readonly NpgsqlDataSource _source;
    private readonly Lock _lock = new();
    private long _next;
    private long _end;
    private long _spare;
    private Task? _fetch;

    public PostgresIdReserve(NpgsqlDataSource source, long firstBlock)
    {
        _source = source;
        (_next, _end) = (Math.Max(1, firstBlock << BlockBits), (firstBlock + 1) << BlockBits);
    }

    /// <summary>Waits for the database only when two blocks went since the last one was fetched.</summary>
    public long Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        while (true)
        {
            Task fetch;
            lock (_lock)
            {
                if (_next + count > _end && _spare != 0) StartSpare();
                if (_next + count <= _end)
                {
                    if (_spare == 0 && _end - _next < 1L << (BlockBits - 1)) Fetch();
                    var first = _next;
                    _next += count;
                    return first;
                }

                fetch = Fetch();
            }

            fetch.GetAwaiter().GetResult();
        }
    }

    /// <summary>
    /// A block that was fetched after a tenant came here from another process, so that the tenant's ids rise whoever gives them out.
    /// </summary>
    public void StartAt(long block)
    {
        lock (_lock)
        {
            if (block << BlockBits < _end) return;
            (_next, _end, _spare) = (block << BlockBits, (block + 1) << BlockBits, _spare > block ? _spare : 0);
        }
    }

    private void StartSpare() => (_next, _end, _spare) = (_spare << BlockBits, (_spare + 1) << BlockBits, 0);

    private Task Fetch()
    {
        if (_fetch is { IsCompleted: false } running) return running;
        return _fetch = Task.Run(async () =>
        {
            try
            {
                await using var command = _source.CreateCommand(NextBlock);
                var block = (long)(await command.ExecuteScalarAsync())!;
                lock (_lock)
                {
                    // One that a claim fetched meanwhile may lie above it.
                    if (block << BlockBits >= _end) _spare = block;
                }
            }
            catch (NpgsqlException e)
            {
                throw new StorageException($"No ids could be reserved: {e.Message}", e);
            }
        });
    }
}
