using Silo.Core.Tenants;

namespace Silo.Core.Trust;

/// <summary>What a person says to a review.</summary>
public enum TrustAnswer
{
    /// <summary>Yes: it moves up, or its mail goes on as it is.</summary>
    Approve = 0,

    /// <summary>No: it stays where it is, or moves one tier down for its rejected mail.</summary>
    Decline = 1,

    /// <summary>Not now: the review stays in the queue.</summary>
    Hold = 2,
}

/// <param name="By">Who decided, 1 to 512 characters.</param>
/// <param name="Note">Why, 1 to 512 characters; null for none.</param>
public sealed record TrustDecision(TrustAnswer Answer, string By, string? Note)
{
    /// <summary>
    /// Of a decline: nobody is asked before. Null for <see cref="TrustRules.DeclinedRest"/> or <see cref="TrustRules.RejectsRest"/>.
    /// </summary>
    public DateTimeOffset? AskAgainAt { get; init; }

    /// <summary>When the review was asked that the person read: it decides no other one. Null decides whichever is open.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>
    /// The event of the decision, not numbered and not applied yet; null when no review is open, or another than the one that was read.
    /// </summary>
    public TenantEvent? Decide(TenantLedger ledger, TrustLadder ladder, DateTimeOffset now)
    {
        if (ledger.Trust is not { Review: { IsOpen: true } review } trust) return null;
        // Told outside to the millisecond.
        if (AskedAt is { } asked && asked.ToUnixTimeMilliseconds() != review.AskedAt.ToUnixTimeMilliseconds()) return null;
        var state = Answer switch
        {
            TrustAnswer.Approve => TrustReviewState.Approved,
            TrustAnswer.Decline => TrustReviewState.Declined,
            _ => TrustReviewState.Held,
        };
        trust = trust with { Review = review with { State = state, DecidedAt = now, By = By, Note = Note } };
        var next = (Answer, review.Reason) switch
        {
            (TrustAnswer.Approve, TrustReviewReason.Promotion) => Up(ledger, ladder, trust, review, now),
            (TrustAnswer.Decline, TrustReviewReason.Promotion) => trust with { AskAgainAt = AskAgainAt ?? now + TrustRules.DeclinedRest },
            (TrustAnswer.Approve, _) => trust with { RejectsAskAgainAt = now + TrustRules.RejectsRest },
            (TrustAnswer.Decline, _) =>
                Down(ledger, ladder, trust, now) with { RejectsAskAgainAt = AskAgainAt ?? now + TrustRules.RejectsRest },
            _ => trust,
        };
        return TrustRules.EventOf(TenantEventKind.ReviewDecided, next, Note ?? $"{state} by {By}.", now);
    }

    private static TenantTrust Up(
        TenantLedger ledger, TrustLadder ladder, TenantTrust trust, TrustReview review, DateTimeOffset now) =>
        (review.ToTier is { } name ? ladder.Find(name) : null) is { } target ? TrustRules.Moved(ledger, trust, target, now) : trust;

    private static TenantTrust Down(TenantLedger ledger, TrustLadder ladder, TenantTrust trust, DateTimeOffset now) =>
        trust.Tier is { } tier && ladder.Below(tier.Rank) is { } below ? TrustRules.Moved(ledger, trust, below, now) : trust;
}
