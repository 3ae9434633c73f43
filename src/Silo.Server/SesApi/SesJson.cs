using System.Text.Json.Serialization;
using Silo.Server.Accounts;
using Silo.Server.SesApi.Operations.Account;
using Silo.Server.SesApi.Operations.ConfigurationSets;
using Silo.Server.SesApi.Operations.CustomVerification;
using Silo.Server.SesApi.Operations.DedicatedIps;
using Silo.Server.SesApi.Operations.EventDestinations;
using Silo.Server.SesApi.Operations.Identities;
using Silo.Server.SesApi.Operations.Recommendations;
using Silo.Server.SesApi.Operations.Reputation;
using Silo.Server.SesApi.Operations.Sending;
using Silo.Server.SesApi.Operations.Suppression;
using Silo.Server.SesApi.Operations.Tags;
using Silo.Server.SesApi.Operations.Templates;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.SesApi;

/// <summary>The generated JSON of all requests and answers. Members that are null are left out, as SES does.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(CreateConfigurationSetRequest))]
[JsonSerializable(typeof(CreateConfigurationSetEventDestinationRequest))]
[JsonSerializable(typeof(CreateDedicatedIpPoolRequest))]
[JsonSerializable(typeof(CreateEmailIdentityRequest))]
[JsonSerializable(typeof(CreateEmailIdentityResponse))]
[JsonSerializable(typeof(CreateTenantRequest))]
[JsonSerializable(typeof(CreateTenantResourceAssociationRequest))]
[JsonSerializable(typeof(CreateTenantResponse))]
[JsonSerializable(typeof(DeleteTenantRequest))]
[JsonSerializable(typeof(DeleteTenantResourceAssociationRequest))]
[JsonSerializable(typeof(DeliveryOptions))]
[JsonSerializable(typeof(GetAccountResponse))]
[JsonSerializable(typeof(GetConfigurationSetResponse))]
[JsonSerializable(typeof(GetConfigurationSetEventDestinationsResponse))]
[JsonSerializable(typeof(GetDedicatedIpPoolResponse))]
[JsonSerializable(typeof(GetDedicatedIpResponse))]
[JsonSerializable(typeof(GetDedicatedIpsResponse))]
[JsonSerializable(typeof(GetEmailIdentityResponse))]
[JsonSerializable(typeof(GetReputationEntityResponse))]
[JsonSerializable(typeof(GetTenantRequest))]
[JsonSerializable(typeof(GetTenantResponse))]
[JsonSerializable(typeof(ListConfigurationSetsRequest))]
[JsonSerializable(typeof(ListConfigurationSetsResponse))]
[JsonSerializable(typeof(ListDedicatedIpPoolsResponse))]
[JsonSerializable(typeof(ListEmailIdentitiesRequest))]
[JsonSerializable(typeof(ListEmailIdentitiesResponse))]
[JsonSerializable(typeof(ListRecommendationsRequest))]
[JsonSerializable(typeof(ListRecommendationsResponse))]
[JsonSerializable(typeof(ListReputationEntitiesRequest))]
[JsonSerializable(typeof(ListReputationEntitiesResponse))]
[JsonSerializable(typeof(ListResourceTenantsRequest))]
[JsonSerializable(typeof(ListResourceTenantsResponse))]
[JsonSerializable(typeof(ListTagsForResourceResponse))]
[JsonSerializable(typeof(ListTenantResourcesRequest))]
[JsonSerializable(typeof(ListTenantResourcesResponse))]
[JsonSerializable(typeof(ListTenantsRequest))]
[JsonSerializable(typeof(ListTenantsResponse))]
[JsonSerializable(typeof(PutAccountDedicatedIpWarmupAttributesRequest))]
[JsonSerializable(typeof(PutAccountSendingAttributesRequest))]
[JsonSerializable(typeof(PutConfigurationSetSendingOptionsRequest))]
[JsonSerializable(typeof(PutDedicatedIpInPoolRequest))]
[JsonSerializable(typeof(PutDedicatedIpPoolScalingAttributesRequest))]
[JsonSerializable(typeof(PutDedicatedIpWarmupAttributesRequest))]
[JsonSerializable(typeof(PutTenantSuppressionAttributesRequest))]
[JsonSerializable(typeof(PutAccountSuppressionAttributesRequest))]
[JsonSerializable(typeof(PutConfigurationSetSuppressionOptionsRequest))]
[JsonSerializable(typeof(PutSuppressedDestinationRequest))]
[JsonSerializable(typeof(GetSuppressedDestinationResponse))]
[JsonSerializable(typeof(ListSuppressedDestinationsResponse))]
[JsonSerializable(typeof(SendEmailRequest))]
[JsonSerializable(typeof(TagResourceRequest))]
[JsonSerializable(typeof(UpdateConfigurationSetEventDestinationRequest))]
[JsonSerializable(typeof(UpdateReputationEntityCustomerManagedStatusRequest))]
[JsonSerializable(typeof(UpdateReputationEntityPolicyRequest))]
[JsonSerializable(typeof(CreateEmailTemplateRequest))]
[JsonSerializable(typeof(GetEmailTemplateResponse))]
[JsonSerializable(typeof(ListEmailTemplatesResponse))]
[JsonSerializable(typeof(UpdateEmailTemplateRequest))]
[JsonSerializable(typeof(TestRenderEmailTemplateRequest))]
[JsonSerializable(typeof(TestRenderEmailTemplateResponse))]
[JsonSerializable(typeof(SendBulkEmailRequest))]
[JsonSerializable(typeof(SendBulkEmailResponse))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(ArchivingOptions))]
[JsonSerializable(typeof(TrackingOptions))]
[JsonSerializable(typeof(PutConfigurationSetReputationOptionsRequest))]
[JsonSerializable(typeof(PutConfigurationSetVdmOptionsRequest))]
[JsonSerializable(typeof(UpdateConfigurationSetRequest))]
[JsonSerializable(typeof(PutAccountDetailsRequest))]
[JsonSerializable(typeof(PutAccountVdmAttributesRequest))]
[JsonSerializable(typeof(PutAccountPricingAttributesRequest))]
[JsonSerializable(typeof(CreateCustomVerificationEmailTemplateRequest))]
[JsonSerializable(typeof(GetCustomVerificationEmailTemplateResponse))]
[JsonSerializable(typeof(ListCustomVerificationEmailTemplatesResponse))]
[JsonSerializable(typeof(UpdateCustomVerificationEmailTemplateRequest))]
[JsonSerializable(typeof(SendCustomVerificationEmailRequest))]
[JsonSerializable(typeof(SendCustomVerificationEmailResponse))]
internal sealed partial class SesJson : JsonSerializerContext;
