using System.Data;
using Silo.Core.Reputation;

namespace Silo.Storage;

/// <summary>What both engines say alike about roll-ups.</summary>
internal static class RollUpSql
{
    /// <summary>In the order of <see cref="RollUpRow.Counts"/>: by <see cref="ReputationFact"/>, and one more.</summary>
    public static readonly string[] Columns =
    [
        "sent", "delivered", "handed_over", "hard_bounced", "soft_bounced", "blocked", "deferred", "complained", "suppressed", "expired",
        "cancelled", "rejected", "opened", "clicked", "unsubscribed", "loop_delivered",
    ];

    /// <summary>How long an hour is kept, from its end.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(62);

    public static int OldestHour(DateTimeOffset now) => RollUpKey.HourOf(now - Kept);

    /// <summary>A row of <see cref="Read"/>.</summary>
    public static RollUpSum SumOf(IDataRecord row)
    {
        var counts = new long[RollUpRow.Columns];
        for (var column = 0; column < counts.Length; column++) counts[column] = row.GetInt64(4 + column);
        return new RollUpSum(row.GetInt32(0), Text(1), Text(2), Text(3), counts);

        string? Text(int at) => row.IsDBNull(at) ? null : row.GetString(at);
    }

    /// <summary>With the parameters TenantKey, FromHour, ToHour, Identity, ConfigurationSet, Provider, Limit.</summary>
    public static string Read(RollUpQuery query)
    {
        var bucket = $"r.hour / {query.BucketHours} * {query.BucketHours}";
        var dimensions = new[]
        {
            query.ByIdentity ? "s.identity" : "NULL", query.ByConfigurationSet ? "s.configuration_set" : "NULL",
            query.ByProvider ? "r.provider" : "NULL",
        };
        string[] groups = [bucket, .. dimensions.Where(d => d != "NULL")];
        string[] filters =
        [
            "r.tenant_key = @TenantKey", "r.hour >= @FromHour", "r.hour < @ToHour",
            .. query.Identity is null ? Array.Empty<string>() : ["s.identity = @Identity"],
            .. query.ConfigurationSet is null ? Array.Empty<string>() : ["s.configuration_set = @ConfigurationSet"],
            .. query.Provider is null ? Array.Empty<string>() : ["r.provider = @Provider"],
        ];
        return $"""
            SELECT {bucket}, {string.Join(", ", dimensions)}, {string.Join(", ", Columns.Select(c => $"SUM(r.{c})"))}
            FROM roll_ups r LEFT JOIN roll_up_scopes s ON s.tenant_key = r.tenant_key AND s.scope = r.scope
            WHERE {string.Join(" AND ", filters)}
            GROUP BY {string.Join(", ", groups)} ORDER BY {string.Join(", ", groups)} LIMIT @Limit
            """;
    }
}
