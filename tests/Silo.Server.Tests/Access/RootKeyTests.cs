using System.Security.Cryptography;
using Silo.Server.Access;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Xunit;

namespace Silo.Server.Tests.Access;

public sealed class RootKeyTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-keys-").FullName;
    private readonly RandomNumberGenerator _random = RandomNumberGenerator.Create();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_first_start_makes_a_key_that_only_the_owner_can_read_and_later_ones_find_it()
    {
        var first = RootKey.Load(null, null, _directory, _random);
        Assert.True(first.IsNew);
        Assert.Matches("^AKIA[A-Z2-7]{16}$", first.Key.Id);
        Assert.Equal(40, first.Key.Secret.Length);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_directory, "root-key.json")));

        var second = RootKey.Load(null, null, _directory, _random);
        Assert.False(second.IsNew);
        Assert.Equal(first.Key, second.Key);
        Assert.Single(Directory.GetFiles(_directory));
    }

    [Fact]
    public void A_configured_key_leaves_no_file_and_half_of_one_is_refused()
    {
        var keys = RootKey.Load("AKIDX", "secret", _directory, _random);
        Assert.Equal(new AccessKey("AKIDX", "secret"), keys.Key);
        Assert.Empty(Directory.GetFiles(_directory));
        Assert.Throws<InvalidDataException>(() => RootKey.Load("AKIDX", null, _directory, _random));
        Assert.DoesNotContain("secret", keys.Key.ToString());
    }

    [Fact]
    public void A_broken_key_file_stops_the_start_instead_of_being_replaced()
    {
        File.WriteAllText(Path.Combine(_directory, "root-key.json"), "{");
        Assert.Throws<InvalidDataException>(() => RootKey.Load(null, null, _directory, _random));
        Assert.Equal("{", File.ReadAllText(Path.Combine(_directory, "root-key.json")));
    }

    [Fact]
    public async Task Silos_of_one_database_share_the_key_that_the_first_of_them_made()
    {
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = _directory }, TimeProvider.System, default);
        await using var store = Assert.IsType<StoreOpening.Opened>(opening).Store;
        var starts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            Task.Run(async () => await RootKey.Load(null, null, store.Resources, _random, TimeProvider.System, default))));
        Assert.Single(starts, keys => keys.IsNew);
        Assert.Single(starts.Select(keys => keys.Key).Distinct());
        Assert.Equal("secret", (await RootKey.Load("AKIDX", "secret", store.Resources, _random, TimeProvider.System, default)).Key.Secret);
    }
}
