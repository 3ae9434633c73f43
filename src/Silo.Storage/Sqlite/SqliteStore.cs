using Dapper;
using Microsoft.Data.Sqlite;

namespace Silo.Storage.Sqlite;

/// <summary>The embedded store: one file beside the program, one process at a time.</summary>
public static class SqliteStore
{
    /// <summary>
    /// Opens the store of a directory, and creates it or brings it to this program's version first. What an operator can cause is
    /// returned, not thrown.
    /// </summary>
    public static async ValueTask<StoreOpening> Open(SqliteStoreOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        Validate(options);
        // Reads the end of the log, which may take a second: not on the caller's thread.
        return await Task.Run(() => OpenHere(options, time), cancellationToken);
    }

    private static StoreOpening OpenHere(SqliteStoreOptions options, TimeProvider time)
    {
        DirectoryLock? directoryLock = null;
        SqliteConnection? connection = null;
        BatchWriter? batchWriter = null;
        try
        {
            Directory.CreateDirectory(options.Directory);
            directoryLock = DirectoryLock.TryTake(options.Directory);
            if (directoryLock is null)
                return Refuse(StoreRefusal.InUse,
                    $"Data directory {options.Directory} is in use by {DirectoryLock.DescribeHolder(options.Directory)}.");

            var file = new DatabaseFile(options);
            connection = file.OpenWriter();
            if (SqliteMigrations.Apply(connection, time) is { } refusal) return refusal;
            var ids = ReserveIds(connection);
            var incarnation = NextIncarnation(connection);
            var lag = new SnapshotLag();
            batchWriter = new BatchWriter(connection, lag, options, time);
            var store = new SqliteSiloStore(directoryLock, file, batchWriter, lag, ids, incarnation, time);
            (directoryLock, connection, batchWriter) = (null, null, null);
            return new StoreOpening.Opened(store);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            return Refuse(StoreRefusal.Unusable, $"Data directory {options.Directory} cannot be used: {e.Message}");
        }
        finally
        {
            batchWriter?.Dispose();
            connection?.Dispose();
            directoryLock?.Dispose();
        }
    }

    private static (long Next, long Reserved) ReserveIds(SqliteConnection connection)
    {
        var next = Math.Max(1, connection.ExecuteScalar<long>("SELECT value FROM meta WHERE name = 'ids'"));
        var reserved = next + IdReserve.Block;
        connection.Execute("UPDATE meta SET value = @reserved WHERE name = 'ids'", new { reserved });
        return (next, reserved);
    }

    private static long NextIncarnation(SqliteConnection connection) =>
        connection.ExecuteScalar<long>("UPDATE meta SET value = value + 1 WHERE name = 'incarnations' RETURNING value");

    private static StoreOpening.Refused Refuse(StoreRefusal reason, string message) => new(reason, message);

    private static void Validate(SqliteStoreOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Directory);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxBatchBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxBatchWrites, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxEventsPerSegment, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Readers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Readers, 64);
    }
}
