using Dapper;
using Microsoft.Data.Sqlite;
using Silo.Core.Contacts;
using Silo.Storage.Sqlite;
using Silo.Testing;

namespace Silo.Storage.Tests.Sqlite;

public sealed class SqliteOpeningTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-opening-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_directory_in_use_is_refused_with_the_process_that_holds_it()
    {
        await using var first = Assert.IsType<StoreOpening.Opened>(await Open()).Store;

        var refused = Assert.IsType<StoreOpening.Refused>(await Open());

        Assert.Equal(StoreRefusal.InUse, refused.Reason);
        Assert.Equal($"Data directory {_directory} is in use by process {Environment.ProcessId}.", refused.Message);
        await first.DisposeAsync();
        await using var second = Assert.IsType<StoreOpening.Opened>(await Open()).Store;
    }

    [Fact]
    public async Task A_batch_waits_while_a_reader_that_repairs_the_index_holds_the_writers_lock()
    {
        await using var store = Assert.IsType<StoreOpening.Opened>(await Open()).Store;
        using var other = new SqliteConnection($"Data Source={Path.Combine(_directory, "silo.db")};Pooling=False");
        other.Open();
        other.Execute("BEGIN IMMEDIATE");
        var optOut = new OptOut("ann@example.net", DateTimeOffset.UnixEpoch, null);

        var writing = store.OptOuts.Add("acme", optOut, default).AsTask();
        // Time enough to fail in; a batch that has not tried yet finds the lock free, and proves nothing.
        await Task.WhenAny(writing, Task.Delay(TimeSpan.FromMilliseconds(300)));
        Assert.False(writing.IsCompleted);
        other.Execute("ROLLBACK");

        await writing;
    }

    [Fact]
    public async Task A_file_of_a_newer_program_is_refused_and_left_as_it_is()
    {
        await OpenAndClose();
        Execute("INSERT INTO schema_version VALUES (99, '0099_later', 'x', 0)");

        var refused = Assert.IsType<StoreOpening.Refused>(await Open());

        Assert.Equal(StoreRefusal.NewerSchema, refused.Reason);
        Assert.Contains($"schema version 99; this program knows versions up to {SqliteMigrations.KnownVersion}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_that_differs_from_the_applied_one_is_refused()
    {
        await OpenAndClose();
        Execute("UPDATE schema_version SET checksum = 'x'");

        Assert.Equal(StoreRefusal.ChangedMigration, Assert.IsType<StoreOpening.Refused>(await Open()).Reason);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        File.WriteAllText(Path.Combine(_directory, "silo.db"), new string('x', 100_000));

        Assert.Equal(StoreRefusal.Unusable, Assert.IsType<StoreOpening.Refused>(await Open()).Reason);
    }

    [Fact]
    public async Task The_file_is_made_with_the_settings_that_were_measured()
    {
        await OpenAndClose();
        Assert.Equal((16384, "wal"), (Query<long>("PRAGMA page_size"), Query<string>("PRAGMA journal_mode")));
    }

    private ValueTask<StoreOpening> Open() =>
        SqliteStore.Open(new() { Directory = _directory, MinFreeDiskBytes = 0 }, new HostileTimeProvider(), default);

    private async Task OpenAndClose() => await Assert.IsType<StoreOpening.Opened>(await Open()).Store.DisposeAsync();

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_directory, "silo.db")};Pooling=False");
        connection.Execute(sql);
    }

    private T Query<T>(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_directory, "silo.db")};Pooling=False");
        return connection.ExecuteScalar<T>(sql)!;
    }
}
