using Silo.Server.SesApi.Operations.Account;
using Silo.Server.SesApi.Operations.ConfigurationSets;
using Silo.Server.SesApi.Operations.CustomVerification;
using Silo.Server.SesApi.Operations.Contacts;
using Silo.Server.SesApi.Operations.DedicatedIps;
using Silo.Server.SesApi.Operations.EventDestinations;
using Silo.Server.SesApi.Operations.Exports;
using Silo.Server.SesApi.Operations.Identities;
using Silo.Server.SesApi.Operations.Imports;
using Silo.Server.SesApi.Operations.Insights;
using Silo.Server.SesApi.Operations.Metrics;
using Silo.Server.SesApi.Operations.Recommendations;
using Silo.Server.SesApi.Operations.Reputation;
using Silo.Server.SesApi.Operations.Sending;
using Silo.Server.SesApi.Operations.Suppression;
using Silo.Server.SesApi.Operations.Tags;
using Silo.Server.SesApi.Operations.Templates;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.SesApi;

/// <summary>Every operation of SES v2 by method and path; the one list that requests are routed by.</summary>
internal static partial class SesOperations
{
    /// <summary>Those that are served. Three stand here twice, for their older and their newer path.</summary>
    public static IReadOnlyList<SesOperation> Available { get; } =
    [
        CreateTenant.Operation,
        GetTenant.Operation,
        ListTenants.Operation,
        DeleteTenant.Operation,
        CreateTenantResourceAssociation.Operation,
        DeleteTenantResourceAssociation.Operation,
        ListTenantResources.Operation,
        ListResourceTenants.Operation,
        PutTenantSuppressionAttributes.Operation,
        GetReputationEntity.Operation,
        ListReputationEntities.Operation,
        UpdateReputationEntityCustomerManagedStatus.Operation,
        UpdateReputationEntityPolicy.Operation,
        SendEmail.Operation,
        CreateEmailIdentity.Operation,
        GetEmailIdentity.Operation,
        ListEmailIdentities.Operation,
        ListEmailIdentities.OlderOperation,
        DeleteEmailIdentity.Operation,
        PutEmailIdentityDkimAttributes.Operation,
        PutEmailIdentityDkimSigningAttributes.Operation,
        PutEmailIdentityDkimSigningAttributes.OlderOperation,
        PutEmailIdentityMailFromAttributes.Operation,
        PutEmailIdentityFeedbackAttributes.Operation,
        PutEmailIdentityConfigurationSetAttributes.Operation,
        EmailIdentityPolicies.Create,
        EmailIdentityPolicies.Get,
        EmailIdentityPolicies.Update,
        EmailIdentityPolicies.Delete,
        CreateConfigurationSet.Operation,
        GetConfigurationSet.Operation,
        ListConfigurationSets.Operation,
        ListConfigurationSets.OlderOperation,
        DeleteConfigurationSet.Operation,
        PutConfigurationSetDeliveryOptions.Operation,
        PutConfigurationSetSendingOptions.Operation,
        PutConfigurationSetSuppressionOptions.Operation,
        CreateConfigurationSetEventDestination.Operation,
        GetConfigurationSetEventDestinations.Operation,
        UpdateConfigurationSetEventDestination.Operation,
        DeleteConfigurationSetEventDestination.Operation,
        CreateDedicatedIpPool.Operation,
        GetDedicatedIpPool.Operation,
        ListDedicatedIpPools.Operation,
        DeleteDedicatedIpPool.Operation,
        PutDedicatedIpPoolScalingAttributes.Operation,
        GetDedicatedIp.Operation,
        GetDedicatedIps.Operation,
        PutDedicatedIpInPool.Operation,
        PutDedicatedIpWarmupAttributes.Operation,
        GetAccount.Operation,
        PutAccountSendingAttributes.Operation,
        PutAccountDedicatedIpWarmupAttributes.Operation,
        PutAccountSuppressionAttributes.Operation,
        PutSuppressedDestination.Operation,
        GetSuppressedDestination.Operation,
        DeleteSuppressedDestination.Operation,
        ListSuppressedDestinations.Operation,
        TagResource.Operation,
        UntagResource.Operation,
        ListTagsForResource.Operation,
        ListRecommendations.Operation,
        SendBulkEmail.Operation,
        SendCustomVerificationEmail.Operation,
        UpdateConfigurationSet.Operation,
        PutConfigurationSetArchivingOptions.Operation,
        PutConfigurationSetReputationOptions.Operation,
        PutConfigurationSetTrackingOptions.Operation,
        PutConfigurationSetVdmOptions.Operation,
        CreateEmailTemplate.Operation,
        GetEmailTemplate.Operation,
        ListEmailTemplates.Operation,
        UpdateEmailTemplate.Operation,
        DeleteEmailTemplate.Operation,
        TestRenderEmailTemplate.Operation,
        CreateCustomVerificationEmailTemplate.Operation,
        GetCustomVerificationEmailTemplate.Operation,
        ListCustomVerificationEmailTemplates.Operation,
        UpdateCustomVerificationEmailTemplate.Operation,
        DeleteCustomVerificationEmailTemplate.Operation,
        PutAccountDetails.Operation,
        PutAccountVdmAttributes.Operation,
        PutAccountPricingAttributes.Operation,
        ContactListOperations.Create,
        ContactListOperations.Get,
        ContactListOperations.List,
        ContactListOperations.Update,
        ContactListOperations.Delete,
        ContactOperations.Create,
        ContactOperations.Get,
        ListContacts.Operation,
        ContactOperations.Update,
        ContactOperations.Delete,
        ImportOperations.Create,
        ImportOperations.Get,
        ImportOperations.List,
        GetMessageInsights.Operation,
        GetEmailAddressInsights.Operation,
        ExportOperations.Create,
        ExportOperations.Get,
        ExportOperations.List,
        ExportOperations.Cancel,
        BatchGetMetricData.Operation,
    ];
}
