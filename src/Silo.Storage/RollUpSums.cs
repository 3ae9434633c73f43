namespace Silo.Storage;

/// <summary>
/// The sums that are kept beside the rows of each tenant, and how what is new is added to both.
/// </summary>
internal static class RollUpSums
{
    public const int OfAll = 0;
    public const int OfTenant = 1;
    public const int OfSet = 2;
    public const int OfIdentityAndSet = 3;

    public const int Hour = 1;
    public const int Day = 24;

    /// <summary>A bucket of six days: a month over 10,000 tenants is 100,000 rows by days and these, and 300,000 by days alone.</summary>
    public const int Long = 144;

    /// <summary>The provider of rows that sum up all of them.</summary>
    public const string AllProviders = "*";

    public static readonly (int Kind, int Span)[] Kept =
    [
        (OfAll, Hour), (OfAll, Day), (OfTenant, Day), (OfTenant, Long), (OfSet, Hour), (OfSet, Day), (OfSet, Long),
        (OfIdentityAndSet, Hour), (OfIdentityAndSet, Day), (OfIdentityAndSet, Long),
    ];

    private static readonly string Counts = string.Join(", ", RollUpSql.Columns);
    private static readonly string Sums = string.Join(", ", RollUpSql.Columns.Select(c => $"SUM(n.{c})"));
    private static readonly string Add = string.Join(", ", RollUpSql.Columns.Select(c => $"{c} = r.{c} + excluded.{c}"));

    public static readonly string[] RowKey = ["tenant_key", "hour", "scope", "provider"];
    public static readonly string[] SumKey = ["kind", "span", "hour", "provider", "tenant_key", "identity", "configuration_set"];

    public static readonly string AddRows =
        $"""
        INSERT INTO roll_ups AS r (tenant_key, hour, scope, provider, {Counts})
        SELECT n.tenant_key, n.hour, n.scope, n.provider, {Sums} FROM news n GROUP BY n.tenant_key, n.hour, n.scope, n.provider
        ON CONFLICT (tenant_key, hour, scope, provider) DO UPDATE SET {Add}
        """;

    public static readonly string AddDays =
        $"""
        INSERT INTO roll_up_days AS r (tenant_key, hour, scope, provider, {Counts})
        SELECT n.tenant_key, n.hour / {Day} * {Day}, n.scope, n.provider, {Sums} FROM news n
        GROUP BY n.tenant_key, n.hour / {Day} * {Day}, n.scope, n.provider
        ON CONFLICT (tenant_key, hour, scope, provider) DO UPDATE SET {Add}
        """;

    /// <summary>Adds one row to one of the tables, with numbered parameters: the key, then the counts.</summary>
    public static string AddTo(string table, string[] key) =>
        $"""
        INSERT INTO {table} AS r ({string.Join(", ", key)}, {Counts})
        VALUES ({string.Join(", ", Enumerable.Range(1, key.Length + RollUpSql.Columns.Length).Select(i => $"?{i}"))})
        ON CONFLICT ({string.Join(", ", key)}) DO UPDATE SET {Add}
        """;

    /// <summary>Hours of sets and identities are many, and a week of them is what anybody looks at; all else is kept as long as the rows.</summary>
    public static TimeSpan KeptFor(int kind, int span) =>
        kind >= OfSet && span == Hour ? TimeSpan.FromDays(8) : RollUpSql.Kept + TimeSpan.FromHours(span);

    /// <summary>From a table of the name <c>news</c>, as <see cref="AddRows"/> and <see cref="AddDays"/>, in the columns of <c>roll_ups</c>.</summary>
    /// <param name="slot">What stands for the slot of the silo that writes.</param>
    public static string AddSums(string slot)
    {
        var key = $"{string.Join(", ", SumKey)}, slot";
        var kinds = string.Join(
            " UNION ALL ", Kept.Select((k, i) => i == 0 ? $"SELECT {k.Kind} AS kind, {k.Span} AS span" : $"SELECT {k.Kind}, {k.Span}"));
        // Always in the same order: silos that write to the same rows do not wait for each other in a circle.
        return $"""
            INSERT INTO roll_up_sums AS r ({key}, {Counts})
            SELECT k.kind, k.span, n.hour / k.span * k.span, CASE t.is_total WHEN 1 THEN '{AllProviders}' ELSE n.provider END,
                CASE k.kind WHEN {OfTenant} THEN n.tenant_key ELSE 0 END,
                CASE k.kind WHEN {OfIdentityAndSet} THEN COALESCE(s.identity, '') ELSE '' END,
                CASE WHEN k.kind >= {OfSet} THEN COALESCE(s.configuration_set, '') ELSE '' END, {slot}, {Sums}
            FROM news n CROSS JOIN (SELECT 0 AS is_total UNION ALL SELECT 1) t CROSS JOIN ({kinds}) k
                LEFT JOIN roll_up_scopes s ON s.tenant_key = n.tenant_key AND s.scope = n.scope
            GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
            ON CONFLICT ({key}) DO UPDATE SET {Add}
            """;
    }
}
