using Silo.Server.Accounts;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Accounts;

public sealed class AccountResourcesTests : IAsyncLifetime
{
    private static readonly Arns Arns = new("us-east-1", "123456789012");
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-account-").FullName;
    private readonly HostileTimeProvider _time = new();
    private ISiloStore _store = null!;
    private AccountResources _here = null!;
    private AccountResources _elsewhere = null!;

    public async Task InitializeAsync()
    {
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = _directory }, TimeProvider.System, CancellationToken.None);
        _store = ((StoreOpening.Opened)opening).Store;
        _here = new AccountResources(_store.Resources, Arns, _time);
        _elsewhere = new AccountResources(_store.Resources, Arns, _time);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_identity_of_an_address_goes_before_that_of_its_domain_and_that_before_a_parents()
    {
        await Create("example.com");
        Assert.Equal("example.com", await Found("ann@mail.Example.com"));
        await Create("mail.example.com");
        Assert.Equal("mail.example.com", await Found("ann@mail.Example.com"));
        await Create("ann@mail.example.com");
        Assert.Equal("ann@mail.example.com", await Found("ann@mail.Example.com"));
        Assert.Equal("mail.example.com", await Found("Ann@mail.example.com"));
        Assert.Equal("example.com", await Found("\"odd local\"@example.com"));
        Assert.Null(await Found("ann@badexample.com"));
        Assert.Null(await Found("ann@com"));
        Assert.Null(await Found("ann"));
    }

    [Fact]
    public async Task A_change_made_elsewhere_is_seen_after_five_seconds_and_ones_own_at_once()
    {
        Assert.True((await _here.GetSettings(CancellationToken.None)).SendingEnabled);
        await _elsewhere.ChangeSettings(s => s with { SendingEnabled = false }, CancellationToken.None);
        Assert.True((await _here.GetSettings(CancellationToken.None)).SendingEnabled);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.False((await _here.GetSettings(CancellationToken.None)).SendingEnabled);
        await _here.ChangeSettings(s => s with { SendingEnabled = true }, CancellationToken.None);
        Assert.True((await _here.GetSettings(CancellationToken.None)).SendingEnabled);
    }

    [Fact]
    public async Task Writers_at_the_same_set_lose_no_change()
    {
        await _here.Create(new ConfigurationSet { Name = "set", CreatedAt = _time.GetUtcNow() }, [], CancellationToken.None);
        await _elsewhere.GetConfigurationSet("set", CancellationToken.None);
        await _here.Change("set", s => s with { SendingOptions = new SendingOptions(false) }, CancellationToken.None);
        await _elsewhere.Change("set", s => s with { DeliveryOptions = new DeliveryOptions("REQUIRE", null, null) }, CancellationToken.None);
        var set = (await _elsewhere.GetConfigurationSet("set", CancellationToken.None))!;
        Assert.False(set.SendingEnabled);
        Assert.Equal("REQUIRE", set.DeliveryOptions!.TlsPolicy);
        Assert.Equal(ResourceChange.NotFound, await _here.Change("none", s => s, CancellationToken.None));
    }

    [Fact]
    public async Task The_switches_of_the_account_can_be_set_whatever_else_is_kept_of_it()
    {
        await new AccountUsage(_store.Resources, _time, incarnation: null).Save(CancellationToken.None);
        Assert.Equal(ResourceChange.Done, await _here.ChangeSettings(s => s with { SendingEnabled = false }, CancellationToken.None));
        Assert.False((await _here.GetSettings(CancellationToken.None)).SendingEnabled);
    }

    [Fact]
    public async Task Settings_that_an_earlier_release_wrote_have_the_defaults_of_what_it_did_not_know()
    {
        var older = new NewResource(
            ResourceKind.Account, "account", Arns.Account, """{"SendingEnabled":false,"SuppressedReasons":[]}"""u8.ToArray(), _time.GetUtcNow(), [], 1);
        await _store.Resources.Create(older, CancellationToken.None);
        var settings = await _here.GetSettings(CancellationToken.None);
        Assert.Equal((false, true), (settings.SendingEnabled, settings.AutoWarmupEnabled));
    }

    private async Task<string?> Found(string address) => (await _here.FindIdentityFor(address, CancellationToken.None))?.Name;

    private async Task Create(string name) => await _here.Create(
        new EmailIdentity
        {
            Name = name, CreatedAt = _time.GetUtcNow(), VerificationStatus = "SUCCESS",
            Dkim = new DkimSettings { SigningEnabled = false, Status = "NOT_STARTED", Origin = "AWS_SES" },
        },
        [], CancellationToken.None);
}
