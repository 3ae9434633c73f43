using Silo.Storage.Sqlite;
using Silo.Storage.Tests.Contract;
using Silo.Testing;

namespace Silo.Storage.Tests.Sqlite;

/// <summary>A store in a directory of its own, which goes with the test.</summary>
internal sealed class SqliteUnderTest(HostileTimeProvider time, Func<SqliteStoreOptions, SqliteStoreOptions>? configure = null) : IStoreUnderTest
{
    private readonly string _root = Directory.CreateTempSubdirectory("silo-store-").FullName;
    private int _lives;

    public ISiloStore Store => Sqlite;

    public SqliteSiloStore Sqlite { get; private set; } = null!;

    public string DataDirectory { get; private set; } = "";

    public SqliteStoreOptions Options
    {
        get
        {
            var options = new SqliteStoreOptions { Directory = DataDirectory, MinFreeDiskBytes = 0, MaxEventsPerSegment = 40 };
            return configure is null ? options : configure(options);
        }
    }

    public async Task<SqliteUnderTest> Start()
    {
        NextDirectory();
        Sqlite = await Open();
        return this;
    }

    public async Task Restart()
    {
        await Sqlite.DisposeAsync();
        Sqlite = await Open();
    }

    public async Task Crash()
    {
        var before = Sqlite;
        NextDirectory();
        before.CopyFiles(DataDirectory);
        await before.DisposeAsync();
        Sqlite = await Open();
    }

    public async ValueTask DisposeAsync()
    {
        await Sqlite.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private void NextDirectory()
    {
        DataDirectory = Path.Combine(_root, $"{_lives++}");
        Directory.CreateDirectory(DataDirectory);
    }

    private async Task<SqliteSiloStore> Open() =>
        (SqliteSiloStore)Assert.IsType<StoreOpening.Opened>(await SqliteStore.Open(Options, time, default)).Store;
}
