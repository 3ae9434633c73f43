using Silo.Server.Delivery;
using Silo.Storage;

namespace Silo.Server.Feedback;

/// <summary>What became of one entry.</summary>
internal enum EntryResult
{
    Stored,

    /// <summary>The reference is of no form of ours, or its signature is not.</summary>
    Forged,

    /// <summary>It is about mail that was accepted more than 60 days ago.</summary>
    Expired,

    /// <summary>No such unit has left, as far as the log goes back.</summary>
    NotFound,

    /// <summary>It can be told again.</summary>
    NotStored,
}

/// <summary>Which unit, and what is told of it.</summary>
/// <param name="Reference">The value of its X-Silo-Ref; null where message id and recipient say it.</param>
internal sealed record FeedbackEntry(
    string? Reference, string? MessageId, string? Recipient, FeedbackVerdict Verdict, string? ComplaintType);

/// <summary>Takes outcomes that other programs tell with our credentials: each entry for itself.</summary>
internal sealed class FeedbackEntries(
    ReferenceCodec codec, FeedbackTies ties, UnitFinder finder, ITenantStore tenants, FeedbackIntake intake, TimeProvider time)
{
    public async ValueTask<IReadOnlyList<EntryResult>> Take(IReadOnlyList<FeedbackEntry> entries, CancellationToken cancellationToken)
    {
        var results = new EntryResult[entries.Count];
        var found = new List<(int Index, DeliveryFeedback Feedback)>();
        for (var i = 0; i < entries.Count; i++)
        {
            (var feedback, results[i]) = await Find(entries[i], cancellationToken);
            if (feedback is not null) found.Add((i, feedback with { ComplaintType = entries[i].ComplaintType }));
            else intake.Count(FeedbackSource.Api, results[i].ToString());
        }

        // Tenant by tenant, so that one that cannot be told does not keep the others from it.
        foreach (var ofTenant in found.GroupBy(f => f.Feedback.TenantName, StringComparer.Ordinal))
        {
            var isStored = await intake.Store(FeedbackSource.Api, [.. ofTenant.Select(f => f.Feedback)], cancellationToken);
            foreach (var (index, _) in ofTenant) results[index] = isStored ? EntryResult.Stored : EntryResult.NotStored;
        }

        return results;
    }

    private async ValueTask<(DeliveryFeedback?, EntryResult)> Find(FeedbackEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Reference is { } text)
        {
            var reading = codec.ReadLong(text, time.GetUtcNow(), out var reference);
            if (reading != ReferenceReading.Valid)
                return (null, reading == ReferenceReading.Expired ? EntryResult.Expired : EntryResult.Forged);
            var (feedback, word) = await ties.Tie(reference!, [], entry.Verdict, cancellationToken);
            return (feedback, word == FeedbackTies.Busy ? EntryResult.NotStored : EntryResult.NotFound);
        }

        var unit = await finder.Find(
            entry.MessageId!, r => r.Equals(entry.Recipient, StringComparison.OrdinalIgnoreCase), cancellationToken);
        if (unit is null || await tenants.FindName(unit.TenantKey, cancellationToken) is not { } name) return (null, EntryResult.NotFound);
        return (new DeliveryFeedback(name, entry.MessageId!, unit.Recipient, unit.SentAt, entry.Verdict.Kind)
        {
            TenantKey = unit.TenantKey, Previous = unit.Left,
            BounceSubType = entry.Verdict.BounceSubType, Diagnostic = entry.Verdict.Diagnostic,
        }, EntryResult.NotFound);
    }
}
