using System.Text.Json.Serialization;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Metrics;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Server.Tenants.Embedded;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Metrics;

/// <summary>Series by the day of the metrics of SES, of all mail or by any of its four dimensions.</summary>
internal static class BatchGetMetricData
{
    private const int MaxQueries = 10;
    private const int MaxIdLength = 255;
    private const int MaxValueLength = 512;
    private const string Denied = "ACCESS_DENIED";
    private const string Failed = "INTERNAL_FAILURE";
    private static readonly string[] Names = [.. Metric.OfSes.Select(m => m.Name)];

    public static SesOperation Operation { get; } = SesOperation.Of(
        "BatchGetMetricData", "POST", "/v2/email/metrics/batch", MetricsJson.Default.BatchGetMetricDataRequest, Handle) with
    {
        Deviation = "Exact, never sampled. A query may give all four dimensions, `TENANT_NAME` among them; an empty `CONFIGURATION_SET` is "
            + "mail without one. Each metric counts on the UTC day on which its message was accepted, so no rate is above 1; each day of the "
            + "interval has a value, that in which `EndDate` lies as well. `DELIVERY` counts what a relay took as long as nothing else is told "
            + "of it. What the simulator transport plays for ordinary addresses counts like other mail, so that a trial has figures; mail to "
            + "the mailbox simulator does not. A tenant's key gets its own tenant's figures, and `ACCESS_DENIED` for every other name. Without "
            + "`TENANT_NAME` figures may be minutes old.",
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, BatchGetMetricDataRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var queries = Check(request.Queries, checks);
        if (request.TenantName is { } name && name != TenantName.Account) TenantMembers.CheckName(name, checks);
        if (checks.Error is { } refused) return refused;
        // A policy may have allowed the call for the tenant that it names: to it there is no other, whatever key it is made with.
        var own = call.TenantOr(request.TenantName);
        var results = new MetricDataResult?[queries.Count];
        var errors = new List<MetricDataError>();
        // Queries about the same mail and time are one question.
        foreach (var same in queries.Select((q, at) => (Query: q, At: at)).GroupBy(q => (q.Query.Filter, q.Query.From, q.Query.To)))
        {
            var asked = same.ToArray();
            var (filter, from, to) = same.Key;
            if (own is not null && (filter.TenantName ?? own) != own)
            {
                errors.AddRange(asked.Select(q => new MetricDataError(q.Query.Id, Denied, "The metrics of this tenant are not yours to see.")));
                continue;
            }

            var question = new MetricsRequest([.. asked.Select(q => q.Query.Metric)], from, to, MetricsPeriod.Day)
            {
                Filter = filter with { TenantName = filter.TenantName ?? own },
            };
            try
            {
                var answer = await call.Services.Metrics.Read(question, cancellationToken);
                for (var i = 0; i < asked.Length; i++) results[asked[i].At] = ResultOf(asked[i].Query.Id, question, answer, i);
            }
            catch (Exception e) when (e is StorageException or ActorBusyException)
            {
                errors.AddRange(asked.Select(q => new MetricDataError(q.Query.Id, Failed, "The metrics cannot be read at present. Try again later.")));
            }
        }

        return SesAnswer.Json(
            new BatchGetMetricDataResponse([.. results.OfType<MetricDataResult>()], errors), MetricsJson.Default.BatchGetMetricDataResponse);
    }

    /// <summary>A tenant that does not exist has sent nothing, as a provider or an identity that does not.</summary>
    private static MetricDataResult ResultOf(string id, MetricsRequest question, MetricsAnswer? answer, int metric)
    {
        answer ??= MetricsAnswer.Empty(question);
        var counts = answer.Rows.ToDictionary(r => r.Start, r => r.Values[metric].Count);
        var days = MetricsReader.Buckets(answer, MetricsPeriod.Day).ToArray();
        return new MetricDataResult(id, [.. days.Select(EpochSeconds.From)], [.. days.Select(d => counts.GetValueOrDefault(d))]);
    }

    private static List<Query> Check(IReadOnlyList<MetricDataQuery?>? given, MemberChecks checks)
    {
        var queries = new List<Query>();
        if (!checks.Required(given, "Queries") || !checks.Items(given, "Queries", MaxQueries)) return queries;
        if (given.Count == 0) checks.Fail("Queries must have 1 to 10 items");
        for (var i = 0; i < given.Count; i++)
        {
            var (query, member) = (given[i]!, $"Queries[{i}]");
            if (checks.RequiredText(query.Id, $"{member}.Id")) checks.Length(query.Id, $"{member}.Id", 1, MaxIdLength);
            if (checks.Required(query.Namespace, $"{member}.Namespace")) checks.OneOf(query.Namespace, $"{member}.Namespace", "VDM");
            if (checks.Required(query.Metric, $"{member}.Metric")) checks.OneOf(query.Metric, $"{member}.Metric", Names);
            var (from, to) = (Instant(query.StartDate, $"{member}.StartDate", checks), Instant(query.EndDate, $"{member}.EndDate", checks));
            if (from >= to) checks.Fail($"{member}.StartDate must be before EndDate");
            if (to - from > MetricsRequest.Longest)
                checks.Fail($"{member}.EndDate must be at most {MetricsRequest.Longest.Days} days after StartDate");
            var filter = FilterOf(query.Dimensions, $"{member}.Dimensions", checks);
            if (checks.Error is null) queries.Add(new Query(query.Id!, Metric.Find(query.Metric)!, from!.Value, to!.Value, filter));
        }

        return queries;
    }

    private static DateTimeOffset? Instant(decimal? seconds, string member, MemberChecks checks)
    {
        const long Year9999 = 253_370_764_800;
        if (!checks.Required(seconds, member)) return null;
        if (seconds is >= 0 and < Year9999) return DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds.Value * 1000));
        checks.Fail($"{member} must be epoch seconds of the years 1970 to 9998");
        return null;
    }

    private static MetricsFilter FilterOf(IReadOnlyDictionary<string, string?>? dimensions, string member, MemberChecks checks)
    {
        var filter = MetricsFilter.All;
        if (dimensions is null) return filter;
        if (dimensions.Count == 0) checks.Fail($"{member} must have 1 to 4 keys");
        foreach (var (key, value) in dimensions)
        {
            var path = $"{member}.{MemberChecks.Shown(key)}";
            if (key == "CONFIGURATION_SET" ? checks.Required(value, path) : checks.RequiredText(value, path)) checks.Length(value, path, 0, MaxValueLength);
            switch (key)
            {
                case "EMAIL_IDENTITY":
                    filter = filter with { Identity = IdentityName.Normalize(value) ?? value };
                    break;
                case "CONFIGURATION_SET":
                    filter = filter with { ConfigurationSet = value };
                    break;
                case "ISP":
                    filter = filter with { Provider = value };
                    break;
                case "TENANT_NAME":
                    if (value is { Length: > 0 } && value != TenantName.Account && !TenantName.IsValid(value))
                        checks.Fail($"{path} must have 1 to {TenantName.MaxLength} characters of A-Z a-z 0-9 - _");
                    filter = filter with { TenantName = value };
                    break;
                default:
                    checks.Fail($"{path} must be one of CONFIGURATION_SET, EMAIL_IDENTITY, ISP, TENANT_NAME");
                    break;
            }
        }

        return filter;
    }

    private sealed record Query(string Id, Metric Metric, DateTimeOffset From, DateTimeOffset To, MetricsFilter Filter);
}

/// <param name="TenantName">Silo's own: whose mail alone all queries are about; absent for all that the key may see.</param>
internal sealed record BatchGetMetricDataRequest(IReadOnlyList<MetricDataQuery?>? Queries, string? TenantName);

/// <summary>SES structure BatchGetMetricDataQuery.</summary>
/// <param name="StartDate">Epoch seconds.</param>
/// <param name="EndDate">Epoch seconds.</param>
internal sealed record MetricDataQuery(
    string? Id, string? Namespace, string? Metric, decimal? StartDate, decimal? EndDate, IReadOnlyDictionary<string, string?>? Dimensions);

internal sealed record BatchGetMetricDataResponse(IReadOnlyList<MetricDataResult> Results, IReadOnlyList<MetricDataError> Errors);

/// <summary>SES structure MetricDataResult.</summary>
internal sealed record MetricDataResult(string Id, IReadOnlyList<decimal> Timestamps, IReadOnlyList<long> Values);

/// <summary>SES structure MetricDataError.</summary>
internal sealed record MetricDataError(string Id, string Code, string Message);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BatchGetMetricDataRequest))]
[JsonSerializable(typeof(BatchGetMetricDataResponse))]
internal sealed partial class MetricsJson : JsonSerializerContext;
