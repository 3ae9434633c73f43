using System.Text.Json;
using Silo.Core.Trust;
using Silo.Storage;

namespace Silo.Server.Trust;

/// <summary>
/// The queue of reviews: a document for each one that is open, so that it is listed without asking any tenant. The tenant's own events are
/// what holds: a document is written before the event that opens a review and removed after the one that ends it, so a crash leaves one too
/// many, never one too few; <see cref="TrustWatch"/> has it removed.
/// </summary>
public sealed class TrustReviews(IResourceStore store, TimeProvider time)
{
    internal const int MaxScanned = 5_000;
    private const string Prefix = "review:";

    /// <summary>Writes the review, or removes what stands there when it is not open. Called in the turn of its tenant alone.</summary>
    internal async ValueTask Follow(string tenantName, TrustReview? review, CancellationToken cancellationToken)
    {
        var name = Prefix + tenantName;
        var stored = await store.Get(ResourceKind.Trust, name, cancellationToken);
        if (review is not { IsOpen: true })
        {
            if (stored is not null) await store.Delete(ResourceKind.Trust, name, name, cancellationToken);
            return;
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(new TrustReviewDocument(tenantName, review), TrustJson.Default.TrustReviewDocument);
        if (stored is null)
            await store.Create(new NewResource(ResourceKind.Trust, name, name, bytes, time.GetUtcNow(), [], int.MaxValue), cancellationToken);
        else if (!stored.Document.Span.SequenceEqual(bytes))
            await store.Replace(ResourceKind.Trust, name, bytes, stored.Version, cancellationToken);
    }

    /// <summary>
    /// Open reviews in the order of the tenants' names. A page may hold fewer than asked for, or none, and still have a next one: a look goes
    /// through <see cref="MaxScanned"/> at most.
    /// </summary>
    /// <param name="state">Those in this state alone; null for all.</param>
    internal async ValueTask<Page<TrustReviewDocument>> List(
        string? afterTenant, TrustReviewState? state, int pageSize, CancellationToken cancellationToken)
    {
        var (after, found) = (Prefix + afterTenant, new List<TrustReviewDocument>());
        for (var scanned = 0; scanned < MaxScanned;)
        {
            var page = await store.List(ResourceKind.Trust, after, null, pageSize, cancellationToken);
            foreach (var stored in page.Items)
            {
                // What comes behind them are tiers.
                if (!stored.Name.StartsWith(Prefix, StringComparison.Ordinal)) return new Page<TrustReviewDocument>(found, null);
                if (found.Count == pageSize) return new Page<TrustReviewDocument>(found, after[Prefix.Length..]);
                (after, scanned) = (stored.Name, scanned + 1);
                if (Read(stored) is { } review && (state is null || review.Review.State == state)) found.Add(review);
            }

            if (page.Next is null) return new Page<TrustReviewDocument>(found, null);
        }

        return new Page<TrustReviewDocument>(found, after[Prefix.Length..]);
    }

    /// <summary>Null for one of a later release, which shows it; the others are not to be missed for that.</summary>
    private static TrustReviewDocument? Read(StoredResource stored)
    {
        try
        {
            return JsonSerializer.Deserialize(stored.Document.Span, TrustJson.Default.TrustReviewDocument);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal sealed record TrustReviewDocument(string TenantName, TrustReview Review);
