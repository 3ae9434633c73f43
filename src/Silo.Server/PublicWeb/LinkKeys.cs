using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Silo.Storage;

namespace Silo.Server.PublicWeb;

/// <summary>A key that links are signed with.</summary>
/// <param name="Id">1 to 255; it stands in links.</param>
/// <param name="SignsFrom">Before it other silos may not know the key yet, so none signs with it.</param>
internal sealed record LinkKey(byte Id, byte[] Secret, DateTimeOffset SignsFrom);

/// <summary>
/// The keys of the links in mail: one document, the same for all silos of a store. The newest signs, all are believed. Loaded before mail
/// is taken, and looked at again each minute, so that a new key is known everywhere before it signs.
/// </summary>
internal sealed partial class LinkKeys(IResourceStore store, RandomNumberGenerator random, TimeProvider time)
{
    /// <summary>With one more, the oldest goes and its links are dead: at one rotation a year that is a lifetime.</summary>
    public const int MaxKeys = 32;

    public static readonly TimeSpan RefreshEvery = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan SignsAfter = TimeSpan.FromMinutes(5);

    private const string Name = "link-keys";
    private const int SecretBytes = 32;

    private volatile IReadOnlyList<LinkKey> _keys = [];

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
                _keys = Read(stored);
                return;
            }

            // It has no ARN; what stands in its place only has to be its own. When another silo was first, its key is the one.
            var first = Json([new LinkKey(1, NewSecret(), time.GetUtcNow())]);
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
            var stored = await store.Get(ResourceKind.LinkKeys, Name, cancellationToken);
            var keys = Read(stored!);
            var id = (byte)(keys[^1].Id % byte.MaxValue + 1);
            LinkKey[] next = [.. keys.Where(k => k.Id != id).TakeLast(MaxKeys - 1), new(id, NewSecret(), time.GetUtcNow() + SignsAfter)];
            if (!await store.Replace(ResourceKind.LinkKeys, Name, Json(next), stored!.Version, cancellationToken)) continue;
            _keys = next;
            return;
        }
    }

    private byte[] NewSecret()
    {
        var secret = new byte[SecretBytes];
        random.GetBytes(secret);
        return secret;
    }

    private static LinkKey[] Read(StoredResource stored) =>
        [.. JsonSerializer.Deserialize(stored.Document.Span, LinkKeyJson.Default.LinkKeyArray)!];

    private static byte[] Json(LinkKey[] keys) => JsonSerializer.SerializeToUtf8Bytes(keys, LinkKeyJson.Default.LinkKeyArray);

    [JsonSerializable(typeof(LinkKey[]))]
    private sealed partial class LinkKeyJson : JsonSerializerContext;
}
