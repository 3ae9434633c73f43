using System.Data;
using Dapper;
using Silo.Core.Reputation;

namespace Silo.Storage;

/// <summary>What both engines say alike about roll-ups.</summary>
internal static class RollUpSql
{
    /// <summary>In the order of <see cref="RollUpRow.Counts"/>: by <see cref="ReputationFact"/>, one more, and by message metric.</summary>
    public static readonly string[] Columns =
    [
        "sent", "delivered", "handed_over", "hard_bounced", "soft_bounced", "blocked", "deferred", "complained", "suppressed", "expired",
        "cancelled", "rejected", "opened", "clicked", "unsubscribed", "loop_delivered",
        "metric_send", "metric_delivery", "metric_delivery_open", "metric_delivery_click", "metric_delivery_complaint",
        "metric_permanent_bounce", "metric_transient_bounce", "metric_complaint", "metric_open", "metric_click",
    ];

    /// <summary>How long an hour is kept, from its end.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(62);

    public static int OldestHour(DateTimeOffset now) => RollUpKey.HourOf(now - Kept);

    private const int FirstCount = 6;

    /// <summary>A row of <see cref="Read"/>.</summary>
    public static RollUpSum SumOf(IDataRecord row, RollUpQuery query)
    {
        var counts = new long[RollUpRow.Columns];
        for (var i = 0; i < (query.Columns?.Count ?? counts.Length); i++) counts[query.Columns?[i] ?? i] = row.GetInt64(FirstCount + i);
        return new RollUpSum(row.GetInt32(0), Text(3), query.ConfigurationSet is "" ? null : Text(4), Text(5), counts)
        {
            TenantKey = row.IsDBNull(1) ? 0 : row.GetInt64(1), TenantName = Text(2),
        };

        string? Text(int at) => row.IsDBNull(at) ? null : row.GetString(at);
    }

    /// <param name="hints">SQLite knows nothing of how rows are spread, and is told which index to take.</param>
    public static (string Sql, DynamicParameters Parameters) Read(RollUpQuery query, int limit, bool hints)
    {
        var parameters = new DynamicParameters();
        parameters.Add("Limit", limit);
        var source = RollUpSource.Of(query, hints, parameters);
        var bucket = query.BucketHours == 0 ? source.FromHour.ToString(System.Globalization.CultureInfo.InvariantCulture)
            : $"r.hour / {query.BucketHours} * {query.BucketHours}";
        (string Name, string? Column)[] dimensions =
        [
            ("bucket", query.BucketHours == 0 ? null : bucket), ("tenant_key", query.ByTenant ? "r.tenant_key" : null),
            ("identity", query.ByIdentity ? source.Identity : null),
            ("configuration_set", query.ByConfigurationSet ? source.ConfigurationSet : null), ("provider", query.ByProvider ? "r.provider" : null),
        ];
        var groups = dimensions.Where(d => d.Column is not null).ToArray();
        var columns = (query.Columns ?? [.. Enumerable.Range(0, Columns.Length)]).Select(c => Columns[c]).ToArray();
        var sums = columns.Select(c => $"CAST(SUM(r.{c}) AS bigint) AS {c}");
        var rank = query.RankBy is { } by ? $"SUM({string.Join(" + ", by.Select(c => "r." + Columns[c]))})" : "0";
        string[] selected =
        [
            $"{bucket} AS bucket", .. dimensions.Skip(1).Select(d => $"{d.Column ?? Unknown(d.Name)} AS {d.Name}"), .. sums, $"{rank} AS placed",
        ];
        // Names of sums are never null; of the rows of a tenant they are where there is none.
        string[] order = [.. query.RankBy is null ? Array.Empty<string>() : ["q.placed DESC"], .. groups.Select(g => "q." + g.Name)];
        var ordered = order.Length == 0 ? "" : $"ORDER BY {string.Join(", ", order)}";
        return ($"""
            SELECT q.bucket, q.tenant_key, (SELECT t.name FROM tenants t WHERE t.tenant_key = q.tenant_key),
                NULLIF(q.identity, ''), NULLIF(q.configuration_set, ''), q.provider, {string.Join(", ", columns.Select(c => "q." + c))}
            FROM (SELECT {string.Join(", ", selected)}
                FROM {source.Rows}
                {(groups.Length == 0 ? "HAVING COUNT(*) > 0" : $"GROUP BY {string.Join(", ", groups.Select(g => g.Column))}")}
                {ordered.Replace("q.", "", StringComparison.Ordinal)} LIMIT @Limit) q
            {ordered}
            """, parameters);

        static string Unknown(string name) => name == "tenant_key" ? "CAST(NULL AS bigint)" : "CAST(NULL AS text)";
    }
}
