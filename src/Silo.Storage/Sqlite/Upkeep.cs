using Silo.Storage.Writing;

namespace Silo.Storage.Sqlite;

/// <summary>What runs each second beside the work: watches the free disk, empties an idle log, tries a failed store again, trims events.</summary>
internal sealed class Upkeep : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetentionInterval = TimeSpan.FromHours(1);

    private readonly Writer _writer;
    private readonly Checkpointer _checkpointer;
    private readonly Retention _retention;
    private readonly SqliteStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private Task _trial = Task.CompletedTask;
    private Task _trim = Task.CompletedTask;
    private long _trimmedAt;
    private volatile bool _diskNearlyFull;
    private volatile bool _stopped;

    public Upkeep(Writer writer, Checkpointer checkpointer, Retention retention, SqliteStoreOptions options, TimeProvider time)
    {
        (_writer, _checkpointer, _retention, _options, _time) = (writer, checkpointer, retention, options, time);
        WatchDisk();
        _trim = Quietly(_retention.Run(CancellationToken.None));
        _trimmedAt = time.GetTimestamp();
        _timer = time.CreateTimer(_ => Tick(), null, Interval, Interval);
    }

    public bool DiskNearlyFull => _diskNearlyFull;

    public async ValueTask DisposeAsync()
    {
        _stopped = true;
        await _timer.DisposeAsync();
        await _trial;
        await _trim;
    }

    private void Tick()
    {
        if (_stopped) return;
        WatchDisk();
        _checkpointer.Tick();
        // A store that failed is asked with the smallest write there is, since nobody else will write to it.
        if (_writer.LastBatchFailed && _trial.IsCompleted)
            _trial = Quietly(_writer.Change(ControlPlane.Line, _ => true, CancellationToken.None));
        if (_trim.IsCompleted && _time.GetElapsedTime(_trimmedAt) >= RetentionInterval)
        {
            _trimmedAt = _time.GetTimestamp();
            _trim = Quietly(_retention.Run(CancellationToken.None));
        }
    }

    private void WatchDisk()
    {
        try
        {
            _diskNearlyFull = new DriveInfo(Path.GetFullPath(_options.Directory)).AvailableFreeSpace < _options.MinFreeDiskBytes;
        }
        catch (IOException)
        {
            _diskNearlyFull = true;
        }
    }

    /// <summary>A failure shows in <see cref="Writer.LastBatchFailed"/>; the next tick tries again.</summary>
    private static async Task Quietly(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception e) when (e is StorageException or ObjectDisposedException)
        {
        }
    }
}
