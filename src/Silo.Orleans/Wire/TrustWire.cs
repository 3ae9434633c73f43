using Orleans;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Core.Trust;
using Silo.Server.Tenants;

namespace Silo.Orleans.Wire;

[GenerateSerializer, Immutable, Alias("silo.TrustPromotion.wire")]
internal struct TrustPromotionWire
{
    [Id(0)] public int MinDays;
    [Id(1)] public long MinDelivered;
    [Id(2)] public double? MaxBounceRate;
    [Id(3)] public double? MaxComplaintRate;
    [Id(4)] public bool NeedsReview;
}

[RegisterConverter]
internal sealed class TrustPromotionConverter : IConverter<TrustPromotion, TrustPromotionWire>
{
    public TrustPromotion ConvertFromSurrogate(in TrustPromotionWire wire) => new()
    {
        MinDays = wire.MinDays, MinDelivered = wire.MinDelivered, MaxBounceRate = wire.MaxBounceRate, MaxComplaintRate = wire.MaxComplaintRate,
        NeedsReview = wire.NeedsReview,
    };

    public TrustPromotionWire ConvertToSurrogate(in TrustPromotion value) => new()
    {
        MinDays = value.MinDays, MinDelivered = value.MinDelivered, MaxBounceRate = value.MaxBounceRate,
        MaxComplaintRate = value.MaxComplaintRate, NeedsReview = value.NeedsReview,
    };
}

[GenerateSerializer, Immutable, Alias("silo.TrustTier.wire")]
internal struct TrustTierWire
{
    [Id(0)] public string Name;
    [Id(1)] public int Rank;
    [Id(2)] public long Revision;
    [Id(3)] public bool IsDefault;
    [Id(4)] public string? Policy;
    [Id(5)] public TenantLimits? Limits;
    [Id(6)] public int? BlastRadius;
    [Id(7)] public ContentCoverage ContentCheck;
    [Id(8)] public bool DemoteOnFinding;
    [Id(9)] public TrustPromotion? Promotion;
}

[RegisterConverter]
internal sealed class TrustTierConverter : IConverter<TrustTier, TrustTierWire>
{
    public TrustTier ConvertFromSurrogate(in TrustTierWire wire) => new()
    {
        Name = wire.Name, Rank = wire.Rank, Revision = wire.Revision, IsDefault = wire.IsDefault, Policy = wire.Policy, Limits = wire.Limits,
        BlastRadius = wire.BlastRadius, ContentCheck = wire.ContentCheck, DemoteOnFinding = wire.DemoteOnFinding, Promotion = wire.Promotion,
    };

    public TrustTierWire ConvertToSurrogate(in TrustTier value) => new()
    {
        Name = value.Name, Rank = value.Rank, Revision = value.Revision, IsDefault = value.IsDefault, Policy = value.Policy,
        Limits = value.Limits, BlastRadius = value.BlastRadius, ContentCheck = value.ContentCheck, DemoteOnFinding = value.DemoteOnFinding,
        Promotion = value.Promotion,
    };
}

[GenerateSerializer, Immutable, Alias("silo.TrustEvidence.wire")]
internal struct TrustEvidenceWire
{
    [Id(0)] public int Days;
    [Id(1)] public long Delivered;
    [Id(2)] public int OpenFindings;
    [Id(3)] public long Bounces;
    [Id(4)] public long BounceVolume;
    [Id(5)] public double BounceUpper;
    [Id(6)] public long Complaints;
    [Id(7)] public long ComplaintVolume;
    [Id(8)] public double ComplaintUpper;
    [Id(9)] public long Rejected;
    [Id(10)] public long Accepted;
    [Id(11)] public double RejectLower;
}

[RegisterConverter]
internal sealed class TrustEvidenceConverter : IConverter<TrustEvidence, TrustEvidenceWire>
{
    public TrustEvidence ConvertFromSurrogate(in TrustEvidenceWire wire) => new(
        wire.Days, wire.Delivered, wire.OpenFindings, wire.Bounces, wire.BounceVolume, wire.BounceUpper, wire.Complaints, wire.ComplaintVolume,
        wire.ComplaintUpper, wire.Rejected, wire.Accepted, wire.RejectLower);

    public TrustEvidenceWire ConvertToSurrogate(in TrustEvidence value) => new()
    {
        Days = value.Days, Delivered = value.Delivered, OpenFindings = value.OpenFindings, Bounces = value.Bounces,
        BounceVolume = value.BounceVolume, BounceUpper = value.BounceUpper, Complaints = value.Complaints,
        ComplaintVolume = value.ComplaintVolume, ComplaintUpper = value.ComplaintUpper, Rejected = value.Rejected, Accepted = value.Accepted,
        RejectLower = value.RejectLower,
    };
}

[GenerateSerializer, Immutable, Alias("silo.TrustReview.wire")]
internal struct TrustReviewWire
{
    [Id(0)] public TrustReviewState State;
    [Id(1)] public TrustReviewReason Reason;
    [Id(2)] public DateTimeOffset AskedAt;
    [Id(3)] public string? ToTier;
    [Id(4)] public TrustEvidence Evidence;
    [Id(5)] public DateTimeOffset? DecidedAt;
    [Id(6)] public string? By;
    [Id(7)] public string? Note;
}

[RegisterConverter]
internal sealed class TrustReviewConverter : IConverter<TrustReview, TrustReviewWire>
{
    public TrustReview ConvertFromSurrogate(in TrustReviewWire wire) => new()
    {
        State = wire.State, Reason = wire.Reason, AskedAt = wire.AskedAt, ToTier = wire.ToTier, Evidence = wire.Evidence,
        DecidedAt = wire.DecidedAt, By = wire.By, Note = wire.Note,
    };

    public TrustReviewWire ConvertToSurrogate(in TrustReview value) => new()
    {
        State = value.State, Reason = value.Reason, AskedAt = value.AskedAt, ToTier = value.ToTier, Evidence = value.Evidence,
        DecidedAt = value.DecidedAt, By = value.By, Note = value.Note,
    };
}

[GenerateSerializer, Immutable, Alias("silo.TenantTrust.wire")]
internal struct TenantTrustWire
{
    [Id(0)] public TrustTier? Tier;
    [Id(1)] public DateTimeOffset? Since;
    [Id(2)] public long DeliveredBefore;
    [Id(3)] public string? TierPolicy;
    [Id(4)] public bool PolicyIsDue;
    [Id(5)] public TrustReview? Review;
    [Id(6)] public DateTimeOffset? AskAgainAt;
    [Id(7)] public DateTimeOffset? RejectsAskAgainAt;
    [Id(8)] public long HighFindingsBefore;
}

[RegisterConverter]
internal sealed class TenantTrustConverter : IConverter<TenantTrust, TenantTrustWire>
{
    public TenantTrust ConvertFromSurrogate(in TenantTrustWire wire) => new()
    {
        Tier = wire.Tier, Since = wire.Since, DeliveredBefore = wire.DeliveredBefore, TierPolicy = wire.TierPolicy,
        PolicyIsDue = wire.PolicyIsDue, Review = wire.Review, AskAgainAt = wire.AskAgainAt, RejectsAskAgainAt = wire.RejectsAskAgainAt,
        HighFindingsBefore = wire.HighFindingsBefore,
    };

    public TenantTrustWire ConvertToSurrogate(in TenantTrust value) => new()
    {
        Tier = value.Tier, Since = value.Since, DeliveredBefore = value.DeliveredBefore, TierPolicy = value.TierPolicy,
        PolicyIsDue = value.PolicyIsDue, Review = value.Review, AskAgainAt = value.AskAgainAt, RejectsAskAgainAt = value.RejectsAskAgainAt,
        HighFindingsBefore = value.HighFindingsBefore,
    };
}

[GenerateSerializer, Immutable, Alias("silo.TenantTrustReport.wire")]
internal struct TenantTrustReportWire
{
    [Id(0)] public string TenantName;
    [Id(1)] public DateTimeOffset At;
    [Id(2)] public TenantTrust Trust;
    [Id(3)] public TrustEvidence Evidence;
    [Id(4)] public string[] Missing;
    [Id(5)] public string? NextTier;
    [Id(6)] public TenantLimits LimitsInForce;
}

[RegisterConverter]
internal sealed class TenantTrustReportConverter : IConverter<TenantTrustReport, TenantTrustReportWire>
{
    public TenantTrustReport ConvertFromSurrogate(in TenantTrustReportWire wire) =>
        new(wire.TenantName, wire.At, wire.Trust, wire.Evidence, wire.Missing, wire.NextTier, wire.LimitsInForce);

    public TenantTrustReportWire ConvertToSurrogate(in TenantTrustReport value) => new()
    {
        TenantName = value.TenantName, At = value.At, Trust = value.Trust, Evidence = value.Evidence, Missing = Arrays.Of(value.Missing),
        NextTier = value.NextTier, LimitsInForce = value.LimitsInForce,
    };
}

[GenerateSerializer, Immutable, Alias("silo.SetTrust.wire")]
internal struct SetTrustWire
{
    [Id(0)] public string? TierName;
    [Id(1)] public string Cause;
}

[RegisterConverter]
internal sealed class SetTrustConverter : IConverter<SetTrust, SetTrustWire>
{
    public SetTrust ConvertFromSurrogate(in SetTrustWire wire) => new(wire.TierName, wire.Cause);

    public SetTrustWire ConvertToSurrogate(in SetTrust value) => new() { TierName = value.TierName, Cause = value.Cause };
}

[GenerateSerializer, Immutable, Alias("silo.TrustDecision.wire")]
internal struct TrustDecisionWire
{
    [Id(0)] public TrustAnswer Answer;
    [Id(1)] public string By;
    [Id(2)] public string? Note;
    [Id(3)] public DateTimeOffset? AskAgainAt;
    [Id(4)] public DateTimeOffset? AskedAt;
}

[RegisterConverter]
internal sealed class TrustDecisionConverter : IConverter<TrustDecision, TrustDecisionWire>
{
    public TrustDecision ConvertFromSurrogate(in TrustDecisionWire wire) =>
        new(wire.Answer, wire.By, wire.Note) { AskAgainAt = wire.AskAgainAt, AskedAt = wire.AskedAt };

    public TrustDecisionWire ConvertToSurrogate(in TrustDecision value) => new()
    {
        Answer = value.Answer, By = value.By, Note = value.Note, AskAgainAt = value.AskAgainAt, AskedAt = value.AskedAt,
    };
}

[GenerateSerializer, Immutable, Alias("silo.TrustReply.wire")]
internal struct TrustReplyWire
{
    [Id(0)] public TrustResult Result;
    [Id(1)] public TenantTrust? Trust;
}

[RegisterConverter]
internal sealed class TrustReplyConverter : IConverter<TrustReply, TrustReplyWire>
{
    public TrustReply ConvertFromSurrogate(in TrustReplyWire wire) => new(wire.Result, wire.Trust);

    public TrustReplyWire ConvertToSurrogate(in TrustReply value) => new() { Result = value.Result, Trust = value.Trust };
}
