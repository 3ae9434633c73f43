using Silo.Server.Accounts;
using Silo.Server.Identities;

namespace Silo.Server.SesApi.Operations.Recommendations;

/// <summary>
/// What is wrong with identities in DNS: under the types DKIM and SPF, and by an identity's ARN. It is read off the identities as they are,
/// so it ends with its cause, and there is none that is FIXED.
/// </summary>
internal static class IdentityRecommendations
{
    public static bool Takes(SesCall call, RecommendationFilter filter) =>
        filter.Type is IdentityFault.Dkim or IdentityFault.Spf || IdentityOf(call, filter) is not null;

    /// <param name="after">The identity after which to go on.</param>
    /// <param name="write">Makes a token of the name of one.</param>
    public static async ValueTask<SesAnswer> List(
        SesCall call, RecommendationFilter filter, string? after, Func<string?, string?> write, int pageSize, CancellationToken cancellationToken)
    {
        var (services, rows) = (call.Services, new List<Recommendation>());
        string? next = null;
        if (IdentityOf(call, filter) is { } name)
        {
            if (await services.Account.GetIdentity(name, cancellationToken) is not { } only)
                return SesError.NotFound($"Resource {filter.ResourceArn} does not exist.");
            rows.AddRange(Of(services.Arns, only).Where(filter.Matches));
        }
        else
        {
            // A page may be short, with a NextToken, when few of its identities have anything.
            var page = await services.Account.ListIdentities(after, null, pageSize, cancellationToken);
            rows.AddRange(page.Items.SelectMany(i => Of(services.Arns, i)).Where(filter.Matches));
            next = page.Next;
        }

        return SesAnswer.Json(new ListRecommendationsResponse(rows, write(next)), SesJson.Default.ListRecommendationsResponse);
    }

    /// <summary>At most one of each type, in the words of the service.</summary>
    public static IEnumerable<Recommendation> Of(Arns arns, EmailIdentity identity) =>
        IdentityFault.Of(identity).Select(f => new Recommendation(
        arns.Identity(identity.Name), f.Type, f.Text, "OPEN", EpochSeconds.From(f.Since ?? identity.CreatedAt),
        EpochSeconds.From(identity.LastCheckedAt ?? identity.CreatedAt), f.IsGrave ? "HIGH" : "LOW"));

    private static string? IdentityOf(SesCall call, RecommendationFilter filter) =>
        ResourceArn.TryParse(filter.ResourceArn, out var arn) && call.Services.Arns.IsOwn(arn) && arn.Type == "identity" ? arn.Name : null;
}
