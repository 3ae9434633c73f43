using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

/// <summary>The parts of an open store, and the order in which they stop.</summary>
internal sealed class SqliteSiloStore : ISiloStore
{
    private readonly DirectoryLock _lock;
    private readonly WriteQueue _queue;
    private readonly BatchWriter _batchWriter;
    private readonly Checkpointer _checkpointer;
    private readonly ReaderPool _readers;
    private readonly Upkeep _upkeep;
    private readonly SqliteStoreOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _listing;
    private int _disposed;

    public SqliteSiloStore(
        DirectoryLock directoryLock, DatabaseFile file, BatchWriter batchWriter, SnapshotLag lag, (long Next, long Reserved) ids,
        long incarnation, TimeProvider time)
    {
        (_lock, _batchWriter, _options) = (directoryLock, batchWriter, file.Options);
        var tickets = new TicketBook();
        _queue = new WriteQueue(tickets);
        _readers = new ReaderPool(file);
        _checkpointer = new Checkpointer(file.OpenCheckpointer(), _options);
        Writer = new Writer(_queue, tickets, batchWriter, _checkpointer, _options, time);
        Retention = new Retention(Writer, lag, _options, time);
        Spool = new SqliteSpool(Writer, tickets, new IdReserve(Writer, ids.Next, ids.Reserved), _readers, ids.Next);
        Tenants = new SqliteTenantStore(Writer, _readers, lag, ids.Next);
        Ownership = new SqliteOwnership(incarnation);
        Events = new SqliteEventLog(_readers);
        Resources = new SqliteResourceStore(Writer, _readers);
        Suppressions = new SqliteSuppressionStore(Writer, _readers, batchWriter.Listed);
        Contacts = new SqliteContactStore(Writer, _readers);
        OptOuts = new SqliteOptOutStore(Writer, _readers);
        Notices = new SqliteNoticeStore(Writer, _readers);
        RollUps = new SqliteRollUpStore(_readers);
        Insights = new SqliteInsightStore(Writer, _readers);
        Exports = new SqliteExportStore(Writer, _readers);
        Audit = new SqliteAuditLog(Writer, _readers);
        Addresses = new SqliteAddressStore(Writer, _readers);
        _checkpointer.Start();
        Writer.Start();
        _listing = batchWriter.Listed.Load(_readers, _stopping.Token);
        _upkeep = new Upkeep(Writer, _checkpointer, Retention, _options, time);
    }

    public ISpool Spool { get; }

    public ITenantStore Tenants { get; }

    public IEventLog Events { get; }

    public IResourceStore Resources { get; }

    public ISuppressionStore Suppressions { get; }

    public INoticeStore Notices { get; }

    public IRollUpStore RollUps { get; }

    public IInsightStore Insights { get; }

    public IExportStore Exports { get; }

    public IAuditLog Audit { get; }

    public IContactStore Contacts { get; }

    public IOptOutStore OptOuts { get; }

    public IOwnership Ownership { get; }

    public IAddressStore Addresses { get; }

    public bool AcceptsWrites => WriteRefusal is null;

    public string? WriteRefusal =>
        _upkeep.DiskNearlyFull ? $"less than {_options.MinFreeDiskBytes >> 20} MiB of disk are free in {_options.Directory}"
        : Writer.LastBatchFailed ? "the last write to the disk failed"
        : _queue.PendingBytes >= _options.MaxPendingBytes ? "the disk does not keep up with what comes in"
        : null;

    internal Writer Writer { get; }

    internal Retention Retention { get; }

    internal ReaderPool Readers => _readers;

    internal ListedAddresses Listed => _batchWriter.Listed;

    /// <summary>Ends when <see cref="Listed"/> knows all lists.</summary>
    internal Task ListsRead => _listing;

    /// <summary>Copies the files between two commits: what a crash at that instant would leave.</summary>
    internal void CopyFiles(string directory) => _checkpointer.Gate.WhileHeld(() =>
    {
        foreach (var name in new[] { "silo.db", "silo.db-wal" })
        {
            var path = Path.Combine(_options.Directory, name);
            if (File.Exists(path)) File.Copy(path, Path.Combine(directory, name));
        }
    });

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _stopping.CancelAsync();
        await _listing;
        await _upkeep.DisposeAsync();
        Writer.Stop();
        _checkpointer.Dispose();
        _readers.Dispose();
        _stopping.Dispose();
        // The last connection brings the log into the file and removes it.
        _batchWriter.Dispose();
        _lock.Dispose();
    }
}
