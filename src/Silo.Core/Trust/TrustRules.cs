using System.Globalization;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;

namespace Silo.Core.Trust;

/// <summary>
/// Which tier a tenant belongs into, by its ledger, the tiers and an instant: nothing is remembered of earlier looks, so a look that was
/// missed is made up for by the next one. What is decided is an event, which carries what it decides.
/// </summary>
public static class TrustRules
{
    /// <summary>Of what was accepted in a week: above it, by its lower bound, a person is asked.</summary>
    public const double MaxRejectShare = 0.05;

    /// <summary>Recipients rejected in a week before anybody is asked.</summary>
    public const int RejectFloor = 20;

    /// <summary>How long nobody is asked about rejected mail after a decision: until the week that it was about is over.</summary>
    public static readonly TimeSpan RejectsRest = TimeSpan.FromDays(8);

    /// <summary>How long nobody is asked about a promotion that was declined, if the decision does not say.</summary>
    public static readonly TimeSpan DeclinedRest = TimeSpan.FromDays(30);

    /// <summary>How a tenant that is created now begins; null without a tier for that.</summary>
    public static TenantTrust? Begin(TrustLadder ladder, DateTimeOffset now) => ladder.Default is not { } tier
        ? null
        : new TenantTrust { Tier = tier, Since = now, TierPolicy = PolicyOf(tier), PolicyIsDue = PolicyOf(tier) != "standard" };

    public static TrustEvidence Evidence(TenantLedger ledger, ReputationThresholds thresholds, DateTimeOffset now)
    {
        var (trust, level) = (ledger.Trust, thresholds.ErrorLevelPerWindow);
        var (bounces, resolved) = ledger.Counters.JudgedBounces(ReputationWindow.Week, now.UtcTicks);
        var (complaints, delivered) = ledger.Counters.JudgedComplaints(ReputationWindow.Week, now.UtcTicks);
        var week = ledger.Counters.Volume(ReputationWindow.Week, now);
        var rejected = Math.Min(week.Rejected, week.Sent);
        return new TrustEvidence(
            trust.Since is { } since ? Math.Max(0, (int)(now - since).TotalDays) : 0,
            Math.Max(0, ledger.Delivered - trust.DeliveredBefore),
            ledger.Standing.OpenFindings.Count(f => f.Type != FindingType.Volume), bounces, resolved, BetaBounds.Upper(bounces, resolved, level),
            complaints, delivered, BetaBounds.Upper(complaints, delivered, level), rejected, week.Sent,
            BetaBounds.Lower(rejected, week.Sent, level));
    }

    /// <summary>What a tenant lacks for the next tier, in words; empty when it has earned it, or its tier asks for nothing.</summary>
    public static IReadOnlyList<string> Missing(TenantLedger ledger, TrustEvidence evidence)
    {
        if (ledger.Trust.Tier?.Promotion is not { } asks) return [];
        var missing = new List<string>();
        Require(evidence.Days >= asks.MinDays, $"{evidence.Days} of {asks.MinDays} days in the tier.");
        Require(evidence.Delivered >= asks.MinDelivered, $"{evidence.Delivered} of {asks.MinDelivered} deliveries in the tier.");
        Require(evidence.OpenFindings == 0, $"{evidence.OpenFindings} findings are open.");
        Require(ledger.Standing.MaySend, $"It is paused.");
        Require(
            ledger.Trust.Review is not { IsOpen: true, Reason: TrustReviewReason.Rejects }, $"A person is asked about its rejected mail.");
        Require(asks.MaxBounceRate is null || evidence.BounceUpper < asks.MaxBounceRate,
            $"The bounce rate may be {evidence.BounceUpper:P2}, not below {asks.MaxBounceRate:P2}.");
        Require(asks.MaxComplaintRate is null || evidence.ComplaintUpper < asks.MaxComplaintRate,
            $"The complaint rate may be {evidence.ComplaintUpper:P2}, not below {asks.MaxComplaintRate:P2}.");
        return missing;

        void Require(bool holds, FormattableString lack)
        {
            if (!holds) missing.Add(lack.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>
    /// The next thing to decide about a tenant, not numbered and not applied yet; null when all is as it should be. To be asked again after
    /// each one, and ends after a few.
    /// </summary>
    public static TenantEvent? Next(TenantLedger ledger, TrustLadder ladder, ReputationThresholds thresholds, DateTimeOffset now)
    {
        var trust = ledger.Trust;
        if (trust.Tier is { } tier)
        {
            // Another silo knew a later one.
            if (tier.Revision > ladder.Revision) return null;
            if (ladder.Find(tier.Name) is not { } current)
                return Move(ledger, ladder.Below(tier.Rank + 1) ?? ladder.Above(tier.Rank), $"Tier {tier.Name} does not exist any more.", now);
            if (current.Revision != tier.Revision) return Changed(ledger, current, now);
            if (tier.DemoteOnFinding && ladder.Below(tier.Rank) is { } below && ledger.HighFindings > trust.HighFindingsBefore
                && ledger.Standing.OpenFindings.Any(f => f.Impact == FindingImpact.High && f.Type != FindingType.Volume))
                return Move(ledger, below, LastHigh(ledger)?.Description ?? "A finding HIGH.", now);
        }

        var mayAskForRejects = !(trust.RejectsAskAgainAt > now) && trust.Review is not { IsOpen: true, Reason: TrustReviewReason.Rejects };
        var isEarning = trust.Tier?.Promotion is not null && ladder.Above(trust.Tier.Rank) is not null;
        // Bounds are computed for those alone that they can change something for.
        if (!isEarning && !(mayAskForRejects && ledger.HasRejects)) return null;
        var evidence = Evidence(ledger, thresholds, now);
        if (mayAskForRejects && evidence.Rejected >= RejectFloor && evidence.RejectLower > MaxRejectShare)
            return Asked(ledger, TrustReviewReason.Rejects, null, evidence, now);
        if (!isEarning || Missing(ledger, evidence).Count > 0) return null;
        var above = ladder.Above(trust.Tier!.Rank)!;
        if (!trust.Tier.Promotion!.NeedsReview) return Move(ledger, above, $"Earned by {Earned(evidence)}.", now);
        return trust.Review is { IsOpen: true } || trust.AskAgainAt > now
            ? null
            : Asked(ledger, TrustReviewReason.Promotion, above.Name, evidence, now);
    }

    /// <summary>The tenant comes to another tier, whatever it has shown; null takes it out of all.</summary>
    /// <param name="cause">1 to 512 characters; what is longer is cut off.</param>
    public static TenantEvent Move(TenantLedger ledger, TrustTier? target, string cause, DateTimeOffset now) =>
        EventOf(TenantEventKind.TrustChanged, Moved(ledger, ledger.Trust, target, now), cause, now);

    internal static TenantTrust Moved(TenantLedger ledger, TenantTrust trust, TrustTier? target, DateTimeOffset now) =>
        WithPolicy(ledger, trust, target) with
        {
            Since = target is null ? null : now,
            DeliveredBefore = ledger.Delivered,
            HighFindingsBefore = ledger.HighFindings,
            AskAgainAt = null,
            Review = trust.Review is { IsOpen: true, Reason: TrustReviewReason.Promotion } asked
                ? asked with { State = TrustReviewState.Withdrawn, DecidedAt = now }
                : trust.Review,
        };

    internal static TenantEvent EventOf(TenantEventKind kind, TenantTrust trust, string cause, DateTimeOffset now) => new()
    {
        Kind = kind, At = now, Units = 0, Trust = trust,
        Cause = cause.Length <= TrustReview.MaxTextLength ? cause : cause[..TrustReview.MaxTextLength],
    };

    private static TenantEvent Changed(TenantLedger ledger, TrustTier tier, DateTimeOffset now)
    {
        var next = WithPolicy(ledger, ledger.Trust, tier);
        // A tier that begins to demote does so for what is found from then on.
        if (ledger.Trust.Tier is not { DemoteOnFinding: true }) next = next with { HighFindingsBefore = ledger.HighFindings };
        return EventOf(TenantEventKind.TrustChanged, next, $"Tier {tier.Name} was changed.", now);
    }

    private static TenantEvent Asked(
        TenantLedger ledger, TrustReviewReason reason, string? toTier, TrustEvidence evidence, DateTimeOffset now)
    {
        var review = new TrustReview
        {
            State = TrustReviewState.Open, Reason = reason, AskedAt = now, ToTier = toTier, Evidence = evidence,
        };
        var cause = reason == TrustReviewReason.Promotion
            ? $"Earned by {Earned(evidence)}; a person has to agree."
            : string.Create(
                CultureInfo.InvariantCulture, $"{evidence.Rejected} of {evidence.Accepted} recipients of a week were rejected for content.");
        return EventOf(TenantEventKind.ReviewAsked, ledger.Trust with { Review = review }, cause, now);
    }

    private static string Earned(TrustEvidence evidence) => string.Create(
        CultureInfo.InvariantCulture,
        $"{evidence.Days} days, {evidence.Delivered} deliveries, a bounce rate below {evidence.BounceUpper:P2}");

    /// <summary>
    /// The tier with its policy: to be put in force unless the tenant's is its operator's, which is one that neither a tier gave nor every
    /// tenant begins with.
    /// </summary>
    private static TenantTrust WithPolicy(TenantLedger ledger, TenantTrust trust, TrustTier? tier)
    {
        var holds = NameOf(ledger.Standing);
        if (!trust.PolicyIsDue && holds != (trust.TierPolicy ?? "standard")) return trust with { Tier = tier };
        var wanted = PolicyOf(tier);
        return trust with { Tier = tier, TierPolicy = wanted, PolicyIsDue = wanted != holds };
    }

    private static FindingRecord? LastHigh(TenantLedger ledger) =>
        ledger.FindingHistory.LastOrDefault(f => f.Impact == FindingImpact.High && f.Type != FindingType.Volume);

    private static string PolicyOf(TrustTier? tier) => tier?.Policy ?? "standard";

    private static string NameOf(TenantStanding standing) => standing.Custom?.Name ?? standing.Policy switch
    {
        ReputationPolicy.Strict => "strict",
        ReputationPolicy.None => "none",
        _ => "standard",
    };
}
