using Silo.Core.Tenants;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Reputation;

internal static class ListReputationEntities
{
    private const string Name = "ListReputationEntities";

    public static SesOperation Operation { get; } = SesOperation.Of(
        Name, "POST", "/v2/email/reputation/entities", SesJson.Default.ListReputationEntitiesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, ListReputationEntitiesRequest request, CancellationToken cancellationToken)
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
        // The stored state has every change of standing; asking the actors would wake up to a thousand of them.
        var entities = page.Items
            .Select(t => ReputationEntityMembers.Of(t.Arn, TenantState.Read(t.State.Span).Standing, call.Services.Arns))
            .ToList();
        return SesAnswer.Json(
            new ListReputationEntitiesResponse(entities, PageToken.Write(Name, filterText, page.Next)),
            SesJson.Default.ListReputationEntitiesResponse);
    }
}

internal sealed record ListReputationEntitiesRequest(IReadOnlyDictionary<string, string?>? Filter, string? NextToken, int? PageSize);

internal sealed record ListReputationEntitiesResponse(IReadOnlyList<ReputationEntity> ReputationEntities, string? NextToken);
