using System.Buffers.Binary;
using System.Data.Common;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;

namespace Silo.Storage.Insights;

/// <summary>What both engines say alike about rows of insights.</summary>
/// <param name="isPostgres">Else SQLite.</param>
internal sealed class InsightSql(bool isPostgres)
{
    /// <summary>Characters of positions of a row: beyond it the row follows what happens, and does not remember where it stands.</summary>
    public const int MaxPositions = 4_000;

    public const string Columns =
        "tenant_key, accepted_ms, message, number, recipients, from_address, recipient, provider, subject, set_name, delivery, engagement, positions";

    private const string Order = "ORDER BY slice DESC, tenant_key DESC, accepted_ms DESC, message DESC, number DESC";

    public const string Slices = "SELECT slice, first_ms, last_ms, day, rows FROM insight_slices";

    /// <param name="number">Type of whole numbers.</param>
    /// <param name="bytes">Type of bytes.</param>
    /// <param name="text">Type of texts that compare by their characters.</param>
    /// <param name="options">Behind the columns.</param>
    public static string Create(string table, string number, string bytes, string text, string options) =>
        $"""
        CREATE TABLE {table} (
            slice {number} NOT NULL, tenant_key {number} NOT NULL, accepted_ms {number} NOT NULL, message {bytes} NOT NULL,
            number {number} NOT NULL, recipients {number} NOT NULL, from_address {text} NOT NULL, recipient {text} NOT NULL,
            provider {text} NOT NULL, subject {text}, set_name {text}, delivery {number} NOT NULL, engagement {number} NOT NULL,
            positions {text} NOT NULL, PRIMARY KEY (slice, tenant_key, accepted_ms, message, number)) {options}
        """;

    /// <param name="added">The one that is merged into the row, with its full stop.</param>
    /// <param name="unless">The condition on which it says nothing about the row's own recipient; null for none.</param>
    public static string Merge(string row, string added, string? unless = null)
    {
        return $"""
            delivery = {Unless(row + "delivery", InsightEvents.MergeDeliverySql(row + "delivery", added + "delivery"))},
            engagement = {Unless(row + "engagement", InsightEvents.Larger(row + "engagement", added + "engagement"))},
            positions = CASE WHEN length({row}positions) < {MaxPositions} THEN {row}positions || ',' || {added}positions ELSE {row}positions END
            """;

        string Unless(string before, string merged) => unless is null ? merged : $"CASE WHEN {unless} THEN {before} ELSE {merged} END";
    }

    /// <summary>A query of some slices of one table; its parameters are put into <paramref name="parameters"/>.</summary>
    public string Search(
        InsightQuery query, string table, IReadOnlyList<long> slices, (InsightKey Key, int Number)? after, int limit, DynamicParameters parameters)
    {
        var sql = new StringBuilder($"SELECT slice, {Columns} FROM {table} WHERE ").Append(In("slice", slices));
        if (query.TenantKeys is { } keys) sql.Append(" AND ").Append(In("tenant_key", keys));
        sql.Append(" AND accepted_ms >= @from_ms AND accepted_ms < @until_ms");
        parameters.Add("from_ms", query.FromMs);
        parameters.Add("until_ms", query.UntilMs);
        if (after is { } row)
        {
            sql.Append(" AND (tenant_key, accepted_ms, message, number) < (@after_tenant, @after_ms, @after_message, @after_number)");
            parameters.Add("after_tenant", row.Key.TenantKey);
            parameters.Add("after_ms", row.Key.AcceptedMs);
            parameters.Add("after_message", Bytes(row.Key.Message));
            parameters.Add("after_number", (long)row.Number);
        }

        foreach (var condition in Conditions(query.Include, "i", parameters)) sql.Append(" AND ").Append(condition);
        foreach (var condition in Conditions(query.Exclude, "e", parameters)) sql.Append(" AND NOT ").Append(condition);
        return sql.Append(' ').Append(Order).Append(" LIMIT ").Append(limit).ToString();
    }

    public static string Find(string table, bool ofTenant) =>
        $"""
        SELECT slice, {Columns} FROM {table}
        WHERE slice = @slice AND {(ofTenant ? "tenant_key = @tenant AND " : "")}accepted_ms = @accepted AND message = @message ORDER BY number
        """;

    /// <summary>For whoever has to erase an address: rows behind a place within a table.</summary>
    public static string ReadAfter(string table) =>
        $"""
        SELECT slice, {Columns} FROM {table} WHERE (slice, tenant_key, accepted_ms, message, number) > (@slice, @tenant, @accepted, @message, @number)
        ORDER BY slice, tenant_key, accepted_ms, message, number LIMIT @limit
        """;

    public static (long Slice, InsightRow Row) RowOf(DbDataReader row) => (row.GetInt64(0), new InsightRow(
        new InsightKey(row.GetInt64(1), row.GetInt64(2), BinaryPrimitives.ReadUInt128BigEndian(row.GetFieldValue<byte[]>(3))),
        (int)row.GetInt64(4), (int)row.GetInt64(5), row.GetString(6), row.GetString(7), row.GetString(8), Text(row, 9), Text(row, 10),
        (int)row.GetInt64(11), (int)row.GetInt64(12),
        [.. row.GetString(13).Split(',').Select(p => long.Parse(p, CultureInfo.InvariantCulture)).Distinct()]));

    public static string PositionsOf(IReadOnlyList<long> positions) => string.Join(',', positions);

    public static byte[] Bytes(UInt128 message)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, message);
        return bytes;
    }

    /// <summary>What of a row may name somebody.</summary>
    public static byte[] TextOf(InsightRow row) =>
        JsonSerializer.SerializeToUtf8Bytes(new InsightText(row.Recipient, row.From, row.Subject), InsightTextJson.Default.InsightText);

    public static InsightText TextOf(ReadOnlyMemory<byte> text) => JsonSerializer.Deserialize(text.Span, InsightTextJson.Default.InsightText)!;

    private static string? Text(DbDataReader row, int at) => row.IsDBNull(at) ? null : row.GetString(at);

    private static string In(string column, IEnumerable<long> values)
    {
        var list = string.Join(',', values);
        return list.Length == 0 ? "1 = 0" : $"{column} IN ({list})";
    }

    private IEnumerable<string> Conditions(InsightFilter filter, string prefix, DynamicParameters parameters)
    {
        if (filter.TenantKeys.Count > 0) yield return In("tenant_key", filter.TenantKeys);
        foreach (var (column, patterns) in new[]
        {
            ("from_address", filter.From), ("recipient", filter.Recipient), ("provider", filter.Provider),
            ("COALESCE(subject, '')", filter.Subject), ("COALESCE(set_name, '')", filter.SetName),
        })
        {
            if (patterns.Count == 0) continue;
            var any = new List<string>();
            foreach (var pattern in patterns)
            {
                var name = $"{prefix}{parameters.ParameterNames.Count()}";
                var isExact = !pattern.Contains('*', StringComparison.Ordinal);
                parameters.Add(name, isExact ? pattern : Pattern(pattern));
                any.Add($"{column} {(isExact ? "=" : isPostgres ? "LIKE" : "GLOB")} @{name}");
            }

            yield return $"({string.Join(" OR ", any)})";
        }

        if (filter.Delivery.Count > 0) yield return $"(delivery IN ({string.Join(',', filter.Delivery)}))";
        if (filter.Engagement.Count > 0) yield return $"(engagement IN ({string.Join(',', filter.Engagement)}))";
    }

    // Everything but the asterisk stands for itself.
    private string Pattern(string text)
    {
        var pattern = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            if (isPostgres) pattern.Append(c switch { '*' => "%", '%' => "\\%", '_' => "\\_", '\\' => "\\\\", _ => c.ToString() });
            else pattern.Append(c switch { '?' => "[?]", '[' => "[[]", _ => c.ToString() });
        }

        return pattern.ToString();
    }
}

/// <summary>The texts of a row that are changed when an address is erased.</summary>
internal sealed record InsightText(string Recipient, string From, string? Subject);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InsightText))]
internal sealed partial class InsightTextJson : JsonSerializerContext;
