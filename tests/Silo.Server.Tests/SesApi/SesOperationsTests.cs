using Silo.Server.SesApi;
using Xunit;

namespace Silo.Server.Tests.SesApi;

public sealed class SesOperationsTests
{
    private static readonly string[] Promised =
    [
        "BatchGetMetricData", "CancelExportJob", "CreateConfigurationSet", "CreateConfigurationSetEventDestination", "CreateContact",
        "CreateContactList", "CreateCustomVerificationEmailTemplate", "CreateDedicatedIpPool", "CreateEmailIdentity",
        "CreateEmailIdentityPolicy", "CreateEmailTemplate", "CreateExportJob", "CreateImportJob", "CreateTenant",
        "CreateTenantResourceAssociation", "DeleteConfigurationSet", "DeleteConfigurationSetEventDestination", "DeleteContact",
        "DeleteContactList", "DeleteCustomVerificationEmailTemplate", "DeleteDedicatedIpPool", "DeleteEmailIdentity",
        "DeleteEmailIdentityPolicy", "DeleteEmailTemplate", "DeleteSuppressedDestination", "DeleteTenant",
        "DeleteTenantResourceAssociation", "GetAccount", "GetConfigurationSet", "GetConfigurationSetEventDestinations", "GetContact",
        "GetContactList", "GetCustomVerificationEmailTemplate", "GetDedicatedIp", "GetDedicatedIpPool", "GetDedicatedIps",
        "GetEmailAddressInsights", "GetEmailIdentity", "GetEmailIdentityPolicies", "GetEmailTemplate", "GetExportJob", "GetImportJob",
        "GetMessageInsights", "GetReputationEntity", "GetSuppressedDestination", "GetTenant", "ListConfigurationSets", "ListContactLists",
        "ListContacts", "ListCustomVerificationEmailTemplates", "ListDedicatedIpPools", "ListEmailIdentities", "ListEmailTemplates",
        "ListExportJobs", "ListImportJobs", "ListRecommendations", "ListReputationEntities", "ListResourceTenants",
        "ListSuppressedDestinations", "ListTagsForResource", "ListTenantResources", "ListTenants",
        "PutAccountDedicatedIpWarmupAttributes", "PutAccountDetails", "PutAccountPricingAttributes", "PutAccountSendingAttributes",
        "PutAccountSuppressionAttributes", "PutAccountVdmAttributes", "PutConfigurationSetArchivingOptions",
        "PutConfigurationSetDeliveryOptions", "PutConfigurationSetReputationOptions", "PutConfigurationSetSendingOptions",
        "PutConfigurationSetSuppressionOptions", "PutConfigurationSetTrackingOptions", "PutConfigurationSetVdmOptions",
        "PutDedicatedIpInPool", "PutDedicatedIpPoolScalingAttributes", "PutDedicatedIpWarmupAttributes",
        "PutEmailIdentityConfigurationSetAttributes", "PutEmailIdentityDkimAttributes", "PutEmailIdentityDkimSigningAttributes",
        "PutEmailIdentityFeedbackAttributes", "PutEmailIdentityMailFromAttributes", "PutSuppressedDestination",
        "PutTenantSuppressionAttributes", "SendBulkEmail", "SendCustomVerificationEmail", "SendEmail", "TagResource",
        "TestRenderEmailTemplate", "UntagResource", "UpdateConfigurationSet", "UpdateConfigurationSetEventDestination", "UpdateContact",
        "UpdateContactList", "UpdateCustomVerificationEmailTemplate", "UpdateEmailIdentityPolicy", "UpdateEmailTemplate",
        "UpdateReputationEntityCustomerManagedStatus", "UpdateReputationEntityPolicy",
    ];

    private readonly SesRouter _router = new([.. SesOperations.Available, .. SesOperations.NotApplicable, .. SesOperations.NotAvailable]);

    [Fact]
    public void The_operations_served_are_those_that_are_promised()
    {
        Assert.Equal(Promised, SesOperations.Available.Select(o => o.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.All(SesOperations.Available, o => Assert.NotNull(o.Handle));
    }

    [Fact]
    public void All_116_operations_of_the_model_are_known_by_name()
    {
        var names = SesOperations.Available.Concat(SesOperations.NotApplicable).Concat(SesOperations.NotAvailable).Select(o => o.Name).Distinct().ToList();
        Assert.Equal(116, names.Count);
        Assert.All(SesOperations.NotAvailable, o => Assert.Null(o.Handle));
    }

    [Fact]
    public void Every_operation_is_found_at_its_path_with_and_without_a_trailing_slash()
    {
        foreach (var operation in SesOperations.Available.Concat(SesOperations.NotApplicable).Concat(SesOperations.NotAvailable))
        {
            var path = string.Join('/', operation.Path.Split('/').Select(s => s.StartsWith('{') ? "a%2Fb%3A" : s));
            foreach (var each in new[] { path, path + "/" })
            {
                var route = _router.Find(operation.Method, each);
                Assert.Same(operation, route.Operation);
                Assert.All(route.Labels, l => Assert.Equal("a/b:", l));
            }
        }
    }

    [Theory]
    [InlineData("GET", "/v2/email/nothing", "UnknownOperationException", 404)]
    [InlineData("GET", "/v2/email/tenants", "MethodNotAllowedException", 405)]
    [InlineData("PATCH", "/v2/email/identities/a", "MethodNotAllowedException", 405)]
    [InlineData("GET", "/v2/email/identities/%zz", "BadRequestException", 400)]
    [InlineData("GET", "/v2/email/identities/%ff", "BadRequestException", 400)]
    [InlineData("GET", "/v2/email/a/b/c/d/e/f/g/h/i/j/k/l/m", "UnknownOperationException", 404)]
    public void Other_paths_have_errors_of_their_own(string method, string path, string code, int status)
    {
        var error = _router.Find(method, path).Error!;
        Assert.Equal((code, status), (error.Code, error.Status));
    }
}
