namespace Silo.Server.SesApi.Operations.ConfigurationSets;

/// <summary>Clients until mid-2026 send GET with a query, later ones POST with a filter.</summary>
internal static class ListConfigurationSets
{
    private const string Name = "ListConfigurationSets";

    public static SesOperation Operation { get; } = SesOperation.Of(
        Name, "POST", "/v2/email/list-configuration-sets", SesJson.Default.ListConfigurationSetsRequest,
        (call, request, cancellationToken) => List(call, request, new MemberChecks(), cancellationToken));

    public static SesOperation OlderOperation { get; } = SesOperation.Of(Name, "GET", "/v2/email/configuration-sets", ListByQuery);

    private static ValueTask<SesAnswer> ListByQuery(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var request = new ListConfigurationSetsRequest(null, call.QueryValue("NextToken", checks), call.QueryInt("PageSize", checks));
        return List(call, request, checks, cancellationToken);
    }

    private static async ValueTask<SesAnswer> List(
        SesCall call, ListConfigurationSetsRequest request, MemberChecks checks, CancellationToken cancellationToken)
    {
        checks.Filter(request.Filter, "CONFIGURATION_SET_NAME_CONTAINS");
        var filterText = PageToken.FilterText(request.Filter);
        var after = PageToken.Read(Name, filterText, request.NextToken, checks);
        var pageSize = PageToken.Size(request.PageSize, checks);
        if (checks.Error is { } refused) return refused;

        var nameContains = request.Filter?.GetValueOrDefault("CONFIGURATION_SET_NAME_CONTAINS");
        var page = await call.Services.Account.ListConfigurationSets(after, nameContains, pageSize, cancellationToken);
        return SesAnswer.Json(
            new ListConfigurationSetsResponse(page.Items, PageToken.Write(Name, filterText, page.Next)),
            SesJson.Default.ListConfigurationSetsResponse);
    }
}

internal sealed record ListConfigurationSetsRequest(IReadOnlyDictionary<string, string?>? Filter, string? NextToken, int? PageSize);

internal sealed record ListConfigurationSetsResponse(IReadOnlyList<string> ConfigurationSets, string? NextToken);
