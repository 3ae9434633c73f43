using System.Text;
using Silo.Storage.Tests.Contract;
using Silo.Testing;

namespace Silo.Storage.Tests.Sqlite;

public sealed class SqliteAddressTests : AddressContract
{
    private SqliteUnderTest _sqlite = null!;

    protected override async Task<IStoreUnderTest> Open(HostileTimeProvider time) => _sqlite = await new SqliteUnderTest(time).Start();

    // All bytes of the files, also those of pages that are free.
    protected override async Task<IReadOnlyList<string>> FindRaw(string text)
    {
        await Restart();
        var found = new List<string>();
        foreach (var file in Directory.EnumerateFiles(_sqlite.DataDirectory, "silo.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes);
            if (bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0) found.Add(file);
        }

        return found;
    }
}
