using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;
using Silo.Storage;

namespace Silo.Server.PublicWeb;

/// <summary>A key that links are signed with.</summary>
/// <param name="Id">1 to 255; it stands in links.</param>
/// <param name="SignsFrom">Before it other silos may not know the key yet, so none signs with it.</param>
internal sealed record LinkKey(byte Id, byte[] Secret, DateTimeOffset SignsFrom);

/// <summary>
/// The keys of the links in mail: one document, the same for all silos of a store. The newest signs, all are believed. Loaded before mail
/// is taken, and looked at again each minute, so that a new key is known everywhere before it signs. Stored encrypted by the server's ring;
/// what an earlier release stored as it is becomes so with the next key, or at once where no other silo could be of that release.
/// </summary>
/// <param name="isAlone">No other silo reads what this one stores.</param>
internal sealed partial class LinkKeys(
    IResourceStore store, IDataProtectionProvider protection, RandomNumberGenerator random, TimeProvider time, bool isAlone,
    ILogger<LinkKeys> log)
{
    /// <summary>With one more, the oldest goes and its links are dead: at one rotation a year that is a lifetime.</summary>
    public const int MaxKeys = 32;

    public static readonly TimeSpan RefreshEvery = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan SignsAfter = TimeSpan.FromMinutes(5);

    private const string Name = "link-keys";
    private const int SecretBytes = 32;

    private const string Purpose = "Silo.LinkKeys";

    private readonly IDataProtector _protector = protection.CreateProtector(Purpose);
    private volatile IReadOnlyList<LinkKey> _keys = [];
    private int _told;

    /// <summary>The newest that signs already; the oldest while none does; null before <see cref="Load"/>.</summary>
    public LinkKey? Signing(DateTimeOffset now)
    {
        var keys = _keys;
        for (var i = keys.Count - 1; i >= 0; i--)
            if (keys[i].SignsFrom <= now) return keys[i];
        return keys is [var first, ..] ? first : null;
    }

    public LinkKey? Find(byte id)
    {
        foreach (var key in _keys)
            if (key.Id == id) return key;
        return null;
    }

    /// <summary>Takes up the keys that are stored, and makes the first when there is none.</summary>
    /// <exception cref="StorageException">The store cannot be reached.</exception>
    public async Task Load(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await store.Get(ResourceKind.LinkKeys, Name, cancellationToken) is { } stored)
            {
                var keys = Read(stored);
                if (isAlone && keys.Any(k => k.Secret is not null)
                    && !await Write(keys, stored.Version, cancellationToken)) continue;
                var readable = Open(keys);
                if (readable.Count > 0)
                {
                    _keys = readable;
                    return;
                }

                // With the ring all of them are lost, and their links: mail goes on with a new one.
                await Add(keys, signsFrom: time.GetUtcNow(), stored.Version, cancellationToken);
                continue;
            }

            // It has no ARN; what stands in its place only has to be its own. When another silo was first, its key is the one.
            var first = Json([Seal(new StoredLinkKey(1, NewSecret(), time.GetUtcNow()))]);
            await store.Create(new NewResource(ResourceKind.LinkKeys, Name, Name, first, time.GetUtcNow(), [], 1), cancellationToken);
        }
    }

    /// <summary>Adds a key, which signs from five minutes on; the links of the others stay good.</summary>
    /// <exception cref="StorageException">The store cannot be reached.</exception>
    public async Task Rotate(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Load(cancellationToken);
            var stored = (await store.Get(ResourceKind.LinkKeys, Name, cancellationToken))!;
            if (!await Add(Read(stored), time.GetUtcNow() + SignsAfter, stored.Version, cancellationToken)) continue;
            await Load(cancellationToken);
            return;
        }
    }

    private async ValueTask<bool> Add(StoredLinkKey[] keys, DateTimeOffset signsFrom, long version, CancellationToken cancellationToken)
    {
        var id = (byte)(keys[^1].Id % byte.MaxValue + 1);
        StoredLinkKey[] next = [.. keys.Where(k => k.Id != id).TakeLast(MaxKeys - 1), new StoredLinkKey(id, NewSecret(), signsFrom)];
        return await Write(next, version, cancellationToken);
    }

    private ValueTask<bool> Write(StoredLinkKey[] keys, long version, CancellationToken cancellationToken) =>
        store.Replace(ResourceKind.LinkKeys, Name, Json([.. keys.Select(Seal)]), version, cancellationToken);

    private StoredLinkKey Seal(StoredLinkKey key) =>
        key.Secret is null ? key : key with { Secret = null, Sealed = _protector.CreateProtector(IdOf(key)).Protect(key.Secret) };

    /// <summary>Those that can be read: of the others the log says so once.</summary>
    private List<LinkKey> Open(StoredLinkKey[] keys)
    {
        var open = new List<LinkKey>(keys.Length);
        foreach (var key in keys)
        {
            try
            {
                open.Add(new LinkKey(key.Id, key.Secret ?? _protector.CreateProtector(IdOf(key)).Unprotect(key.Sealed!), key.SignsFrom));
            }
            catch (CryptographicException e)
            {
                if (Interlocked.Exchange(ref _told, 1) == 0) LogUnreadable(e);
            }
        }

        return open;
    }

    // A secret cannot be put in the place of another.
    private static string IdOf(StoredLinkKey key) => key.Id.ToString(CultureInfo.InvariantCulture);

    private byte[] NewSecret()
    {
        var secret = new byte[SecretBytes];
        random.GetBytes(secret);
        return secret;
    }

    private static StoredLinkKey[] Read(StoredResource stored) =>
        [.. JsonSerializer.Deserialize(stored.Document.Span, LinkKeyJson.Default.StoredLinkKeyArray)!];

    private static byte[] Json(StoredLinkKey[] keys) => JsonSerializer.SerializeToUtf8Bytes(keys, LinkKeyJson.Default.StoredLinkKeyArray);

    [LoggerMessage(4625, LogLevel.Error, "Keys of links cannot be read: their links are dead until the key ring is back")]
    private partial void LogUnreadable(Exception exception);

    /// <param name="Secret">As an earlier release stored it; null for one that is encrypted.</param>
    private sealed record StoredLinkKey(byte Id, byte[]? Secret, DateTimeOffset SignsFrom)
    {
        public byte[]? Sealed { get; init; }
    }

    [JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(StoredLinkKey[]))]
    private sealed partial class LinkKeyJson : JsonSerializerContext;
}
