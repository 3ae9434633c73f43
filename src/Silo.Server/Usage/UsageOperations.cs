using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Silo.Core.Tenants;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Tenants;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Usage;

/// <summary>
/// What tenants used, for billing: of all tenants in one month, and of one tenant by day and month. JSON, or CSV for who accepts text/csv.
/// </summary>
internal static class UsageOperations
{
    private const string ListName = "ListUsage";
    private const string LivingPrefix = "t:";
    private const string DeletedPrefix = "d:";
    private const int AskedAtOnce = 16;

    private static readonly CompositeFormat CsvRow = CompositeFormat.Parse("{0},{1},{2},{3},{4},{5},{6},{7}\r\n");

    public static SesOperation List { get; } = SesOperation.Of(ListName, "GET", "/silo/v1/usage", ListMonth);

    public static SesOperation Get { get; } = SesOperation.Of("GetTenantUsage", "GET", "/silo/v1/tenants/{TenantName}/usage", ReadTenant);

    private static async ValueTask<SesAnswer> ListMonth(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var now = call.Services.Time.GetUtcNow();
        var month = new DateOnly(now.UtcDateTime.Year, now.UtcDateTime.Month, 1);
        if (call.QueryValue("Month", checks) is { } text
            && !DateOnly.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out month))
            checks.Fail("Month must be a month as 2026-11");
        var filter = month.ToString("yyyy-MM", CultureInfo.InvariantCulture);
        var after = PageToken.Read(ListName, filter, call.QueryValue("NextToken", checks), checks);
        var pageSize = PageToken.Size(call.QueryInt("PageSize", checks), checks);
        if (checks.Error is { } refused) return refused;

        var (reports, next) = await Page(call.Services, after, pageSize, now, cancellationToken);
        var rows = reports.SelectMany(r => r.Report.Months.Where(m => m.From == month).Select(m => ToWire(r.Report, m.Counts, filter, r.IsDeleted)));
        if (call.AcceptsCsv) return Csv(rows, PageToken.Write(ListName, filter, next));
        return SesAnswer.Json(
            new ListUsageResponse(filter, [.. rows], PageToken.Write(ListName, filter, next)), UsageShapes.Default.ListUsageResponse);
    }

    private static async ValueTask<SesAnswer> ReadTenant(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var name = call.Labels[0];
        if (name != TenantName.Account && !TenantMembers.CheckName(name, checks)) return checks.Error!;
        if (await call.Services.Tenants.Get(name).ReadUsage(cancellationToken) is not { } usage) return TenantMembers.NotFound(name);
        var days = usage.Days.Select(d => ToWire(usage, d.Counts, d.From.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), false));
        if (call.AcceptsCsv) return Csv(days, null);
        return SesAnswer.Json(
            new GetTenantUsageResponse(
                usage.TenantName, usage.TenantId,
                [.. usage.Months.Select(m => ToWire(m.Counts, m.From.ToString("yyyy-MM", CultureInfo.InvariantCulture)))],
                [.. usage.Days.Select(d => ToWire(d.Counts, d.From.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)))]),
            UsageShapes.Default.GetTenantUsageResponse);
    }

    /// <summary>Living tenants first, mail without a tenant as the first of them, then those that were deleted.</summary>
    private static async ValueTask<(IReadOnlyList<(TenantUsageReport Report, bool IsDeleted)> Reports, string? Next)> Page(
        SesServices services, string? after, int pageSize, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (after is not null && after.StartsWith(DeletedPrefix, StringComparison.Ordinal))
        {
            var deleted = await UsageOfDeleted.List(
                services.Store, after.Length == DeletedPrefix.Length ? null : after[DeletedPrefix.Length..], pageSize, now, cancellationToken);
            return ([.. deleted.Items.Select(d => (d, true))], deleted.Next is null ? null : DeletedPrefix + deleted.Next);
        }

        var page = await services.Store.Tenants.List(
            new TenantFilter { AfterName = after?[LivingPrefix.Length..] }, pageSize, cancellationToken);
        List<string> names = [.. page.Items.Select(t => t.Name)];
        if (after is null) names.Insert(0, TenantName.Account);
        var reports = new List<(TenantUsageReport, bool)>();
        foreach (var some in names.Chunk(AskedAtOnce))
        {
            var asked = some.Select(n => services.Tenants.Get(n).ReadUsage(cancellationToken).AsTask()).ToArray();
            foreach (var usage in await Task.WhenAll(asked))
                if (usage is not null) reports.Add((usage, false));
        }

        return (reports, page.Next is null ? DeletedPrefix : LivingPrefix + page.Next);
    }

    private static SesAnswer Csv(IEnumerable<UsageShape> rows, string? next)
    {
        var text = new StringBuilder("TenantName,TenantId,Period,Messages,Recipients,HandedOver,Delivered,Bytes\r\n");
        foreach (var row in rows)
        {
            text.AppendFormat(
                CultureInfo.InvariantCulture, CsvRow, row.TenantName, row.TenantId, row.Period, row.Messages, row.Recipients, row.HandedOver,
                row.Delivered, row.Bytes);
        }

        return SesAnswer.Csv(Encoding.UTF8.GetBytes(text.ToString()), next);
    }

    private static UsageShape ToWire(TenantUsageReport report, UsageCounts counts, string period, bool isDeleted) =>
        ToWire(counts, period) with { TenantName = report.TenantName, TenantId = report.TenantId, IsDeleted = isDeleted ? true : null };

    private static UsageShape ToWire(UsageCounts counts, string period) => new(
        period, counts.Messages, counts.Recipients, counts.HandedOver, counts.Delivered, counts.Bytes);
}

/// <param name="Month">As 2026-11.</param>
/// <param name="Usage">One for each tenant with any use in the month; a page may hold fewer than were asked for, or none.</param>
internal sealed record ListUsageResponse(string Month, IReadOnlyList<UsageShape> Usage, string? NextToken);

/// <param name="Months">The latest 13 with any use, the oldest first.</param>
/// <param name="Days">The latest 32 with any use, the oldest first.</param>
internal sealed record GetTenantUsageResponse(
    string TenantName, string TenantId, IReadOnlyList<UsageShape> Months, IReadOnlyList<UsageShape> Days);

/// <param name="Period">A month as 2026-11 or a day as 2026-11-22, in UTC.</param>
internal sealed record UsageShape(string Period, long Messages, long Recipients, long HandedOver, long Delivered, long Bytes)
{
    /// <summary>"$account" for mail that was sent without a tenant; absent where the answer is about one tenant.</summary>
    public string? TenantName { get; init; }

    public string? TenantId { get; init; }

    /// <summary>True of a tenant that is not there any more; absent else.</summary>
    public bool? IsDeleted { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ListUsageResponse))]
[JsonSerializable(typeof(GetTenantUsageResponse))]
internal sealed partial class UsageShapes : JsonSerializerContext;
