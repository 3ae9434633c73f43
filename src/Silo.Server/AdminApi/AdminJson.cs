using System.Text.Json.Serialization;

namespace Silo.Server.AdminApi;

/// <summary>
/// The generated JSON of all requests and answers under /silo/v1. Members that are null are left out. Those that are not known are refused,
/// unlike in SES's own operations: what is left out has a meaning, so a misspelt member would change something.
/// </summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PutTenantLimitsRequest))]
[JsonSerializable(typeof(GetTenantLimitsResponse))]
[JsonSerializable(typeof(PutTenantWarmUpRequest))]
[JsonSerializable(typeof(GetTenantWarmUpResponse))]
[JsonSerializable(typeof(PutTenantStatusRequest))]
[JsonSerializable(typeof(PutTenantStatusResponse))]
[JsonSerializable(typeof(GetTenantStatusResponse))]
[JsonSerializable(typeof(ExplainMessageResponse))]
[JsonSerializable(typeof(GetTenantBudgetsResponse))]
[JsonSerializable(typeof(CreateQueueOrderRequest))]
[JsonSerializable(typeof(CreateQueueOrderResponse))]
[JsonSerializable(typeof(ListQueueOrdersResponse))]
[JsonSerializable(typeof(PlanWarmUpRequest))]
[JsonSerializable(typeof(PlanWarmUpResponse))]
[JsonSerializable(typeof(PutDedicatedIpRequest))]
[JsonSerializable(typeof(PutIpWarmUpRequest))]
[JsonSerializable(typeof(DedicatedIpDescription))]
[JsonSerializable(typeof(ListDedicatedIpsResponse))]
[JsonSerializable(typeof(PutPoolLimitsRequest))]
[JsonSerializable(typeof(GetPoolLimitsResponse))]
[JsonSerializable(typeof(PutPauseRequest))]
[JsonSerializable(typeof(GetPoolStatusResponse))]
[JsonSerializable(typeof(GetDedicatedIpStatusResponse))]
[JsonSerializable(typeof(GetDedicatedIpNamesResponse))]
[JsonSerializable(typeof(PutConfigurationSetStreamRequest))]
[JsonSerializable(typeof(GetConfigurationSetStreamResponse))]
[JsonSerializable(typeof(ExplainReplyResponse))]
[JsonSerializable(typeof(PostFeedbackRequest))]
[JsonSerializable(typeof(PostFeedbackResponse))]
[JsonSerializable(typeof(PutPolicyRequest))]
[JsonSerializable(typeof(PolicyDescription))]
[JsonSerializable(typeof(ReplayPolicyRequest))]
[JsonSerializable(typeof(ReplayPolicyResponse))]
[JsonSerializable(typeof(ListPoliciesResponse))]
[JsonSerializable(typeof(CreateTenantReportRequest))]
[JsonSerializable(typeof(GetTenantReputationResponse))]
[JsonSerializable(typeof(GetBlocklistsResponse))]
[JsonSerializable(typeof(ListBlocklistSubjectsResponse))]
[JsonSerializable(typeof(SubjectListingsShape))]
[JsonSerializable(typeof(GetCulpritsResponse))]
internal sealed partial class AdminJson : JsonSerializerContext;
