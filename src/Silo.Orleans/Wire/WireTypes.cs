using Orleans.Serialization;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Configuration;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Core.QueueControl;
using Silo.Core.Reputation;
using Silo.Core.Suppression;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Silo.Core.Trust;
using Silo.Core.WarmUp;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Egress.Sharing;
using Silo.Server.Intake;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Orleans.Wire;

/// <summary>
/// The records that cross between silos and clients. Each is written as its surrogate in this folder, member by numbered member, and goes
/// by the name "silo." and its own. All are immutable, so that a call within a process passes them as they are.
/// </summary>
internal static class WireTypes
{
    public const string Prefix = "silo.";

    public static IReadOnlyList<Type> Records { get; } =
    [
        typeof(TenantSuppression), typeof(TenantLimits), typeof(ResourceTag), typeof(CreateTenant), typeof(CreateTenantReply), typeof(SetStatus),
        typeof(SetPolicy), typeof(StandingReply), typeof(TenantDescription), typeof(TenantStanding), typeof(StatusRecord),
        typeof(Finding), typeof(TenantBooks), typeof(ReputationVolume), typeof(SendScope), typeof(AdmitMessage),
        typeof(Envelope), typeof(MessageTag), typeof(SuppressedRecipient), typeof(AdmissionRefusal), typeof(Admission),
        typeof(PermitUse), typeof(PermitRequest), typeof(Permits), typeof(OutcomeBatch), typeof(Outcome), typeof(QueuedUnit),
        typeof(DeliveryResult), typeof(SmtpReply), typeof(DeliveryFeedback), typeof(SendRequest), typeof(SendText),
        typeof(SendHeader), typeof(SendAttachment), typeof(SimpleContent), typeof(RawContent), typeof(TemplateContent),
        typeof(InlineTemplate), typeof(SendReply), typeof(QueueFilter), typeof(QueueOrder), typeof(QueueOrderReply), typeof(SiftedUnit),
        typeof(SiftBatch), typeof(PlanRefusal), typeof(TenantBudgets), typeof(TenantBudget), typeof(TenantQueueReport), typeof(LaneReport),
        typeof(BudgetReport), typeof(DeliveryReport), typeof(MessageExplanation), typeof(TenantWarmUp), typeof(ProviderCaps),
        typeof(WarmUpReport), typeof(PermitTerm), typeof(ReturnedPermits), typeof(PoolRequest), typeof(BudgetRequest), typeof(UnusedBlock),
        typeof(PoolReply), typeof(BudgetReply), typeof(RateShare), typeof(QuotaBlock), typeof(SuppressionTerms), typeof(ListedAddress),
        typeof(PolicyAction), typeof(FindingPolicy), typeof(CustomPolicy), typeof(ExternalReport), typeof(ReportMark), typeof(FindingRecord),
        typeof(ReputationRow), typeof(TenantReputation), typeof(RenderingFailure), typeof(ContentScore), typeof(TrustPromotion), typeof(TrustTier),
        typeof(TrustEvidence), typeof(TrustReview), typeof(TenantTrust), typeof(TenantTrustReport), typeof(SetTrust), typeof(TrustDecision),
        typeof(TrustReply), typeof(SendKey), typeof(Engagement), typeof(TrackingOverride), typeof(UsagePeriod), typeof(TenantUsageReport),
    ];

    /// <summary>They travel by number; the numbers are part of the contract.</summary>
    public static IReadOnlyList<Type> Enums { get; } =
    [
        typeof(CreateTenantResult), typeof(AssociationReply), typeof(AdmissionResult), typeof(SendRefusal), typeof(StatusOrigin),
        typeof(SendingStatus), typeof(ReputationPolicy), typeof(FindingType), typeof(FindingImpact), typeof(ReputationWindow),
        typeof(DeliveryResultKind), typeof(DeliveryStage), typeof(BounceSubType), typeof(DeferralScope), typeof(FeedbackKind),
        typeof(UnitState), typeof(QueueAction), typeof(QueueOrderResult), typeof(PlanPeriod), typeof(DeliveryPlace), typeof(WarmUpMode),
        typeof(PermitShortage), typeof(DelayType), typeof(SuppressionReason), typeof(PolicyActionKind), typeof(ExternalReportKind),
        typeof(FindingStep), typeof(ContentCoverage), typeof(TrustReviewState), typeof(TrustReviewReason), typeof(TrustAnswer),
        typeof(TrustResult),
    ];

    public static void Configure(TypeManifestOptions options)
    {
        foreach (var type in Records.Concat(Enums)) options.WellKnownTypeAliases[Prefix + type.Name] = type;
        foreach (var type in Records) options.Copiers.Add(typeof(ShallowCopier<>).MakeGenericType(type));
        // A list of them as an argument of its own.
        options.Copiers.Add(typeof(ShallowCopier<IReadOnlyList<DeliveryFeedback>>));
    }

    public static void Configure(ExceptionSerializationOptions options) => options.SupportedNamespacePrefixes.Add("Silo");
}
