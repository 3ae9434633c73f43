using Dapper;
using Microsoft.Data.Sqlite;

namespace Silo.Storage.Sqlite;

/// <summary>Opens connections to <c>silo.db</c> with the settings that durability and speed were measured with.</summary>
internal sealed class DatabaseFile(SqliteStoreOptions options)
{
    private const int PageBytes = 16 * 1024;
    private const int BusyTimeoutMs = 5_000;

    public string Path { get; } = System.IO.Path.Combine(options.Directory, "silo.db");

    public SqliteStoreOptions Options => options;

    /// <summary>The one connection that writes. It never checkpoints: that would stall commits.</summary>
    public SqliteConnection OpenWriter()
    {
        var connection = Open(SqliteOpenMode.ReadWriteCreate, options.WriterCacheBytes);
        try
        {
            // The page size counts only before the first page is written.
            connection.Execute($"PRAGMA page_size = {PageBytes}");
            connection.Execute("PRAGMA journal_mode = WAL");
            connection.Execute("PRAGMA synchronous = FULL");
            connection.Execute("PRAGMA wal_autocheckpoint = 0");
            connection.Execute("PRAGMA foreign_keys = ON");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public SqliteConnection OpenCheckpointer()
    {
        var connection = Open(SqliteOpenMode.ReadWrite, PageBytes * 16);
        connection.Execute("PRAGMA synchronous = FULL");
        connection.Execute("PRAGMA wal_autocheckpoint = 0");
        return connection;
    }

    public SqliteConnection OpenReader()
    {
        var connection = Open(SqliteOpenMode.ReadOnly, options.ReaderCacheBytes);
        connection.Execute($"PRAGMA mmap_size = {options.MemoryMapBytes}");
        return connection;
    }

    private SqliteConnection Open(SqliteOpenMode mode, long cacheBytes)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = Path, Mode = mode, Pooling = false };
        var connection = new SqliteConnection(settings.ToString());
        try
        {
            connection.Open();
            // A reader that finds the index of the log half written looks again under the writer's lock: for microseconds, but without this
            // a batch that begins in them fails.
            connection.Execute($"PRAGMA busy_timeout = {BusyTimeoutMs}");
            connection.Execute("PRAGMA temp_store = MEMORY");
            connection.Execute($"PRAGMA cache_size = -{cacheBytes / 1024}");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
