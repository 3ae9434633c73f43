using Silo.Server.SesApi.Operations.Identities;

namespace Silo.Server.SesApi;

internal static partial class SesOperations
{
    private const string Dashboard = "the deliverability dashboard measured mailboxes that AWS kept, and AWS has retired it";
    private const string Regions = "a silo has one Region; more machines make one cluster, which needs no endpoint of its own";
    private const string Certificates = "The certificates are those of AWS Certificate Manager, which only AWS can use.";

    /// <summary>Those that make no sense off AWS: answered with a BadRequestException that says why.</summary>
    public static IReadOnlyList<SesOperation> NotApplicable { get; } =
    [
        Refused("CreateDeliverabilityTestReport", "POST", "/v2/email/deliverability-dashboard/test", Dashboard),
        Refused("GetBlacklistReports", "GET", "/v2/email/deliverability-dashboard/blacklist-report",
            "the deliverability dashboard is retired; what blocklists say is told by ListRecommendations"),
        Refused("GetDeliverabilityDashboardOptions", "GET", "/v2/email/deliverability-dashboard", Dashboard),
        Refused("GetDeliverabilityTestReport", "GET", "/v2/email/deliverability-dashboard/test-reports/{ReportId}", Dashboard),
        Refused("GetDomainDeliverabilityCampaign", "GET", "/v2/email/deliverability-dashboard/campaigns/{CampaignId}", Dashboard),
        Refused("GetDomainStatisticsReport", "GET", "/v2/email/deliverability-dashboard/statistics-report/{Domain}", Dashboard),
        Refused("ListDeliverabilityTestReports", "GET", "/v2/email/deliverability-dashboard/test-reports", Dashboard),
        Refused("ListDomainDeliverabilityCampaigns", "GET", "/v2/email/deliverability-dashboard/domains/{SubscribedDomain}/campaigns", Dashboard),
        Refused("PutDeliverabilityDashboardOption", "PUT", "/v2/email/deliverability-dashboard", Dashboard),
        Refused("CreateMultiRegionEndpoint", "POST", "/v2/email/multi-region-endpoints", Regions),
        Refused("DeleteMultiRegionEndpoint", "DELETE", "/v2/email/multi-region-endpoints/{EndpointName}", Regions),
        Refused("GetMultiRegionEndpoint", "GET", "/v2/email/multi-region-endpoints/{EndpointName}", Regions),
        Refused("ListMultiRegionEndpoints", "GET", "/v2/email/multi-region-endpoints", Regions),
        EmailIdentityCertificates.Associate with { Deviation = Certificates },
        EmailIdentityCertificates.Disassociate with { Deviation = Certificates },
        EmailIdentityCertificates.List with { Deviation = Certificates },
    ];

    private static SesOperation Refused(string name, string method, string path, string reason)
    {
        var error = SesError.BadRequest($"{name} has no meaning outside of AWS: {reason}.");
        return SesOperation.Of(name, method, path, (_, _) => ValueTask.FromResult<SesAnswer>(error)) with
        {
            Deviation = $"{char.ToUpperInvariant(reason[0])}{reason[1..]}.",
        };
    }
}
