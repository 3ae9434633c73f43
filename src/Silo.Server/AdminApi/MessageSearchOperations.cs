using Silo.Core.Messages;
using Silo.Server.Insights;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Insights;
using Silo.Storage;
using Silo.Storage.Insights;

namespace Silo.Server.AdminApi;

/// <summary>The search over all messages of the last days: complete, page by page, the latest first.</summary>
internal static class MessageSearchOperations
{
    private const string Name = "SearchMessages";
    private static readonly TimeSpan Usual = TimeSpan.FromDays(7);

    public static SesOperation Search { get; } = SesOperation.Of(
        Name, "POST", "/silo/v1/messages/search", AdminJson.Default.SearchMessagesRequest, Handle) with
    {
        MostAtOnce = 8,
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, SearchMessagesRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var now = call.Services.Time.GetUtcNow();
        var until = Timestamps.Read(request.EndDate, "EndDate", checks) ?? now.AddMilliseconds(1);
        var from = Timestamps.Read(request.StartDate, "StartDate", checks) ?? Earlier(until);
        if (from >= until) checks.Fail("StartDate must be before EndDate");
        InsightMembers.Check(request.Include, "Include", checks);
        InsightMembers.Check(request.Exclude, "Exclude", checks);
        var pageSize = PageToken.Size(request.PageSize, checks);
        var tenantName = call.TenantOr(request.TenantName);
        // What is asked for besides the page; the end is a part of it only when it is given.
        var filter = FilterOf(request, tenantName);
        var key = PageToken.Read(Name, filter, request.NextToken, checks);
        if (!InsightSearch.TryRead(key, out var after)) checks.Fail("NextToken is not one of this operation with this filter");
        if (checks.Error is { } refused) return refused;

        // Only the first page looks for what is new: the others go back from there.
        var isComplete = after is not null || await call.Services.InsightIndexer.CatchUp(cancellationToken);
        var oldest = now - TimeSpan.FromDays(call.Services.InsightOptions.RetentionDays);
        var query = await InsightMembers.ToQuery(
            call.Services.InsightNames, from < oldest ? oldest : from, until, tenantName, request.Include, request.Exclude, cancellationToken);
        var page = await call.Services.InsightSearch.Page(query, after, pageSize, cancellationToken);
        var messages = new List<FoundMessageShape>();
        foreach (var row in page.Rows) messages.Add(ToWire(row, await call.Services.InsightNames.Find(row.Key.TenantKey, cancellationToken)));
        return SesAnswer.Json(
            new SearchMessagesResponse(messages, PageToken.Write(Name, filter, InsightSearch.Write(page.Next)), isComplete ? null : true),
            AdminJson.Default.SearchMessagesResponse);
    }

    public static FoundMessageShape ToWire(InsightRow row, string? tenantName) => new(
        MessageIdFormat.ToText(row.Key.AcceptedMs, row.Key.Message), tenantName, row.Key.AcceptedMs / 1000m, row.From, row.Recipient, row.Provider,
        row.Subject, row.SetName, InsightEvents.DeliveryNames[row.Delivery],
        row.Engagement == InsightEvents.None ? null : InsightEvents.EngagementNames[row.Engagement - 1], row.Recipients);

    private static DateTimeOffset Earlier(DateTimeOffset until) =>
        until - DateTimeOffset.MinValue > Usual ? until - Usual : DateTimeOffset.MinValue;

    private static string FilterOf(SearchMessagesRequest request, string? tenantName)
    {
        return string.Join('\u0001', [
            request.StartDate?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "",
            request.EndDate?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "", tenantName ?? "",
            .. Of(request.Include), "\u0002", .. Of(request.Exclude)]);

        static IEnumerable<string> Of(InsightFiltersShape? shape) => shape is null ? [] : new[]
        {
            shape.FromEmailAddress, shape.Destination, shape.Subject, shape.Isp, shape.TenantName, shape.ConfigurationSetName,
            shape.LastDeliveryEvent, shape.LastEngagementEvent,
        }.Select(v => v is null ? "" : string.Join('\u0003', v));
    }
}

/// <param name="StartDate">Epoch seconds, of the acceptance; absent for 7 days before the end.</param>
/// <param name="EndDate">Epoch seconds, the first instant that is not in it; absent for now.</param>
/// <param name="TenantName">Of this tenant alone.</param>
internal sealed record SearchMessagesRequest(
    decimal? StartDate, decimal? EndDate, string? TenantName, InsightFiltersShape? Include, InsightFiltersShape? Exclude, int? PageSize,
    string? NextToken);

/// <param name="Messages">One for each recipient. A page may hold fewer than were asked for, or none; what counts is NextToken.</param>
/// <param name="IsBehind">True when the latest are missing, since the log is still gone through; absent else.</param>
internal sealed record SearchMessagesResponse(IReadOnlyList<FoundMessageShape> Messages, string? NextToken, bool? IsBehind);

/// <param name="TenantName">"$account" for mail that was sent without a tenant; absent for a tenant that is not there any more.</param>
/// <param name="AcceptedAt">Epoch seconds.</param>
/// <param name="Recipients">How many the message has.</param>
internal sealed record FoundMessageShape(
    string MessageId, string? TenantName, decimal AcceptedAt, string FromEmailAddress, string Destination, string Isp, string? Subject,
    string? ConfigurationSetName, string LastDeliveryEvent, string? LastEngagementEvent, int Recipients);
