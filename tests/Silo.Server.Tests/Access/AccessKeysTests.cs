using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Server.Access;
using Silo.Server.Accounts;
using Silo.Server.Tests.Egress;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.Access;

public sealed class AccessKeysTests : IAsyncLifetime
{
    private const string Id = "AKIATEST000000000001";
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory = Directory.CreateTempSubdirectory("silo-keys-").FullName;
    private readonly HostileTimeProvider _time = new(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));
    private ISiloStore _store = null!;
    private SecretProtection _protection = null!;

    private string Ring => Path.Combine(_directory, "ring");

    public async Task InitializeAsync()
    {
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = _directory }, TimeProvider.System, default);
        _store = Assert.IsType<StoreOpening.Opened>(opening).Store;
        _protection = new SecretProtection(new KeyRingFiles(Ring), _time);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_change_holds_at_once_where_it_is_made_and_elsewhere_within_two_seconds()
    {
        var documents = Documents(_protection);
        var (here, there) = (Keys(documents), Keys(documents));
        Assert.Null(await here.Find(Id, default));
        Assert.Null(await there.Find(Id, default));
        var document = new CredentialDocument(CredentialKind.Tenant, documents.Protect(Id, "secret"), _time.GetUtcNow()) { TenantName = "acme" };
        await documents.Create(Id, document, default);
        here.Forget(Id);
        Assert.Equal("secret", (await here.Find(Id, default))!.Secret);
        Assert.Null(await there.Find(Id, default));
        _time.Advance(AccessKeys.MaxAge);
        var found = (await there.Find(Id, default))!;
        Assert.Equal((CredentialKind.Tenant, "acme", true, "secret"), (found.Kind, found.TenantName, found.IsEnabled, found.Secret));

        await documents.Replace(Id, document with { IsDisabled = true }, 1, default);
        here.Forget(Id);
        Assert.False((await here.Find(Id, default))!.IsEnabled);
        Assert.True((await there.Find(Id, default))!.IsEnabled);
        _time.Advance(AccessKeys.MaxAge);
        Assert.False((await there.Find(Id, default))!.IsEnabled);

        await documents.Delete(Id, default);
        _time.Advance(AccessKeys.MaxAge);
        Assert.Null(await there.Find(Id, default));
    }

    [Fact]
    public async Task What_was_read_before_a_change_is_not_kept_behind_it()
    {
        var resources = new HookedResources(_store.Resources);
        var documents = Documents(_protection, resources);
        var keys = Keys(documents);
        var document = new CredentialDocument(CredentialKind.Operator, documents.Protect(Id, "secret"), _time.GetUtcNow());
        await documents.Create(Id, document, default);
        keys.Forget(Id);
        resources.AfterGet = async () =>
        {
            await documents.Replace(Id, document with { IsDisabled = true }, 1, default);
            keys.Forget(Id);
        };
        await keys.Find(Id, default);
        Assert.Null(resources.AfterGet);
        Assert.False((await keys.Find(Id, default))!.IsEnabled);
    }

    [Fact]
    public async Task A_key_that_was_rotated_is_valid_until_its_instant_and_not_at_it()
    {
        var documents = Documents(_protection);
        var keys = Keys(documents);
        var end = _time.GetUtcNow().AddSeconds(1);
        await documents.Create(
            Id, new CredentialDocument(CredentialKind.Operator, documents.Protect(Id, "secret"), _time.GetUtcNow()) { EndsAt = end }, default);
        Assert.True((await keys.Find(Id, default))!.IsEnabled);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.True((await keys.Find(Id, default))!.IsEnabled);
        // From memory: the instant does not wait for the next look.
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False((await keys.Find(Id, default))!.IsEnabled);
    }

    [Fact]
    public void Secrets_are_bound_to_their_key_and_the_ring_is_for_its_owner_alone()
    {
        var hidden = _protection.Protect(Id, "a secret of somebody");
        Assert.Equal("a secret of somebody", _protection.Unprotect(Id, hidden));
        Assert.Null(_protection.Unprotect("AKIATEST000000000002", hidden));
        hidden[^1] ^= 1;
        Assert.Null(_protection.Unprotect(Id, hidden));
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(Own | UnixFileMode.UserExecute, File.GetUnixFileMode(Ring));
        foreach (var file in Directory.GetFiles(Ring)) Assert.Equal(Own, File.GetUnixFileMode(file));
        Assert.NotEmpty(Directory.GetFiles(Ring));
    }

    [Fact]
    public void A_ring_in_the_store_serves_all_silos_of_it_and_nobody_else()
    {
        var one = new SecretProtection(new KeyRingDocuments(_store.Resources, _time), _time);
        var other = new SecretProtection(new KeyRingDocuments(_store.Resources, _time), _time);
        var byOne = one.Protect(Id, "x");
        Assert.Equal("x", other.Unprotect(Id, byOne));
        var byOther = other.Protect(Id, "y");
        Assert.Equal("y", one.Unprotect(Id, byOther));
        Assert.Null(new SecretProtection(new KeyRingFiles(Ring), _time).Unprotect(Id, byOther));
    }

    [Fact]
    public async Task A_key_whose_ring_is_lost_is_refused_and_a_policy_that_cannot_be_read_allows_nothing()
    {
        var documents = Documents(_protection);
        var document = new CredentialDocument(CredentialKind.Tenant, documents.Protect(Id, "secret"), _time.GetUtcNow());
        await documents.Create(Id, document with { Policy = """{"Statement":{"Effect":"Allow","NewThing":1}}""" }, default);
        Assert.Empty((await Keys(documents).Find(Id, default))!.Statements!);
        var lost = Documents(new SecretProtection(new KeyRingFiles(Path.Combine(_directory, "empty")), _time));
        Assert.Null(await Keys(lost).Find(Id, default));
    }

    [Fact]
    public async Task Ids_that_cannot_be_ones_are_not_looked_up_and_guesses_push_no_key_out()
    {
        var documents = Documents(_protection);
        var keys = Keys(documents);
        foreach (var id in new[] { "", "short", "~operator", "~tenant:acme000000000", new string('A', 129), "AKIA 00000000000001" })
            Assert.Null(await keys.Find(id, default));
        await documents.Create(Id, new CredentialDocument(CredentialKind.Operator, documents.Protect(Id, "s"), _time.GetUtcNow()), default);
        Assert.NotNull(await keys.Find(Id, default));
        await documents.Delete(Id, default);
        for (var i = 0; i < 200; i++) Assert.Null(await keys.Find($"GUESS{i:D15}", default));
        // Still from memory, so nothing pushed it out.
        Assert.NotNull(await keys.Find(Id, default));
    }

    [Fact]
    public async Task The_root_key_in_a_database_is_encrypted_and_one_of_a_release_before_is_still_read()
    {
        using var random = RandomNumberGenerator.Create();
        var first = await RootKey.Load(null, null, _store.Resources, random, _time, default, _protection);
        var stored = await _store.Resources.Get(ResourceKind.Account, "root-key", default);
        Assert.DoesNotContain(first.Key.Secret, System.Text.Encoding.UTF8.GetString(stored!.Document.Span));
        Assert.Equal(first.Key, (await RootKey.Load(null, null, _store.Resources, random, _time, default, _protection)).Key);
        var elsewhere = new SecretProtection(new KeyRingFiles(Path.Combine(_directory, "empty")), _time);
        await Assert.ThrowsAsync<InvalidDataException>(
            async () => await RootKey.Load(null, null, _store.Resources, random, _time, default, elsewhere));

        await _store.Resources.Delete(ResourceKind.Account, "root-key", "root-key", default);
        var plain = await RootKey.Load(null, null, _store.Resources, random, _time, default);
        Assert.Equal(plain.Key, (await RootKey.Load(null, null, _store.Resources, random, _time, default, _protection)).Key);
    }

    private AccessKeys Keys(CredentialDocuments documents) =>
        new(RootKey.Load("AKIAROOT000000000001", "root", _directory, RandomNumberGenerator.Create()), documents, _time);

    private CredentialDocuments Documents(SecretProtection protection, IResourceStore? resources = null) => new(
        resources ?? _store.Resources, protection, new Arns("us-east-1", "000000000000"), _time, NullLogger<CredentialDocuments>.Instance);
}
