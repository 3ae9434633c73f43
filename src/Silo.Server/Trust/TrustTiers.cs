using System.Text.Json;
using System.Text.Json.Serialization;
using Silo.Core.Trust;
using Silo.Storage;

namespace Silo.Server.Trust;

/// <summary>
/// The trust tiers of the account: one stored document, so that ranks and the default are decided in one place, which all silos follow
/// (<see cref="TrustWatch"/>). Safe for several threads.
/// </summary>
public sealed partial class TrustTiers(IResourceStore store, TimeProvider time, ILogger<TrustTiers> logger)
{
    internal const string DocumentName = "tiers";
    private const int MaxWriteAttempts = 5;

    private readonly SemaphoreSlim _following = new(1);
    private volatile TrustLadder? _current;
    private (DateTimeOffset CreatedAt, long Version)? _followed;

    /// <summary>As this silo knows them; null before it has asked for the first time, when nothing is to be decided.</summary>
    public TrustLadder? Current => _current;

    /// <summary>As they are stored now.</summary>
    public async ValueTask<TrustLadder> Read(CancellationToken cancellationToken) =>
        await store.Get(ResourceKind.Trust, DocumentName, cancellationToken) is { } stored ? LadderOf(stored) : TrustLadder.Empty;

    /// <summary>
    /// Creates a tier or replaces it, its revision aside. Its tenants go by it with their next mail, or when they are asked for.
    /// </summary>
    internal ValueTask<TrustTierChange> Put(TrustTier tier, CancellationToken cancellationToken) => Change(
        ladder =>
        {
            var others = ladder.Tiers.Where(t => t.Name != tier.Name).ToList();
            if (others.Any(t => t.Rank == tier.Rank)) return (TrustTierChange.RankTaken, null);
            if (others.Count == TrustLadder.MaxTiers) return (TrustTierChange.LimitReached, null);
            if (tier.IsDefault && others.Any(t => t.IsDefault)) return (TrustTierChange.OtherDefault, null);
            return (TrustTierChange.Done, [.. others, tier]);
        },
        tier.Name, cancellationToken);

    /// <summary>Deletes a tier: its tenants come to the next one below, else to the one above, with the same delay.</summary>
    internal ValueTask<TrustTierChange> Delete(string name, CancellationToken cancellationToken) => Change(
        ladder => ladder.Find(name) is null
            ? (TrustTierChange.NotFound, null)
            : (TrustTierChange.Done, [.. ladder.Tiers.Where(t => t.Name != name)]),
        null, cancellationToken);

    /// <summary>Takes up what is stored.</summary>
    public async ValueTask Follow(CancellationToken cancellationToken)
    {
        await _following.WaitAsync(cancellationToken);
        try
        {
            var stored = await store.Get(ResourceKind.Trust, DocumentName, cancellationToken);
            if (stored is null) _current ??= TrustLadder.Empty;
            else if (_followed != (stored.CreatedAt, stored.Version)) Take(stored);
        }
        finally
        {
            _following.Release();
        }
    }

    private void Take(StoredResource stored)
    {
        _followed = (stored.CreatedAt, stored.Version);
        try
        {
            _current = LadderOf(stored);
        }
        catch (JsonException e)
        {
            // Of a later release, which then decides about its tenants.
            LogNotReadable(e);
        }
    }

    private async ValueTask<TrustTierChange> Change(
        Func<TrustLadder, (TrustTierChange Result, IReadOnlyList<TrustTier>? Tiers)> change, string? changed,
        CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxWriteAttempts; attempt++)
        {
            var stored = await store.Get(ResourceKind.Trust, DocumentName, cancellationToken);
            var document = stored is null ? new TrustTiersDocument(0, []) : Parse(stored);
            var (result, tiers) = change(new TrustLadder(document.Tiers));
            if (tiers is null) return result;
            // The count goes on when a tier is deleted: one that is made anew under its name is another.
            var revision = document.Revision + 1;
            var next = new TrustTiersDocument(revision, [.. tiers.Select(t => t.Name == changed ? t with { Revision = revision } : t)]);
            var bytes = JsonSerializer.SerializeToUtf8Bytes(next, TrustJson.Default.TrustTiersDocument);
            var done = stored is null
                // It has no ARN; what stands in its place only has to be its own.
                ? await store.Create(
                    new NewResource(ResourceKind.Trust, DocumentName, "trust-tiers", bytes, time.GetUtcNow(), [], int.MaxValue),
                    cancellationToken) == ResourceCreation.Created
                : await store.Replace(ResourceKind.Trust, DocumentName, bytes, stored.Version, cancellationToken);
            if (!done) continue;
            await Follow(cancellationToken);
            return TrustTierChange.Done;
        }

        return TrustTierChange.Contended;
    }

    private static TrustLadder LadderOf(StoredResource stored)
    {
        var document = Parse(stored);
        return new TrustLadder(document.Tiers, document.Revision);
    }

    private static TrustTiersDocument Parse(StoredResource stored) =>
        JsonSerializer.Deserialize(stored.Document.Span, TrustJson.Default.TrustTiersDocument)!;

    [LoggerMessage(2061, LogLevel.Warning, "Trust tiers of a later release cannot be read; those before stay in force here")]
    private partial void LogNotReadable(Exception exception);
}

internal enum TrustTierChange
{
    Done,
    NotFound,
    RankTaken,
    OtherDefault,
    LimitReached,

    /// <summary>Others kept writing at the same time; nothing was changed.</summary>
    Contended,
}

/// <param name="Revision">One more with each change of any tier.</param>
internal sealed record TrustTiersDocument(long Revision, IReadOnlyList<TrustTier> Tiers);

/// <summary>How tiers and reviews are stored. Additions must be optional, so that the previous release can read them.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(TrustTiersDocument))]
[JsonSerializable(typeof(TrustReviewDocument))]
internal sealed partial class TrustJson : JsonSerializerContext;
