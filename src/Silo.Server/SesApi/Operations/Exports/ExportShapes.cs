using System.Text.Json.Serialization;
using Silo.Server.SesApi.Operations.Insights;

namespace Silo.Server.SesApi.Operations.Exports;

/// <summary>What an export is of: exactly one of the two. Stored with its job: members may be added, never changed.</summary>
internal sealed record ExportDataSourceShape(
    MetricsDataSourceShape? MetricsDataSource, MessageInsightsDataSourceShape? MessageInsightsDataSource);

/// <param name="StartDate">Epoch seconds.</param>
/// <param name="EndDate">Epoch seconds.</param>
internal sealed record MetricsDataSourceShape(
    IReadOnlyDictionary<string, IReadOnlyList<string?>?>? Dimensions, string? Namespace, IReadOnlyList<ExportMetricShape?>? Metrics,
    decimal? StartDate, decimal? EndDate);

internal sealed record ExportMetricShape(string? Name, string? Aggregation);

/// <param name="StartDate">Epoch seconds.</param>
/// <param name="EndDate">Epoch seconds.</param>
/// <param name="MaxResults">1 to <see cref="MostResults"/>; absent for <see cref="UsualResults"/>.</param>
internal sealed record MessageInsightsDataSourceShape(
    decimal? StartDate, decimal? EndDate, InsightFiltersShape? Include, InsightFiltersShape? Exclude, int? MaxResults)
{
    /// <summary>That of SES.</summary>
    public const int UsualResults = 1_000;

    /// <summary>SES takes a sample beyond 10,000; here it is all of them, up to this.</summary>
    public const int MostResults = 1_000_000;
}

internal sealed record ExportDestinationShape(string? DataFormat, string? S3Url);

/// <param name="TenantName">Silo's own: whose job it is, and whose data alone it is about; absent for the account.</param>
internal sealed record CreateExportJobRequest(
    ExportDataSourceShape? ExportDataSource, ExportDestinationShape? ExportDestination, string? TenantName);

internal sealed record CreateExportJobResponse(string JobId);

internal sealed record ExportFailureShape(string? FailedRecordsS3Url, string? ErrorMessage);

internal sealed record ExportStatisticsShape(long ProcessedRecordsCount, long ExportedRecordsCount);

internal sealed record GetExportJobResponse(
    string JobId, string ExportSourceType, string JobStatus, ExportDestinationShape ExportDestination, ExportDataSourceShape ExportDataSource,
    decimal CreatedTimestamp, decimal? CompletedTimestamp, ExportFailureShape? FailureInfo, ExportStatisticsShape? Statistics)
{
    /// <summary>Silo's own; absent for one of the account.</summary>
    public string? TenantName { get; init; }
}

/// <param name="TenantName">Silo's own: whose jobs alone; absent for all that the key may see.</param>
internal sealed record ListExportJobsRequest(
    string? NextToken, int? PageSize, string? ExportSourceType, string? JobStatus, string? TenantName);

/// <param name="TenantName">Silo's own: another's job is not found; absent for any that the key may see.</param>
internal sealed record CancelExportJobRequest(string? TenantName);

internal sealed record ExportJobSummaryShape(
    string JobId, string ExportSourceType, string JobStatus, decimal CreatedTimestamp, decimal? CompletedTimestamp);

internal sealed record ListExportJobsResponse(IReadOnlyList<ExportJobSummaryShape> ExportJobs, string? NextToken);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CreateExportJobRequest))]
[JsonSerializable(typeof(CreateExportJobResponse))]
[JsonSerializable(typeof(GetExportJobResponse))]
[JsonSerializable(typeof(CancelExportJobRequest))]
[JsonSerializable(typeof(ListExportJobsRequest))]
[JsonSerializable(typeof(ListExportJobsResponse))]
internal sealed partial class ExportShapesJson : JsonSerializerContext;
