namespace Silo.Storage.Sqlite;

/// <summary>Where the embedded store lives and what it may use. Sizes are bytes.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>Created if missing. One process at a time: it is locked while the store is open.</summary>
    public required string Directory { get; init; }

    /// <summary>What one commit may carry before it is cut. A larger single write commits alone. Default 4 MiB.</summary>
    public int MaxBatchBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long a batch may gather while more keeps coming; an empty queue commits at once. Default 10 ms.</summary>
    public TimeSpan MaxBatchTime { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Default 4,096.</summary>
    public int MaxBatchWrites { get; init; } = 4096;

    /// <summary>What may wait in line before <see cref="ISiloStore.AcceptsWrites"/> turns false. Default 256 MiB.</summary>
    public long MaxPendingBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Below this much free disk nothing new is accepted. Default 512 MiB.</summary>
    public long MinFreeDiskBytes { get; init; } = 512L * 1024 * 1024;

    /// <summary>How long events are kept, at least; they go by whole segments. Default 30 days.</summary>
    public TimeSpan EventRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long <see cref="MessageFacts"/> are kept, by whole days of their acceptance. Default 14 days.</summary>
    public TimeSpan FactsRetention { get; init; } = TimeSpan.FromDays(14);

    /// <summary>How long message insights are kept, at least; they go by whole days. Default 30 days.</summary>
    public TimeSpan InsightRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>A segment of the event log ends with its UTC day or at this many events. Default 500,000.</summary>
    public int MaxEventsPerSegment { get; init; } = 500_000;

    /// <summary>
    /// The write-ahead log is brought into the file and started over from about this size; it may grow to twice that while the
    /// writer is busy. Default 64 MiB.
    /// </summary>
    public long WriteAheadLogBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Page cache of the writer. Default 128 MiB.</summary>
    public long WriterCacheBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>Page cache of each reader. Default 8 MiB.</summary>
    public long ReaderCacheBytes { get; init; } = 8L * 1024 * 1024;

    /// <summary>Connections for reads, 1 to 64; further reads wait. Default 4.</summary>
    public int Readers { get; init; } = 4;

    /// <summary>
    /// How much of the file readers map into memory. Default 0: an I/O error on a mapped page ends the process, one on a read does not.
    /// </summary>
    public long MemoryMapBytes { get; init; }
}
