namespace Silo.Server.Access;

/// <summary>Operations for root and operators that change something.</summary>
internal static class ChangingOperations
{
    public static IReadOnlySet<string> Names { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        // SES v2.
        "AssociateEmailIdentityCertificate", "CreateConfigurationSet", "CreateConfigurationSetEventDestination",
        "CreateCustomVerificationEmailTemplate", "CreateDedicatedIpPool",
        "CreateDeliverabilityTestReport", "CreateEmailIdentity", "CreateEmailIdentityPolicy", "CreateEmailTemplate",
        "CreateMultiRegionEndpoint", "CreateTenant", "CreateTenantResourceAssociation", "DeleteConfigurationSet",
        "DeleteConfigurationSetEventDestination", "DeleteCustomVerificationEmailTemplate",
        "DeleteDedicatedIpPool", "DeleteEmailIdentity", "DeleteEmailIdentityPolicy", "DeleteEmailTemplate", "DeleteMultiRegionEndpoint",
        "DeleteTenant", "DeleteTenantResourceAssociation", "DisassociateEmailIdentityCertificate",
        "PutAccountDedicatedIpWarmupAttributes", "PutAccountDetails", "PutAccountPricingAttributes", "PutAccountSendingAttributes",
        "PutAccountSuppressionAttributes", "PutAccountVdmAttributes", "PutConfigurationSetArchivingOptions",
        "PutConfigurationSetDeliveryOptions", "PutConfigurationSetReputationOptions", "PutConfigurationSetSendingOptions",
        "PutConfigurationSetSuppressionOptions", "PutConfigurationSetTrackingOptions", "PutConfigurationSetVdmOptions",
        "PutDedicatedIpInPool", "PutDedicatedIpPoolScalingAttributes", "PutDedicatedIpWarmupAttributes",
        "PutDeliverabilityDashboardOption", "PutEmailIdentityConfigurationSetAttributes", "PutEmailIdentityDkimAttributes",
        "PutEmailIdentityDkimSigningAttributes", "PutEmailIdentityFeedbackAttributes", "PutEmailIdentityMailFromAttributes",
        "PutTenantSuppressionAttributes", "SendCustomVerificationEmail", "TagResource", "UntagResource", "UpdateConfigurationSet",
        "UpdateConfigurationSetEventDestination", "UpdateCustomVerificationEmailTemplate",
        "UpdateEmailIdentityPolicy", "UpdateEmailTemplate", "UpdateReputationEntityCustomerManagedStatus",
        "UpdateReputationEntityPolicy",

        // Under /silo/v1.
        "CreateQueueOrder", "CreateTenantReport", "DecideReview", "DeleteConfigurationSetEventDestinationHere", "DeleteDedicatedIp",
        "DeleteEventDestination", "DeletePolicy", "DeleteQueueOrder", "DeleteReplyRules", "DeleteTenantWarmUp", "DeleteTrustTier",
        "LookUpBlocklistSubject", "PutConfigurationSetEventDestination", "PutConfigurationSetStream", "PutDedicatedIp",
        "PutDedicatedIpStatus", "PutDedicatedIpWarmUp", "PutEventDestination", "PutPolicy", "PutPoolLimits",
        "PutPoolStatus", "PutReplyRules", "PutTenantLimits", "PutTenantStatus", "PutTenantTrust", "PutTenantWarmUp",
        "PutTrustTier", "CheckIdentity", "CreateErasure", "PutConfigurationSetUnsubscribeLinks", "RotateIdentityKey", "RotateLinkKeys",
        "ImportGooglePostmasterData", "ImportSndsData", "DeleteOptOut",
    };
}
