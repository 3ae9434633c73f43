using Silo.Server.Exports;
using Silo.Server.Metrics;
using Silo.Server.SesApi.Operations.Insights;

namespace Silo.Server.SesApi.Operations.Exports;

/// <summary>Checks what an export is asked for.</summary>
internal static class ExportMembers
{
    private const string Source = "ExportDataSource";
    private const int MaxDimensions = 3;
    private const int MaxValues = 10;
    private const int MaxMetrics = 10;
    private const int MaxValueLength = 320;

    public static void Check(ExportDataSourceShape? source, MemberChecks checks)
    {
        if (!checks.Required(source, Source)) return;
        if ((source.MetricsDataSource is null) == (source.MessageInsightsDataSource is null))
        {
            checks.Fail($"{Source} must have exactly one of MetricsDataSource and MessageInsightsDataSource");
            return;
        }

        if (source.MessageInsightsDataSource is { } messages) Check(messages, checks);
        if (source.MetricsDataSource is { } metrics) Check(metrics, checks);
    }

    private static void Check(MessageInsightsDataSourceShape source, MemberChecks checks)
    {
        const string path = $"{Source}.MessageInsightsDataSource";
        Dates(source.StartDate, source.EndDate, path, checks);
        InsightMembers.Check(source.Include, path + ".Include", checks);
        InsightMembers.Check(source.Exclude, path + ".Exclude", checks);
        checks.Range(source.MaxResults, path + ".MaxResults", 1, MessageInsightsDataSourceShape.MostResults);
    }

    private static void Check(MetricsDataSourceShape source, MemberChecks checks)
    {
        const string path = $"{Source}.MetricsDataSource";
        Dates(source.StartDate, source.EndDate, path, checks);
        if (checks.Required(source.Namespace, path + ".Namespace")) checks.OneOf(source.Namespace, path + ".Namespace", "VDM");
        if (checks.Required(source.Dimensions, path + ".Dimensions"))
        {
            if (source.Dimensions.Count is < 1 or > MaxDimensions)
                checks.Fail($"{path}.Dimensions must have 1 to {MaxDimensions} keys, not {source.Dimensions.Count}");
            foreach (var (dimension, values) in source.Dimensions) CheckValues(dimension, values);
        }

        if (!checks.Required(source.Metrics, path + ".Metrics") || !checks.Items(source.Metrics, path + ".Metrics", MaxMetrics)) return;
        if (source.Metrics.Count == 0) checks.Fail($"{path}.Metrics must have 1 to {MaxMetrics} items, not 0");
        for (var i = 0; i < source.Metrics.Count; i++) CheckMetric(source.Metrics[i]!, $"{path}.Metrics[{i}]");

        void CheckValues(string dimension, IReadOnlyList<string?>? values)
        {
            if (!MetricsExport.Dimensions.ContainsKey(dimension))
            {
                checks.Fail($"{path}.Dimensions has the key '{MemberChecks.Shown(dimension)}', which is none of {string.Join(", ", MetricsExport.Dimensions.Keys)}");
                return;
            }

            var member = $"{path}.Dimensions.{dimension}";
            if (!checks.Required(values, member) || !checks.Items(values, member, MaxValues)) return;
            if (values.Count == 0) checks.Fail($"{member} must have 1 to {MaxValues} items, not 0");
            for (var i = 0; i < values.Count; i++) checks.Length(values[i], $"{member}[{i}]", 1, MaxValueLength);
            if (values.Count > 1 && values.Contains("*")) checks.Fail($"{member} must have * alone");
        }

        void CheckMetric(ExportMetricShape metric, string member)
        {
            if (checks.Required(metric.Name, member + ".Name")) checks.OneOf(metric.Name, member + ".Name", [.. Metric.OfSes.Select(m => m.Name)]);
            if (checks.Required(metric.Aggregation, member + ".Aggregation"))
                checks.OneOf(metric.Aggregation, member + ".Aggregation", "VOLUME", "RATE");
            if (metric.Aggregation == "RATE" && Metric.OfSes.FirstOrDefault(m => m.Name == metric.Name) is { Whole: null })
                checks.Fail($"{member}.Aggregation must be VOLUME: {metric.Name} is a share of nothing");
        }
    }

    private static void Dates(decimal? from, decimal? until, string path, MemberChecks checks)
    {
        if (!checks.Required(from, path + ".StartDate") | !checks.Required(until, path + ".EndDate")) return;
        var (start, end) = (Timestamps.Read(from, path + ".StartDate", checks), Timestamps.Read(until, path + ".EndDate", checks));
        if (start >= end) checks.Fail($"{path}.StartDate must be before EndDate");
        if (path.EndsWith(".MetricsDataSource", StringComparison.Ordinal) && end - start > MetricsRequest.Longest)
            checks.Fail($"{path}.EndDate must be at most {MetricsRequest.Longest.Days} days after StartDate");
    }
}
