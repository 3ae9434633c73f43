using System.Security.Cryptography;
using Silo.Server.Accounts;
using Xunit;

namespace Silo.Server.Tests.Accounts;

public sealed class AccessKeysTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-keys-").FullName;
    private readonly RandomNumberGenerator _random = RandomNumberGenerator.Create();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_first_start_makes_a_key_that_only_the_owner_can_read_and_later_ones_find_it()
    {
        var first = AccessKeys.Load(null, null, _directory, _random);
        Assert.True(first.IsNew);
        Assert.Matches("^AKIA[A-Z2-7]{16}$", first.Root.Id);
        Assert.Equal(40, first.Root.Secret.Length);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_directory, "root-key.json")));

        var second = AccessKeys.Load(null, null, _directory, _random);
        Assert.False(second.IsNew);
        Assert.Equal(first.Root, second.Root);
        Assert.Single(Directory.GetFiles(_directory));
    }

    [Fact]
    public void A_configured_key_leaves_no_file_and_half_of_one_is_refused()
    {
        var keys = AccessKeys.Load("AKIDX", "secret", _directory, _random);
        Assert.Equal("secret", keys.Find("AKIDX")!.Secret);
        Assert.Null(keys.Find("akidx"));
        Assert.Empty(Directory.GetFiles(_directory));
        Assert.Throws<InvalidDataException>(() => AccessKeys.Load("AKIDX", null, _directory, _random));
        Assert.DoesNotContain("secret", keys.Root.ToString());
    }

    [Fact]
    public void A_broken_key_file_stops_the_start_instead_of_being_replaced()
    {
        File.WriteAllText(Path.Combine(_directory, "root-key.json"), "{");
        Assert.Throws<InvalidDataException>(() => AccessKeys.Load(null, null, _directory, _random));
        Assert.Equal("{", File.ReadAllText(Path.Combine(_directory, "root-key.json")));
    }
}
