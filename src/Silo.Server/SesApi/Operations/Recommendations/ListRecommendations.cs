using System.Globalization;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Recommendations;

/// <summary>
/// What was found as recommendations: event destinations that were given up, then reputation findings in the order of the tenants' names,
/// then what is wrong with identities in DNS.
/// </summary>
internal static class ListRecommendations
{
    private const string Name = "ListRecommendations";
    private const int MaxPageSize = 100;

    // No tenant has such names: the place of what belongs to no tenant, and of what is wrong behind an identity of this name.
    private const string OfAccount = "*";
    private const char OfIdentity = '#';

    /// <summary>Tenants looked at in one call; a page may be short, with a NextToken, when few of them match.</summary>
    private const int MaxTenantsPerCall = 500;

    public static SesOperation Operation { get; } = SesOperation.Of(
        Name, "POST", "/v2/email/vdm/recommendations", SesJson.Default.ListRecommendationsRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, ListRecommendationsRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var filter = RecommendationFilter.Of(request.Filter, checks);
        var filterText = PageToken.FilterText(request.Filter);
        var token = PageToken.Read(Name, filterText, request.NextToken, checks);
        var place = IdentityRecommendations.Takes(call, filter) ? null : Place.Parse(token, checks);
        var pageSize = PageToken.Size(request.PageSize, checks, 1, MaxPageSize);
        if (checks.Error is { } refused) return refused;

        if (IdentityRecommendations.Takes(call, filter))
            return await IdentityRecommendations.List(call, filter, token, t => PageToken.Write(Name, filterText, t), pageSize, cancellationToken);
        var page = new List<Recommendation>();
        Place? next = null;
        if (filter.ResourceArn is { } arn)
        {
            var (resource, error) = await Tags.TaggedResource.Find(call, arn, cancellationToken);
            if (error is not null) return error;
            var tenant = Accounts.ResourceArn.TryParse(resource, out var parsed) && parsed.TenantId is { } id
                ? await call.Services.Store.Tenants.FindById(id, cancellationToken)
                : null;
            if (tenant is null) next = AddDestinations(call, filter, resource, place?.Skip ?? 0, pageSize, page);
            else next = await Add(call, tenant.Name, filter, place?.Skip ?? 0, pageSize, page, cancellationToken);
        }
        else
        {
            next = await AddAll(call, filter, place, pageSize, page, cancellationToken);
        }

        return SesAnswer.Json(
            new ListRecommendationsResponse(page, PageToken.Write(Name, filterText, next?.ToString())),
            SesJson.Default.ListRecommendationsResponse);
    }

    private static async ValueTask<Place?> AddAll(
        SesCall call, RecommendationFilter filter, Place? place, int pageSize, List<Recommendation> page,
        CancellationToken cancellationToken)
    {
        if (place is null or { TenantName: OfAccount })
        {
            if (AddDestinations(call, filter, null, place?.Skip ?? 0, pageSize, page) is { } more) return more;
            place = null;
        }

        if (place?.TenantName is [OfIdentity, .. var identity])
            return await AddIdentities(call, filter, identity, place.Skip, pageSize, page, cancellationToken);
        if (place is { Skip: > 0 }
            && await Add(call, place.TenantName, filter, place.Skip, pageSize, page, cancellationToken) is { } rest)
            return rest;
        var done = place ?? new Place(OfAccount, int.MaxValue);
        var tenants = await call.Services.Store.Tenants.List(
            new TenantFilter { AfterName = place?.TenantName, WithFinding = filter.OnlyOpen }, MaxTenantsPerCall, cancellationToken);
        foreach (var tenant in tenants.Items)
        {
            // Nothing of this tenant fits: the next page begins with it, so the place is behind the one before.
            if (page.Count == pageSize) return done;
            if (await Add(call, tenant.Name, filter, 0, pageSize, page, cancellationToken) is { } inside) return inside;
            done = new Place(tenant.Name, 0);
        }

        return tenants.Next is null || tenants.Items.Count == 0
            ? await AddIdentities(call, filter, "", 0, pageSize, page, cancellationToken)
            : new Place(tenants.Items[^1].Name, 0);
    }

    /// <param name="after">Behind the identity of this name; empty from the first.</param>
    /// <param name="skip">Rows of the first one that were given.</param>
    private static async ValueTask<Place?> AddIdentities(
        SesCall call, RecommendationFilter filter, string after, int skip, int pageSize, List<Recommendation> page,
        CancellationToken cancellationToken)
    {
        // Types of identities come another way.
        if (filter.Type is not null) return null;
        var identities = await call.Services.Account.ListIdentities(
            after.Length == 0 ? null : after, null, MaxTenantsPerCall, cancellationToken);
        foreach (var identity in identities.Items)
        {
            var rows = IdentityRecommendations.Of(call.Services.Arns, identity).Where(filter.Matches).Skip(skip).ToList();
            var room = pageSize - page.Count;
            page.AddRange(rows.Take(room));
            if (rows.Count > room) return new Place(OfIdentity + after, skip + room);
            (after, skip) = (identity.Name, 0);
        }

        return identities.Next is null ? null : new Place(OfIdentity + after, 0);
    }

    /// <param name="resource">Only of this ARN.</param>
    private static Place? AddDestinations(
        SesCall call, RecommendationFilter filter, string? resource, int skip, int pageSize, List<Recommendation> page)
    {
        var rows = call.Services.EventDestinations.GivenUp.Select(d => Recommendation.Of(d, call.Services.Arns))
            .Where(r => (resource is null || r.ResourceArn == resource) && filter.Matches(r)).Skip(skip).Take(pageSize + 1).ToList();
        page.AddRange(rows.Take(pageSize));
        return rows.Count > pageSize ? new Place(OfAccount, skip + pageSize) : null;
    }

    // Answers where to go on when the page is full and this tenant has more; the number says how many of its rows were given.
    private static async ValueTask<Place?> Add(
        SesCall call, string tenantName, RecommendationFilter filter, int skip, int pageSize, List<Recommendation> page,
        CancellationToken cancellationToken)
    {
        if (await call.Services.Tenants.Get(tenantName).Describe(cancellationToken) is not { } tenant) return null;
        var rows = tenant.Findings.OrderBy(f => f.OpenedAt).ThenBy(f => f.Type)
            .Select(f => Recommendation.Of(tenant.Arn, f)).Where(filter.Matches).Skip(skip).ToList();
        var room = pageSize - page.Count;
        page.AddRange(rows.Take(room));
        return rows.Count > room ? new Place(tenantName, skip + room) : null;
    }

    /// <param name="Skip">Rows of this tenant that were given; 0 when it is done with.</param>
    private sealed record Place(string TenantName, int Skip)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{TenantName} {Skip}");

        public static Place? Parse(string? text, MemberChecks checks)
        {
            if (text is null) return null;
            var blank = text.IndexOf(' ');
            if (blank > 0 && int.TryParse(text.AsSpan(blank + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var skip))
                return new Place(text[..blank], skip);
            checks.Fail("NextToken is not one of this operation with this filter");
            return null;
        }
    }
}

internal sealed record ListRecommendationsRequest(IReadOnlyDictionary<string, string?>? Filter, string? NextToken, int? PageSize);

internal sealed record ListRecommendationsResponse(IReadOnlyList<Recommendation> Recommendations, string? NextToken);
