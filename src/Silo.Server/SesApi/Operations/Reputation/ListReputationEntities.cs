using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Reputation;

internal static class ListReputationEntities
{
    private const string Name = "ListReputationEntities";

    public static SesOperation Operation { get; } = SesOperation.Of(
        Name, "POST", "/v2/email/reputation/entities", SesJson.Default.ListReputationEntitiesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, ListReputationEntitiesRequest request,
        CancellationToken cancellationToken)
    {
        var checks = new MemberChecks().Filter(
            request.Filter, "ENTITY_TYPE", "REPUTATION_IMPACT", "SENDING_STATUS", "ENTITY_REFERENCE_PREFIX");
        var filterText = PageToken.FilterText(request.Filter);
        var filter = new TenantFilter
        {
            AfterName = PageToken.Read(Name, filterText, request.NextToken, checks),
            ArnPrefix = request.Filter?.GetValueOrDefault("ENTITY_REFERENCE_PREFIX"),
            SendingStatus = request.Filter?.GetValueOrDefault("SENDING_STATUS"),
            ReputationImpact = request.Filter?.GetValueOrDefault("REPUTATION_IMPACT"),
        };
        checks.OneOf(request.Filter?.GetValueOrDefault("ENTITY_TYPE"), "Filter.ENTITY_TYPE", ReputationEntityMembers.ResourceType);
        checks.OneOf(filter.SendingStatus, "Filter.SENDING_STATUS", "ENABLED", "DISABLED", "REINSTATED");
        checks.OneOf(filter.ReputationImpact, "Filter.REPUTATION_IMPACT", "LOW", "HIGH");
        var pageSize = PageToken.Size(request.PageSize, checks);
        if (checks.Error is { } refused) return refused;

        var page = await call.Services.Store.Tenants.List(filter, pageSize, cancellationToken);
        var entities = new List<ReputationEntity>(page.Items.Count);
        foreach (var listing in page.Items)
            if (await Describe(call, listing, filter, cancellationToken) is { } entity) entities.Add(entity);
        return SesAnswer.Json(
            new ListReputationEntitiesResponse(entities, PageToken.Write(Name, filterText, page.Next)),
            SesJson.Default.ListReputationEntitiesResponse);
    }

    // A tenant may have gone or changed since the page was read; one that no longer fits the filter is left out.
    private static async ValueTask<ReputationEntity?> Describe(
        SesCall call, TenantListing listing, TenantFilter filter, CancellationToken cancellationToken)
    {
        if (await call.Services.Tenants.Get(listing.Name).Describe(cancellationToken) is not { } tenant) return null;
        var entity = ReputationEntityMembers.Of(tenant, call.Services.Arns);
        return (filter.SendingStatus is null || filter.SendingStatus == entity.SendingStatusAggregate)
            && (filter.ReputationImpact is null || filter.ReputationImpact == entity.ReputationImpact)
            && (filter.ArnPrefix is null || tenant.Arn.StartsWith(filter.ArnPrefix, StringComparison.Ordinal))
            ? entity
            : null;
    }
}

internal sealed record ListReputationEntitiesRequest(IReadOnlyDictionary<string, string?>? Filter, string? NextToken, int? PageSize);

internal sealed record ListReputationEntitiesResponse(IReadOnlyList<ReputationEntity> ReputationEntities, string? NextToken);
