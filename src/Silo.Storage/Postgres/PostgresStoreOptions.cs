namespace Silo.Storage.Postgres;

/// <summary>Which database, and what the store may use of it. Sizes are bytes.</summary>
public sealed record PostgresStoreOptions
{
    /// <summary>Of Npgsql. Several hosts are a primary and its standbys: whichever takes writes is used.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Where other silos reach this one; opaque to the store.</summary>
    public string Address { get; init; } = "";

    /// <summary>One process alone uses the database: opening is refused while another one lives.</summary>
    public bool Exclusive { get; init; }

    /// <summary>How long this process is waited for after it was last heard of. Default 10 s.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How much earlier it holds itself for ended. Default 1 s; less than <see cref="LeaseTime"/>.</summary>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Default 1 s; less than half of what lease and margin leave.</summary>
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Out of reach of the database for so long, this incarnation gives up for good. Default 25 s.</summary>
    public TimeSpan CutOffAfter { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How long a claim waits for the present owner. Default 15 s.</summary>
    public TimeSpan ClaimTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>What one commit may carry before it is cut. A larger single write commits alone. Default 4 MiB.</summary>
    public int MaxBatchBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long a batch may gather while more keeps coming; an empty queue commits at once. Default 10 ms.</summary>
    public TimeSpan MaxBatchTime { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Default 4,096.</summary>
    public int MaxBatchWrites { get; init; } = 4096;

    /// <summary>What may wait in line before <see cref="ISiloStore.AcceptsWrites"/> turns false. Default 256 MiB.</summary>
    public long MaxPendingBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>How long events are kept, at least; they go by whole days. Default 30 days.</summary>
    public TimeSpan EventRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long <see cref="MessageFacts"/> are kept, by whole days of their acceptance. Default 14 days.</summary>
    public TimeSpan FactsRetention { get; init; } = TimeSpan.FromDays(14);

    /// <summary>How long message insights are kept, at least; they go by whole days. Default 30 days.</summary>
    public TimeSpan InsightRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Several hosts in the connection string mean that a standby may take over. Without a synchronous one that loses what was
    /// acknowledged last, and is refused unless this is set.
    /// </summary>
    public bool AllowAsynchronousStandby { get; init; }

    /// <summary>
    /// Connections for reads, 1 to 256; further reads wait. Twelve more serve writing, the lease, claims, notices and upkeep. Default 16.
    /// </summary>
    public int Readers { get; init; } = 16;
}
