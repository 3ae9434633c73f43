using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.Identities;

/// <summary>Clients until mid-2026 send GET with a query, later ones POST with a filter.</summary>
internal static class ListEmailIdentities
{
    private const string Name = "ListEmailIdentities";

    public static SesOperation Operation { get; } = SesOperation.Of(
        Name, "POST", "/v2/email/list-identities", SesJson.Default.ListEmailIdentitiesRequest,
        (call, request, cancellationToken) => List(call, request, new MemberChecks(), cancellationToken));

    public static SesOperation OlderOperation { get; } = SesOperation.Of(Name, "GET", "/v2/email/identities", ListByQuery);

    private static ValueTask<SesAnswer> ListByQuery(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var request = new ListEmailIdentitiesRequest(null, call.QueryValue("NextToken", checks), call.QueryInt("PageSize", checks));
        return List(call, request, checks, cancellationToken);
    }

    private static async ValueTask<SesAnswer> List(
        SesCall call, ListEmailIdentitiesRequest request, MemberChecks checks, CancellationToken cancellationToken)
    {
        checks.Filter(request.Filter, "IDENTITY_NAME_CONTAINS", "IDENTITY_TYPE", "VERIFICATION_STATUS");
        var type = request.Filter?.GetValueOrDefault("IDENTITY_TYPE");
        var status = request.Filter?.GetValueOrDefault("VERIFICATION_STATUS");
        checks.OneOf(type, "Filter.IDENTITY_TYPE", "EMAIL_ADDRESS", "DOMAIN", "MANAGED_DOMAIN");
        checks.OneOf(status, "Filter.VERIFICATION_STATUS", "PENDING", "SUCCESS", "FAILED", "TEMPORARY_FAILURE", "NOT_STARTED");
        var filterText = PageToken.FilterText(request.Filter);
        var after = PageToken.Read(Name, filterText, request.NextToken, checks);
        var pageSize = PageToken.Size(request.PageSize, checks);
        if (checks.Error is { } refused) return refused;

        var found = new List<EmailIdentity>();
        var nameContains = request.Filter?.GetValueOrDefault("IDENTITY_NAME_CONTAINS");
        string? next = after;
        do
        {
            // The store filters by name alone; an account has at most 10,000 identities to go through.
            var page = await call.Services.Account.ListIdentities(next, nameContains, PageToken.MaxPageSize, cancellationToken);
            found.AddRange(page.Items.Where(
                i => (type is null || i.IdentityType == type) && (status is null || i.VerificationStatus == status)));
            next = page.Next;
        }
        while (next is not null && found.Count <= pageSize);

        var more = found.Count > pageSize;
        return SesAnswer.Json(
            new ListEmailIdentitiesResponse(
                [.. found.Take(pageSize).Select(i => new IdentityInfo(i.IdentityType, i.Name, i.IsVerified, i.VerificationStatus))],
                more ? PageToken.Write(Name, filterText, found[pageSize - 1].Name) : null),
            SesJson.Default.ListEmailIdentitiesResponse);
    }
}

internal sealed record ListEmailIdentitiesRequest(IReadOnlyDictionary<string, string?>? Filter, string? NextToken, int? PageSize);

internal sealed record ListEmailIdentitiesResponse(IReadOnlyList<IdentityInfo> EmailIdentities, string? NextToken);

internal sealed record IdentityInfo(string IdentityType, string IdentityName, bool SendingEnabled, string VerificationStatus);
