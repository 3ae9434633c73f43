using System.Globalization;
using Silo.Core.Suppression;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Suppression;

internal static class ListSuppressedDestinations
{
    private const string Name = "ListSuppressedDestinations";

    public static SesOperation Operation { get; } = SesOperation.Of(Name, "GET", SuppressionMembers.Path, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var tenantName = call.TenantOr(call.QueryValue("TenantName", checks));
        SuppressionMembers.CheckTenant(tenantName, checks);
        var reasons = call.QueryValues("Reason").Distinct().Order(StringComparer.Ordinal).ToArray();
        foreach (var each in reasons) checks.OneOf(each, "Reason", "BOUNCE", "COMPLAINT");
        var (from, until) = (Instant("StartDate"), Instant("EndDate"));
        var filterText = string.Create(CultureInfo.InvariantCulture, $"{tenantName}\n{string.Join(',', reasons)}\n{from:O}\n{until:O}");
        var pageSize = PageToken.Size(call.QueryInt("PageSize", checks), checks);
        var token = call.QueryValue("NextToken", checks);
        if (checks.Error is { } refused) return refused;
        var after = PageToken.Read(Name, filterText, token, checks);
        if (checks.Error is { } badToken) return SesError.InvalidNextToken(badToken.Message);

        if (await SuppressionMembers.NoSuchList(call, tenantName, cancellationToken) is { } missing) return missing;
        var filter = new SuppressionFilter(tenantName)
        {
            After = after, From = from, Until = until,
            Reason = reasons is [var only] ? only == "BOUNCE" ? SuppressionReason.Bounce : SuppressionReason.Complaint : null,
        };
        var page = await call.Services.Store.Suppressions.List(filter, pageSize, cancellationToken);
        return SesAnswer.Json(
            new ListSuppressedDestinationsResponse(
                [.. page.Items.Select(e => new SuppressedDestinationSummary(
                    e.Address, SuppressionMembers.NameOf(e.Reason), EpochSeconds.From(e.UpdatedAt)))],
                PageToken.Write(Name, filterText, page.Next)),
            SesJson.Default.ListSuppressedDestinationsResponse);

        DateTimeOffset? Instant(string member)
        {
            if (call.QueryValue(member, checks) is not { } text) return null;
            const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var instant)) return instant;
            checks.Fail($"{member} must be an ISO 8601 instant, as 2026-01-31T00:00:00Z");
            return null;
        }
    }
}

internal sealed record ListSuppressedDestinationsResponse(
    IReadOnlyList<SuppressedDestinationSummary> SuppressedDestinationSummaries, string? NextToken);

internal sealed record SuppressedDestinationSummary(string EmailAddress, string Reason, decimal LastUpdateTime);
