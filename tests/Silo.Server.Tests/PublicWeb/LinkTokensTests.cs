using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Server.PublicWeb;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.PublicWeb;

public sealed class LinkTokensTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-links-").FullName;
    private readonly HostileTimeProvider _time = new();
    private IDataProtectionProvider _ring = new EphemeralDataProtectionProvider();
    private ISiloStore _store = null!;

    public async Task InitializeAsync()
    {
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = _directory, MinFreeDiskBytes = 0 }, TimeProvider.System, default);
        _store = ((StoreOpening.Opened)opening).Store;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_token_is_read_back_by_every_silo_of_the_store_and_for_its_own_purpose_alone()
    {
        var (writer, reader) = (await Tokens(), await Tokens());
        for (var seed = 0; seed < 200; seed++)
        {
            var payload = new byte[new Random(seed).Next(0, 300)];
            new Random(seed).NextBytes(payload);
            var token = writer.Write(LinkPurpose.Click, payload);
            Assert.True(reader.TryRead(LinkPurpose.Click, token, out var read) && read.AsSpan().SequenceEqual(payload), $"seed {seed}");
            Assert.False(reader.TryRead(LinkPurpose.Unsubscribe, token, out _), $"seed {seed}");
        }
    }

    [Fact]
    public async Task A_token_with_any_character_changed_or_missing_is_none()
    {
        var tokens = await Tokens();
        var token = tokens.Write(LinkPurpose.Unsubscribe, "hello"u8);
        for (var i = 0; i < token.Length; i++)
        {
            Assert.False(tokens.TryRead(LinkPurpose.Unsubscribe, token.AsSpan(0, i), out _));
            foreach (var c in "AB_-9=%/")
            {
                var other = token[..i] + c + token[(i + 1)..];
                Assert.Equal(other == token, tokens.TryRead(LinkPurpose.Unsubscribe, other, out _));
            }
        }

        Assert.False(tokens.TryRead(LinkPurpose.Unsubscribe, token + "A", out _));
        Assert.False(tokens.TryRead(LinkPurpose.Unsubscribe, " " + token, out _));
        Assert.False(tokens.TryRead(LinkPurpose.Unsubscribe, new string('A', 100_000), out _));
    }

    [Fact]
    public async Task The_longest_payload_makes_a_token_within_the_limit_and_a_longer_one_none()
    {
        var tokens = await Tokens();
        var token = tokens.Write(LinkPurpose.Open, new byte[LinkTokens.MaxPayloadBytes]);
        Assert.InRange(token.Length, LinkTokens.MaxCharacters - 4, LinkTokens.MaxCharacters);
        Assert.True(tokens.TryRead(LinkPurpose.Open, token, out _));
        Assert.Throws<ArgumentException>(() => tokens.Write(LinkPurpose.Open, new byte[LinkTokens.MaxPayloadBytes + 1]));
    }

    [Fact]
    public async Task A_new_key_signs_once_all_silos_know_it_and_the_old_ones_links_stay_good()
    {
        var keys = await Keys();
        var (here, there) = (new LinkTokens(keys, _time), await Tokens());
        var old = here.Write(LinkPurpose.Unsubscribe, "a"u8);
        await keys.Rotate(default);
        // A silo that has not looked since does not know the key: nothing may be signed by it yet.
        Assert.True(there.TryRead(LinkPurpose.Unsubscribe, here.Write(LinkPurpose.Unsubscribe, "b"u8), out _));
        _time.Advance(LinkKeys.SignsAfter + TimeSpan.FromSeconds(1));
        var young = here.Write(LinkPurpose.Unsubscribe, "c"u8);
        Assert.False(there.TryRead(LinkPurpose.Unsubscribe, young, out _));
        var later = await Tokens();
        Assert.True(later.TryRead(LinkPurpose.Unsubscribe, young, out _));
        Assert.True(later.TryRead(LinkPurpose.Unsubscribe, old, out var payload));
        Assert.Equal("a", Encoding.ASCII.GetString(payload));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_an_earlier_release_stored_as_it_is_becomes_encrypted_when_no_silo_of_it_reads_it(bool isAlone)
    {
        const string secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        var plain = Encoding.UTF8.GetBytes($$"""[{"Id":7,"Secret":"{{secret}}","SignsFrom":"2020-01-01T00:00:00+00:00"}]""");
        await _store.Resources.Create(new NewResource(ResourceKind.LinkKeys, "link-keys", "link-keys", plain, _time.GetUtcNow(), [], 1), default);
        var keys = await Keys(isAlone);
        var token = new LinkTokens(keys, _time).Write(LinkPurpose.Click, "x"u8);
        Assert.Equal(!isAlone, (await Stored()).Contains(secret, StringComparison.Ordinal));
        await keys.Rotate(default);
        Assert.DoesNotContain(secret, await Stored(), StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", await Stored(), StringComparison.Ordinal);
        Assert.True((await Tokens()).TryRead(LinkPurpose.Click, token, out _));
    }

    [Fact]
    public async Task When_the_ring_is_lost_old_links_are_dead_and_mail_goes_on_with_a_new_key()
    {
        var token = (await Tokens()).Write(LinkPurpose.Click, "x"u8);
        _ring = new EphemeralDataProtectionProvider();
        var tokens = await Tokens();
        Assert.False(tokens.TryRead(LinkPurpose.Click, token, out _));
        Assert.True((await Tokens()).TryRead(LinkPurpose.Click, tokens.Write(LinkPurpose.Click, "y"u8), out _));
    }

    private async Task<string> Stored() =>
        Encoding.UTF8.GetString((await _store.Resources.Get(ResourceKind.LinkKeys, "link-keys", default))!.Document.Span);

    private async Task<LinkTokens> Tokens() => new(await Keys(), _time);

    private async Task<LinkKeys> Keys(bool isAlone = true)
    {
        var keys = new LinkKeys(_store.Resources, _ring, RandomNumberGenerator.Create(), _time, isAlone, NullLogger<LinkKeys>.Instance);
        await keys.Load(default);
        return keys;
    }
}
