using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Silo.Core.Messages;
using Silo.Server.AdminApi;
using Silo.Server.Insights;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Exports;
using Silo.Server.SesApi.Operations.Insights;
using Silo.Storage;
using Silo.Storage.Insights;

namespace Silo.Server.Exports;

/// <summary>Messages by a filter, the latest first, one line for each recipient.</summary>
internal sealed class InsightExport(
    InsightSearch search, InsightIndexer indexer, InsightNames names, InsightOptions options, TimeProvider time) : IExportSource
{
    private const int PageSize = 1_000;

    private static readonly byte[] Header = CsvText.Line(
        "MessageId", "TenantName", "AcceptedAt", "FromEmailAddress", "Destination", "Isp", "Subject", "ConfigurationSetName", "LastDeliveryEvent",
        "LastEngagementEvent");

    public bool Reads(ExportJob job) => job.IsOfMessages;

    public async IAsyncEnumerable<ExportPiece> Read(ExportJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var source = job.Source.MessageInsightsDataSource!;
        while (!await indexer.CatchUp(cancellationToken)) yield return default;
        var oldest = time.GetUtcNow() - TimeSpan.FromDays(options.RetentionDays);
        var (from, until) = (Timestamps.Of(source.StartDate!.Value), Timestamps.Of(source.EndDate!.Value));
        // A tenant that was made again under the name is another one.
        var query = await InsightMembers.ToQuery(
            names, from < oldest ? oldest : from, until, job.TenantName, source.Include, source.Exclude, cancellationToken);
        if (job.TenantKey != 0) query = query with { TenantKeys = [.. query.TenantKeys!.Where(k => k == job.TenantKey)] };
        if (!job.IsJson) yield return new ExportPiece(Header, 0, 0);
        var left = source.MaxResults ?? MessageInsightsDataSourceShape.UsualResults;
        InsightPlace? after = null;
        do
        {
            var page = await search.Page(query, after, Math.Min(left, PageSize), cancellationToken);
            if (page.Rows.Count == 0) yield return default;
            foreach (var row in page.Rows)
                yield return new ExportPiece(Line(row, await names.Find(row.Key.TenantKey, cancellationToken), job.IsJson), 1, 1);
            (after, left) = (page.Next, left - page.Rows.Count);
        }
        while (after is not null && left > 0);
    }

    internal static byte[] Line(InsightRow row, string? tenantName, bool isJson)
    {
        if (isJson)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(
                MessageSearchOperations.ToWire(row, tenantName), AdminJson.Default.FoundMessageShape);
            return [.. json, (byte)'\n'];
        }

        return CsvText.Line(
            MessageIdFormat.ToText(row.Key.AcceptedMs, row.Key.Message), tenantName,
            DateTimeOffset.FromUnixTimeMilliseconds(row.Key.AcceptedMs).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture), row.From,
            row.Recipient, row.Provider, row.Subject, row.SetName, InsightEvents.DeliveryNames[row.Delivery],
            row.Engagement == InsightEvents.None ? null : InsightEvents.EngagementNames[row.Engagement - 1]);
    }
}
