using Microsoft.Data.Sqlite;
using SQLitePCL;
using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

/// <summary>
/// Applies writes inside one transaction, on the writer's thread. What it keeps in memory besides the file (units in hand, the end
/// of the log) is changed along the way and read again from the file after anything was rolled back; what other threads see
/// (<see cref="SnapshotLag"/>, the ids) changes in <see cref="Publish"/> only.
/// </summary>
internal sealed class BatchWriter : IDisposable
{
    private readonly TimeProvider _time;
    private readonly SnapshotLag _lag;
    private readonly UnitsInHand _inHand;
    private readonly MessageWriter _messages;
    private readonly EventWriter _events;
    private readonly FeedbackMarks _marks;
    private readonly NoticeWriter _notices;
    private readonly RollUpWriter _rollUps;

    private readonly SendKeyWriter _sends;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _rollback;
    private readonly Statement _savepoint;
    private readonly Statement _undoSavepoint;
    private readonly Statement _releaseSavepoint;
    private readonly Statement _setMeta;
    private readonly List<Action> _afterCommit = [];
    private long _commits;
    private long _snapshotsBehind;
    private bool _memoryIsStale;

    public BatchWriter(SqliteConnection connection, SnapshotLag lag, SqliteStoreOptions options, TimeProvider time)
    {
        Connection = connection;
        (_lag, _time) = (lag, time);
        var database = connection.Handle!;
        _inHand = new UnitsInHand(database);
        _messages = new MessageWriter(database, _inHand);
        _events = new EventWriter(database, lag, options.MaxEventsPerSegment);
        _marks = new FeedbackMarks(database);
        _notices = new NoticeWriter(database);
        _rollUps = new RollUpWriter(database);
        _sends = new SendKeyWriter(database);
        _begin = new(database, "BEGIN IMMEDIATE");
        _commit = new(database, "COMMIT");
        _rollback = new(database, "ROLLBACK");
        _savepoint = new(database, "SAVEPOINT one");
        _undoSavepoint = new(database, "ROLLBACK TO one");
        _releaseSavepoint = new(database, "RELEASE one");
        _setMeta = new(database, "UPDATE meta SET value = ?1 WHERE name = ?2");
        using var meta = new Statement(database, "SELECT value FROM meta WHERE name = ?1");
        _commits = meta.Bind(0, "commits").ReadLong() ?? 0;
        _snapshotsBehind = meta.Bind(0, "snapshots_behind").ReadLong() ?? 0;
        ReadMemory();
        _lag.Rebuild(database, _snapshotsBehind, _commits);
    }

    /// <summary>For changes by the control plane.</summary>
    public SqliteConnection Connection { get; }

    /// <summary>Learns of each address before it stands on a list.</summary>
    public ListedAddresses Listed { get; } = new();

    public EventWriter Events => _events;

    public FeedbackMarks Marks => _marks;

    public NoticeWriter Notices => _notices;

    public RollUpWriter RollUps => _rollUps;

    public SendKeyWriter Sends => _sends;

    public void Begin()
    {
        _begin.Execute();
        if (_memoryIsStale) ReadMemory();
        _events.BeginBatch(DayOf(_time.GetUtcNow()));
    }

    public void Apply(PendingWrite pending)
    {
        if (pending is PendingChange change)
        {
            change.Run(this);
            return;
        }

        var write = pending.Write!;
        if (write.Append is { } append) _messages.Append(write.TenantKey, append, pending.Envelope);
        foreach (var settlement in write.Settlements) _messages.Settle(settlement);
        if (write.Release is { } release) _inHand.Release(release);
        if (write.Events.Count > 0)
        {
            _events.Append(write.TenantKey, write.Events);
            _notices.Write(write.TenantKey, write.Events);
        }

        if (write.Facts is { } facts) _notices.Write(facts);
        if (write.Send is { } send) _sends.Write(write.TenantKey, send);
        if (write.Marks.Count > 0) _marks.Write(write.TenantKey, write.Marks);
        if (write.Snapshot is { } snapshot) _events.Snapshot(write.TenantKey, snapshot);
        if (write.RollUps is { } rollUps) _rollUps.Write(write.TenantKey, rollUps);
        foreach (var (ofTenant, entry) in write.Suppressions) SuppressionChanges.Put(this, ofTenant ? write.TenantKey : 0, entry);
    }

    /// <summary>Applies a write or undoes it alone, and returns why. Throws what concerns the whole batch.</summary>
    public Exception? TryApply(PendingWrite pending)
    {
        var (mark, rollUps, followUps) = (_events.Mark(pending.Line), _rollUps.Mark, _afterCommit.Count);
        _savepoint.Execute();
        try
        {
            Apply(pending);
            _releaseSavepoint.Execute();
            return null;
        }
        catch (Exception e) when (SqliteFailure.IsOfTheWriteAlone(e))
        {
            _undoSavepoint.Execute();
            _releaseSavepoint.Execute();
            _events.Undo(pending.Line, mark);
            _rollUps.Undo(rollUps);
            _afterCommit.RemoveRange(followUps, _afterCommit.Count - followUps);
            _inHand.Read();
            return e;
        }
    }

    public void Commit()
    {
        _rollUps.AddSums();
        SetMeta("commits", _commits + 1);
        if (_lag.TakeProgress() is { } behind && behind > _snapshotsBehind) SetMeta("snapshots_behind", _snapshotsBehind = behind);
        _commit.Execute();
        _commits++;
    }

    /// <summary>Makes the committed batch visible to readers that rely on memory.</summary>
    public void Publish()
    {
        _lag.Publish(_events.Changes, _commits);
        _events.Changes.Clear();
        foreach (var action in _afterCommit) action();
        _afterCommit.Clear();
    }

    public void Rollback()
    {
        _memoryIsStale = true;
        _rollUps.Undo(0);
        _events.Changes.Clear();
        _afterCommit.Clear();
        // SQLite has rolled back by itself after some errors (disk full, I/O).
        if (raw.sqlite3_get_autocommit(Connection.Handle!) == 0) _rollback.Execute();
    }

    /// <summary>Sets a number within the batch.</summary>
    public void SetMeta(string name, long value) => _setMeta.Bind(0, value).Bind(1, name).Execute();

    /// <summary>Runs on the writer's thread once the batch is on disk, and never if it is not.</summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);

    /// <summary>Pages that went into the write-ahead log since the last call.</summary>
    public int TakePagesWritten()
    {
        const int CacheWrite = 9; // SQLITE_DBSTATUS_CACHE_WRITE
        raw.sqlite3_db_status(Connection.Handle!, CacheWrite, out var pages, out _, 1);
        return pages;
    }

    public void Dispose()
    {
        Statement[] own = [_begin, _commit, _rollback, _savepoint, _undoSavepoint, _releaseSavepoint, _setMeta];
        foreach (var statement in own) statement.Dispose();
        _events.Dispose();
        _marks.Dispose();
        _notices.Dispose();
        _rollUps.Dispose();
        _sends.Dispose();
        _messages.Dispose();
        _inHand.Dispose();
        Connection.Dispose();
    }

    private void ReadMemory()
    {
        _inHand.Read();
        _events.ReadEnd();
        _memoryIsStale = false;
    }

    private static int DayOf(DateTimeOffset instant) => (int)(instant.UtcTicks / TimeSpan.TicksPerDay);
}
