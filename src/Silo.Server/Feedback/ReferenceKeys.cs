using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Silo.Storage;

namespace Silo.Server.Feedback;

/// <summary>A key that references are signed with.</summary>
/// <param name="Id">0 to 15: 0 is the stored one, the others are configured.</param>
internal sealed record ReferenceKey(int Id, byte[] Secret);

/// <summary>The keys that references are believed by, of which one signs. Loaded once, before anything is signed or read.</summary>
internal sealed partial class ReferenceKeys(IReadOnlyList<ReferenceKey> configured)
{
    private const string Name = "feedback-keys";
    private const int SecretBytes = 32;

    private volatile IReadOnlyList<ReferenceKey>? _all;

    private IReadOnlyList<ReferenceKey> All => _all ?? configured;

    public static ReferenceKeys Of(FeedbackOptions options) => new([.. options.Keys.Select(k => new ReferenceKey(k.Id, k.Bytes()!))]);

    /// <summary>The one that signs; null until one is known.</summary>
    public ReferenceKey? Signing => All is [var first, ..] ? first : null;

    public ReferenceKey? Find(int id)
    {
        foreach (var key in All)
            if (key.Id == id) return key;
        return null;
    }

    /// <summary>Takes up the key that is stored, for all silos the same, and makes it when there is none yet.</summary>
    public async Task Load(IResourceStore store, RandomNumberGenerator random, DateTimeOffset now, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await store.Get(ResourceKind.FeedbackKeys, Name, cancellationToken) is { } stored)
            {
                var document = JsonSerializer.Deserialize(stored.Document.Span, ReferenceKeyJson.Default.ReferenceKeyDocument);
                _all = [.. configured, new ReferenceKey(0, Convert.FromBase64String(document!.Secret))];
                return;
            }

            var secret = new byte[SecretBytes];
            random.GetBytes(secret);
            var json = JsonSerializer.SerializeToUtf8Bytes(
                new(Convert.ToBase64String(secret)), ReferenceKeyJson.Default.ReferenceKeyDocument);
            // It has no ARN; what stands in its place only has to be its own. When another silo was first, its key is the one.
            await store.Create(new NewResource(ResourceKind.FeedbackKeys, Name, Name, json, now, [], 1), cancellationToken);
        }
    }

    internal sealed record ReferenceKeyDocument(string Secret);

    [JsonSerializable(typeof(ReferenceKeyDocument))]
    private sealed partial class ReferenceKeyJson : JsonSerializerContext;
}
