using System.Globalization;
using System.Text.Json.Serialization;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Exports;
using Silo.Server.Metrics;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.AdminApi;

/// <summary>
/// Metrics of all mail or of some, by hour, day or in total, told apart by any dimensions, with rates, rankings and the time before. JSON,
/// or CSV for who accepts text/csv.
/// </summary>
internal static class MetricsOperations
{
    private static readonly TimeSpan Usual = TimeSpan.FromDays(7);

    private static readonly (string Name, MetricsDimensions Dimension)[] Dimensions =
    [
        ("TENANT", MetricsDimensions.Tenant), ("IDENTITY", MetricsDimensions.Identity),
        ("CONFIGURATION_SET", MetricsDimensions.ConfigurationSet), ("MAILBOX_PROVIDER", MetricsDimensions.Provider),
    ];

    private static readonly string[] Names = [.. Metric.All.Select(m => m.Name)];
    private static readonly string[] DimensionNames = [.. Dimensions.Select(d => d.Name)];

    public static SesOperation Get { get; } = SesOperation.Of("GetMetrics", "GET", "/silo/v1/metrics", Read);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var now = call.Services.Time.GetUtcNow();
        var to = QueryInstant.Read(call, "To", checks) ?? now;
        var from = QueryInstant.Read(call, "From", checks) ?? (to.UtcTicks > Usual.Ticks ? to - Usual : DateTimeOffset.MinValue);
        var period = call.QueryValue("Period", checks) ?? "DAY";
        checks.OneOf(period, "Period", "HOUR", "DAY", "TOTAL");
        var metrics = call.QueryValues("Metric").Distinct().ToArray();
        foreach (var metric in metrics) checks.OneOf(metric, "Metric", Names);
        var by = call.QueryValues("By");
        foreach (var dimension in by) checks.OneOf(dimension, "By", DimensionNames);
        var rankBy = call.QueryValue("RankBy", checks);
        checks.OneOf(rankBy, "RankBy", Names);
        var compare = call.QueryValue("Compare", checks);
        checks.OneOf(compare, "Compare", "PREVIOUS");
        var filter = FilterOf(call, checks);
        var top = call.QueryInt("Top", checks);
        if (checks.Error is { } refused) return refused;

        Metric[] asked = metrics.Length == 0 ? [.. Metric.OfSes] : [.. metrics.Select(m => Metric.Find(m)!)];
        var request = new MetricsRequest(
            asked, from, to, period switch { "HOUR" => MetricsPeriod.Hour, "DAY" => MetricsPeriod.Day, _ => MetricsPeriod.Total })
        {
            Filter = filter, By = Dimensions.Where(d => by.Contains(d.Name)).Aggregate(MetricsDimensions.None, (all, d) => all | d.Dimension),
            RankBy = rankBy is not null ? Metric.Find(rankBy) : top is null ? null : asked[0], Top = top, WithPrevious = compare is not null,
        };
        if (request.Fault(now) is { } fault) return SesError.BadRequest(checks.Fail(fault).Error!.Message);
        if (await call.Services.Metrics.Read(request, cancellationToken) is not { } answer) return TenantMembers.NotFound(filter.TenantName!);
        if (answer.IsCut && top is null)
        {
            return SesError.BadRequest(
                $"There are more than {MetricsRequest.MaxRows} rows. Ask for a shorter time, for days, by fewer dimensions, or for the Top of them.");
        }

        return call.AcceptsCsv ? Csv(request, answer) : SesAnswer.Json(ShapeOf(request, period, answer), MetricsApiJson.Default.GetMetricsResponse);
    }

    private static MetricsFilter FilterOf(SesCall call, MemberChecks checks)
    {
        var (tenant, identity) = (call.TenantOr(call.QueryValue("TenantName", checks)), call.QueryValue("Identity", checks));
        if (tenant is not null && tenant != TenantName.Account) TenantMembers.CheckName(tenant, checks);
        // Given and empty, it is mail without one.
        var sets = call.QueryValues("ConfigurationSet");
        if (sets.Count > 1) checks.Fail($"ConfigurationSet is given {sets.Count} times");
        var filter = new MetricsFilter
        {
            TenantName = tenant, Identity = identity is null ? null : IdentityName.Normalize(identity) ?? identity,
            ConfigurationSet = sets is [var set] ? set : null, Provider = call.QueryValue("MailboxProvider", checks),
        };
        checks.Length(filter.Identity, "Identity", 1, 512).Length(filter.ConfigurationSet, "ConfigurationSet", 0, 512);
        checks.Length(filter.Provider, "MailboxProvider", 1, 512);
        return filter;
    }

    private static GetMetricsResponse ShapeOf(MetricsRequest request, string period, MetricsAnswer answer) => new(
        period, EpochSeconds.From(answer.From), EpochSeconds.From(answer.To),
        [.. answer.Rows.Select(r => new MetricsRowShape(
            EpochSeconds.From(r.Start), r.TenantName, r.Identity, r.ConfigurationSet, r.Provider is { Length: > 0 } provider ? provider : null,
            [.. request.Metrics.Select((m, i) => MetricShape.Shape(m, r.Values[i]))]))],
        answer.IsCut ? true : null);

    private static SesAnswer Csv(MetricsRequest request, MetricsAnswer answer)
    {
        string[] parts = request.WithPrevious ? ["", ".Of", ".Previous", ".PreviousOf"] : ["", ".Of"];
        using var text = new MemoryStream();
        text.Write(CsvText.Line(
        [
            "Start", "TenantName", "Identity", "ConfigurationSet", "MailboxProvider",
            .. request.Metrics.SelectMany(m => parts.Select(p => m.Name + p)),
        ]));
        foreach (var row in answer.Rows)
        {
            var numbers = row.Values.SelectMany<MetricsValue, long?>(
                v => request.WithPrevious ? [v.Count, v.Of, v.PreviousCount, v.PreviousOf] : [v.Count, v.Of]);
            text.Write(CsvText.Line(
            [
                row.Start.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
                row.TenantName, row.Identity, row.ConfigurationSet, row.Provider,
                .. numbers.Select(n => n?.ToString(CultureInfo.InvariantCulture)),
            ]));
        }

        return SesAnswer.Csv(text.ToArray(), null);
    }
}

/// <param name="From">Epoch seconds: where the first bucket begins.</param>
/// <param name="To">Epoch seconds: where the last bucket ends.</param>
/// <param name="Rows">Buckets and names with nothing in them have none.</param>
/// <param name="IsCut">There are more than the Top that was asked for; absent else.</param>
internal sealed record GetMetricsResponse(string Period, decimal From, decimal To, IReadOnlyList<MetricsRowShape> Rows, bool? IsCut);

/// <param name="Start">Epoch seconds: where the bucket begins.</param>
/// <param name="TenantName">Absent when not asked for, or for a tenant that is gone.</param>
/// <param name="Identity">Absent when not asked for, or not known.</param>
/// <param name="ConfigurationSet">Absent when not asked for, or for mail without one.</param>
/// <param name="MailboxProvider">Absent when not asked for, or for what is about no single recipient.</param>
internal sealed record MetricsRowShape(
    decimal Start, string? TenantName, string? Identity, string? ConfigurationSet, string? MailboxProvider, IReadOnlyList<MetricShape> Metrics);

/// <param name="Of">The denominator of the rate; absent for what has none.</param>
/// <param name="Rate">0 to 1; absent while the denominator is 0.</param>
/// <param name="PreviousCount">In the time before, of equal length.</param>
/// <param name="CountChange">0.5 for half as much again; absent when there was nothing before.</param>
/// <param name="RateChange">The difference of the rates.</param>
internal sealed record MetricShape(
    string Name, long Count, long? Of, double? Rate, long? PreviousCount, long? PreviousOf, double? PreviousRate, double? CountChange, double? RateChange)
{
    public static MetricShape Shape(Metric metric, MetricsValue value) => new(
        metric.Name, value.Count, value.Of, value.Rate, value.PreviousCount, value.PreviousOf, value.PreviousRate, value.CountChange, value.RateChange);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GetMetricsResponse))]
internal sealed partial class MetricsApiJson : JsonSerializerContext;
