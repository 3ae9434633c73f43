using Silo.Core.Reputation;
using Silo.Server.Accounts;
using Silo.Server.Events;
using Silo.Server.SesApi.Operations.Reputation;

namespace Silo.Server.SesApi.Operations.Recommendations;

/// <summary>SES structure Recommendation.</summary>
internal sealed record Recommendation(
    string ResourceArn, string Type, string Description, string Status,
    decimal CreatedTimestamp, decimal LastUpdatedTimestamp, string Impact)
{
    public static Recommendation Of(string tenantArn, Finding finding) => new(
        tenantArn, NameOf(finding.Type), finding.Description, finding.ClosedAt is null ? "OPEN" : "FIXED",
        EpochSeconds.From(finding.OpenedAt), EpochSeconds.From(finding.ClosedAt ?? finding.UpdatedAt),
        ReputationEntityMembers.NameOf((FindingImpact?)finding.Impact)!);

    /// <summary>Of a destination that the service disabled; it is gone with the next change of it.</summary>
    public static Recommendation Of(ScopedDestination destination, Arns arns)
    {
        var (given, at) = (destination.Destination, EpochSeconds.From(destination.Destination.DisabledAt!.Value));
        return new Recommendation(
            destination.ConfigurationSetName is { } set ? arns.ConfigurationSet(set) : arns.Account, TenantRecord.DestinationType,
            $"The event destination {destination.ShownName} was disabled, since {given.DisabledReason}.", "OPEN", at, at,
            ReputationEntityMembers.NameOf((FindingImpact?)FindingImpact.High)!);
    }

    public static string NameOf(FindingType type) => type switch
    {
        FindingType.Bounce => "BOUNCE",
        FindingType.Complaint => "COMPLAINT",
        FindingType.FeedbackThirdParty => "FEEDBACK_3P",
        FindingType.IpListing => "IP_LISTING",
        // Silo's own.
        FindingType.Volume => "VOLUME",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}

/// <summary>One of RESOURCE_ARN, TYPE, IMPACT, STATUS alone, or STATUS with IMPACT or TYPE; no filter gives everything.</summary>
internal sealed record RecommendationFilter(string? ResourceArn, string? Type, string? Impact, string? Status)
{
    public bool OnlyOpen => Status == "OPEN";

    public static RecommendationFilter Of(IReadOnlyDictionary<string, string?>? filter, MemberChecks checks)
    {
        checks.Filter(filter, "RESOURCE_ARN", "TYPE", "IMPACT", "STATUS");
        var result = new RecommendationFilter(
            filter?.GetValueOrDefault("RESOURCE_ARN"), filter?.GetValueOrDefault("TYPE"), filter?.GetValueOrDefault("IMPACT"),
            filter?.GetValueOrDefault("STATUS"));
        if (filter is not null && !(filter.Count == 1 || (filter.Count == 2 && result is { Status: not null, ResourceArn: null })))
            checks.Fail("Filter must be one of RESOURCE_ARN, TYPE, IMPACT, STATUS, or STATUS together with IMPACT or TYPE");
        checks.OneOf(result.Type, "Filter.TYPE", "BIMI", "BOUNCE", "COMPLAINT", "DKIM", "DMARC", "FEEDBACK_3P", "IP_LISTING", "SPF", "VOLUME",
            TenantRecord.DestinationType);
        checks.OneOf(result.Impact, "Filter.IMPACT", "HIGH", "LOW");
        checks.OneOf(result.Status, "Filter.STATUS", "OPEN", "FIXED");
        return result;
    }

    public bool Matches(Recommendation row) =>
        (Type is null || Type == row.Type) && (Impact is null || Impact == row.Impact) && (Status is null || Status == row.Status);
}
