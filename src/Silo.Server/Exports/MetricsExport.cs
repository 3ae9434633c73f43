using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Silo.Server.Accounts;
using Silo.Server.Metrics;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Exports;
using Silo.Storage;

namespace Silo.Server.Exports;

/// <summary>
/// Metrics by the day, one line for each day and for each value of the dimensions: those that are named, or with * all that have any mail.
/// </summary>
internal sealed class MetricsExport(MetricsReader metrics, InsightTenants tenants) : IExportSource
{
    private const string Any = "*";

    // Of one day and the values that are named: a line for each of 200,000 tenants.
    private const int MaxLines = 200_000;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>By the names that SES has for them.</summary>
    public static IReadOnlyDictionary<string, MetricsDimensions> Dimensions { get; } =
        new Dictionary<string, MetricsDimensions>(StringComparer.Ordinal)
        {
            ["EMAIL_IDENTITY"] = MetricsDimensions.Identity, ["CONFIGURATION_SET"] = MetricsDimensions.ConfigurationSet,
            ["ISP"] = MetricsDimensions.Provider, ["TENANT_NAME"] = MetricsDimensions.Tenant,
        };

    public bool Reads(ExportJob job) => !job.IsOfMessages;

    public async IAsyncEnumerable<ExportPiece> Read(ExportJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var source = job.Source.MetricsDataSource!;
        if (job.TenantName is { } own && !await tenants.Is(own, job.TenantKey, cancellationToken))
            throw new InvalidDataException("Its tenant is gone.");
        var asked = source.Metrics!.Select(m => (Metric: Metric.OfSes.First(s => s.Name == m!.Name), IsRate: m!.Aggregation == "RATE")).ToArray();
        var names = source.Dimensions!.Keys.ToArray();
        if (!job.IsJson)
        {
            string[] header = ["Timestamp", .. names, .. source.Metrics!.Select(m => $"{m!.Name}_{m.Aggregation}")];
            yield return new ExportPiece(CsvText.Line(header), 0, 0);
        }

        var by = names.Where(n => source.Dimensions![n]![0] == Any).Aggregate(MetricsDimensions.None, (d, n) => d | Dimensions[n]);
        var (start, until) = (Timestamps.Of(source.StartDate!.Value), Timestamps.Of(source.EndDate!.Value));
        // All names of a day may be many: then each day is read by itself. Else all days are one question, and a few lines.
        IEnumerable<(DateTimeOffset From, DateTimeOffset To)> times = by == MetricsDimensions.None ? [(start, until)] : Days(start, until);
        foreach (var (from, to) in times)
        {
            foreach (var filter in Filters(source.Dimensions!, job.TenantName))
            {
                var request = new MetricsRequest([.. asked.Select(a => a.Metric).Distinct()], from, to, MetricsPeriod.Day)
                {
                    Filter = filter, By = by, Most = MaxLines,
                };
                if (request.Fault(from) is { } fault) throw new InvalidDataException(fault + ".");
                // A tenant that is not there has no mail.
                if (await metrics.Read(request, cancellationToken) is not { } answer) continue;
                if (answer.IsCut) throw new InvalidDataException($"There are more than {MaxLines} lines of one day: name fewer values.");
                foreach (var row in answer.Rows)
                {
                    var values = names.Select(n => Value(n, row, filter)).ToArray();
                    // What is about no single value of a dimension that is told apart, such as a tenant that is gone.
                    if (values.Contains(null)) continue;
                    yield return new ExportPiece(Line(job, row, request, names, values!, asked), 1, 1);
                }

                yield return default;
            }
        }
    }

    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Days(DateTimeOffset start, DateTimeOffset until)
    {
        for (var from = start; from < until; from = Floor(from) + Day)
        {
            var end = Floor(from) + Day;
            yield return (from, end < until ? end : until);
        }
    }

    private static DateTimeOffset Floor(DateTimeOffset instant) => new(instant.UtcDateTime.Date, TimeSpan.Zero);

    /// <summary>One for each combination of the values that are named.</summary>
    private static IEnumerable<MetricsFilter> Filters(IReadOnlyDictionary<string, IReadOnlyList<string?>?> dimensions, string? ownTenant)
    {
        IEnumerable<MetricsFilter> filters = [new MetricsFilter { TenantName = ownTenant }];
        foreach (var (dimension, values) in dimensions)
        {
            if (values![0] == Any) continue;
            filters = filters.SelectMany(f => values.Distinct().Select(v => dimension switch
            {
                "EMAIL_IDENTITY" => f with { Identity = IdentityName.Normalize(v!) ?? v },
                "CONFIGURATION_SET" => f with { ConfigurationSet = v },
                "ISP" => f with { Provider = v },
                // Another's is for a tenant's own job what is not there.
                _ => ownTenant is null || v == ownTenant ? f with { TenantName = v } : null,
            }).OfType<MetricsFilter>());
        }

        return filters;
    }

    private static string? Value(string dimension, MetricsRow row, MetricsFilter filter) => dimension switch
    {
        "EMAIL_IDENTITY" => filter.Identity ?? row.Identity,
        "CONFIGURATION_SET" => filter.ConfigurationSet ?? row.ConfigurationSet,
        "ISP" => filter.Provider ?? (row.Provider is { Length: > 0 } provider ? provider : null),
        _ => filter.TenantName ?? row.TenantName,
    };

    private static byte[] Line(
        ExportJob job, MetricsRow row, MetricsRequest request, string[] names, string[] values, (Metric Metric, bool IsRate)[] asked)
    {
        var timestamp = row.Start.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        double?[] numbers =
            [.. asked.Select(a => row.Values[IndexOf(request.Metrics, a.Metric)] is var value && a.IsRate ? value.Rate : value.Count)];
        if (!job.IsJson)
            return CsvText.Line([timestamp, .. values, .. numbers.Select(n => n?.ToString("0.##########", CultureInfo.InvariantCulture))]);
        var line = new MetricsLine(
            timestamp, names.Zip(values).ToDictionary(v => v.First, v => v.Second),
            [
                .. job.Source.MetricsDataSource!.Metrics!.Zip(numbers)
                    .Select(m => new MetricsLineValue(m.First!.Name!, m.First.Aggregation!, m.Second)),
            ]);
        return [.. JsonSerializer.SerializeToUtf8Bytes(line, MetricsLineJson.Default.MetricsLine), (byte)'\n'];
    }

    private static int IndexOf(IReadOnlyList<Metric> metrics, Metric metric)
    {
        for (var i = 0; i < metrics.Count; i++)
            if (ReferenceEquals(metrics[i], metric)) return i;
        throw new InvalidOperationException("A metric that was not asked for.");
    }
}

/// <summary>Whether a tenant is still the one that a job was made for.</summary>
internal sealed class InsightTenants(ISiloStore store)
{
    public async ValueTask<bool> Is(string tenantName, long tenantKey, CancellationToken cancellationToken) =>
        (await store.Tenants.Load(tenantName, cancellationToken))?.TenantKey == tenantKey;
}

/// <param name="Timestamp">Where the day begins, in UTC.</param>
internal sealed record MetricsLine(string Timestamp, Dictionary<string, string> Dimensions, IReadOnlyList<MetricsLineValue> Metrics);

/// <param name="Value">A count, or a rate from 0 to 1; null for a rate of nothing.</param>
internal sealed record MetricsLineValue(string Name, string Aggregation, double? Value);

[JsonSerializable(typeof(MetricsLine))]
internal sealed partial class MetricsLineJson : JsonSerializerContext;
