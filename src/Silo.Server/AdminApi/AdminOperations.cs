using Silo.Server.SesApi;

namespace Silo.Server.AdminApi;

/// <summary>
/// What SES v2 has no call for, under <c>/silo/v1</c>: the same signatures, the same JSON, the same errors.
/// </summary>
internal static class AdminOperations
{
    public static IReadOnlyList<SesOperation> All { get; } =
    [
        TenantLimitsOperations.Get,
        TenantLimitsOperations.Put,
        TenantWarmUpOperations.Get,
        TenantWarmUpOperations.Put,
        TenantWarmUpOperations.Delete,
        TenantStatusOperations.Get,
        TenantStatusOperations.Put,
        TenantReputationOperations.Get,
        TenantReputationOperations.Report,
        TenantTrustOperations.Get,
        TenantTrustOperations.Put,
        TrustTierOperations.List,
        TrustTierOperations.Get,
        TrustTierOperations.Put,
        TrustTierOperations.Delete,
        ReviewOperations.List,
        ReviewOperations.Get,
        ReviewOperations.Decide,
        PolicyOperations.List,
        PolicyOperations.Get,
        PolicyOperations.Put,
        PolicyOperations.Delete,
        PolicyReplayOperations.Operation,
        ExplainOperations.Message,
        ExplainOperations.Budgets,
        QueueOrderOperations.Create,
        QueueOrderOperations.List,
        QueueOrderOperations.Delete,
        PlanWarmUp.Operation,
        DedicatedIpOperations.List,
        DedicatedIpOperations.Get,
        DedicatedIpOperations.Put,
        DedicatedIpOperations.Delete,
        IpWarmUpOperations.Put,
        IpStatusOperations.Get,
        IpStatusOperations.Put,
        IpNameOperations.Get,
        PoolLimitsOperations.Get,
        PoolLimitsOperations.Put,
        PoolStatusOperations.Get,
        PoolStatusOperations.Put,
        ConfigurationSetStreamOperations.Get,
        ConfigurationSetStreamOperations.Put,
        ReplyRuleOperations.Get,
        ReplyRuleOperations.Put,
        ReplyRuleOperations.Delete,
        ReplyRuleOperations.Explain,
        FeedbackOperations.Post,
    ];
}
