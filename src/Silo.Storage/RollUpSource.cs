using System.Globalization;
using Dapper;

namespace Silo.Storage;

/// <summary>Which rows a query is answered from: the fewest that tell apart what it tells apart.</summary>
/// <param name="Rows">What stands behind FROM, with its conditions; the rows are r.</param>
/// <param name="Identity">How a row names its identity.</param>
/// <param name="FromHour">Of the first bucket that is read.</param>
internal sealed record RollUpSource(string Rows, string Identity, string ConfigurationSet, int FromHour)
{
    /// <param name="parameters">Takes what the rows are filtered by.</param>
    public static RollUpSource Of(RollUpQuery query, bool hints, DynamicParameters parameters)
    {
        var length = query.BucketHours == RollUpSums.Hour ? RollUpSums.Hour : RollUpSums.Day;
        var (from, to) = (query.FromHour / length * length, (query.ToHour + length - 1) / length * length);
        if (query.ByTenant && query.TenantKey is null && length == RollUpSums.Hour)
            throw new ArgumentException("Several tenants are told apart by days alone.", nameof(query));
        var named = query.ByIdentity || query.Identity is not null;
        var ofSet = query.ByConfigurationSet || query.ConfigurationSet is not null;
        return query.TenantKey is not null || (query.ByTenant && (named || ofSet))
            ? OfRows(query, length == RollUpSums.Hour ? "roll_ups" : "roll_up_days", from, to, named || ofSet, parameters)
            : OfSums(
                query, query.ByTenant ? RollUpSums.OfTenant : named ? RollUpSums.OfIdentityAndSet : ofSet ? RollUpSums.OfSet : RollUpSums.OfAll,
                from, to, hints, parameters);
    }

    private static RollUpSource OfRows(RollUpQuery query, string table, int from, int to, bool isNamed, DynamicParameters parameters)
    {
        var conditions = new List<string> { "r.hour >= @FromHour", "r.hour < @ToHour" };
        parameters.Add("FromHour", from);
        parameters.Add("ToHour", to);
        if (query.TenantKey is { } tenant) Filter("r.tenant_key", "TenantKey", tenant);
        if (query.Identity is { } identity) Filter("s.identity", "Identity", identity);
        if (query.ConfigurationSet is "") conditions.Add("COALESCE(s.configuration_set, '') = ''");
        else if (query.ConfigurationSet is { } set) Filter("s.configuration_set", "ConfigurationSet", set);
        if (query.Provider is { } provider) Filter("r.provider", "Provider", provider);
        if (query.Only is { } only) conditions.Add(OneOf(query, only, "COALESCE(s.identity, '')", "COALESCE(s.configuration_set, '')", parameters));
        // By name the names come first: few tenants have the same.
        var names = query.Identity is not null || query.ConfigurationSet is { Length: > 0 } ? "JOIN" : "LEFT JOIN";
        var joined = isNamed ? $" {names} roll_up_scopes s ON s.tenant_key = r.tenant_key AND s.scope = r.scope" : "";
        return new RollUpSource(
            $"{table} r{joined} WHERE {string.Join(" AND ", conditions)}", "COALESCE(s.identity, '')", "COALESCE(s.configuration_set, '')", from);

        void Filter(string column, string name, object value)
        {
            conditions.Add($"{column} = @{name}");
            parameters.Add(name, value);
        }
    }

    private static RollUpSource OfSums(RollUpQuery query, int kind, int from, int to, bool hints, DynamicParameters parameters)
    {
        var conditions = new List<string> { $"r.kind = {kind}" };
        var byName = kind == RollUpSums.OfSet ? query.ConfigurationSet is not null : kind == RollUpSums.OfIdentityAndSet && query.Identity is not null;
        if (byName) conditions.Add("r.kind > 1");
        if (kind == RollUpSums.OfSet) conditions.Add("r.identity = ''");
        Filter("r.identity", "Identity", query.Identity);
        Filter("r.configuration_set", "ConfigurationSet", query.ConfigurationSet);
        if (query.Provider is not null) Filter("r.provider", "Provider", query.Provider);
        else conditions.Add(query.ByProvider ? $"r.provider <> '{RollUpSums.AllProviders}'" : $"r.provider = '{RollUpSums.AllProviders}'");
        if (query.Only is { } only) conditions.Add(OneOf(query, only, "r.identity", "r.configuration_set", parameters));
        var table = hints && byName ? "roll_up_sums r INDEXED BY roll_up_sums_by_name" : "roll_up_sums r";
        var parts = Buckets(query.BucketHours, kind, from, to)
            .Select(b => $"SELECT r.* FROM {table} WHERE {string.Join(" AND ", conditions)} AND r.span = {b.Span} AND r.hour IN ({b.Hours})");
        return new RollUpSource($"({string.Join(" UNION ALL ", parts)}) r WHERE true", "r.identity", "r.configuration_set", from);

        void Filter(string column, string name, string? value)
        {
            if (value is null) return;
            conditions.Add($"{column} = @{name}");
            parameters.Add(name, value);
        }
    }

    /// <summary>Each hour from the first to the last is in one of them: of one length where they are told apart, else in few.</summary>
    private static IEnumerable<(int Span, string Hours)> Buckets(int length, int kind, int from, int to)
    {
        if (length != 0 || kind == RollUpSums.OfAll)
        {
            var span = length == RollUpSums.Hour ? RollUpSums.Hour : RollUpSums.Day;
            return [(span, Hours(from, to, span))];
        }

        var (first, last) = ((from + RollUpSums.Long - 1) / RollUpSums.Long * RollUpSums.Long, to / RollUpSums.Long * RollUpSums.Long);
        if (first >= last) return [(RollUpSums.Day, Hours(from, to, RollUpSums.Day))];
        var days = string.Join(", ", new[] { Hours(from, first, RollUpSums.Day), Hours(last, to, RollUpSums.Day) }.Where(h => h.Length > 0));
        (int, string)[] longest = [(RollUpSums.Long, Hours(first, last, RollUpSums.Long))];
        return days.Length == 0 ? longest : [.. longest, (RollUpSums.Day, days)];
    }

    private static string Hours(int from, int to, int step)
    {
        var hours = new List<string>();
        for (var hour = from; hour < to; hour += step) hours.Add(hour.ToString(CultureInfo.InvariantCulture));
        return string.Join(", ", hours);
    }

    private static string OneOf(RollUpQuery query, IReadOnlyList<RollUpName> names, string identity, string set, DynamicParameters parameters)
    {
        (string Column, string Name, Func<RollUpName, object> Value)[] told =
        [
            .. query.ByTenant ? [("r.tenant_key", "OnlyTenant", n => n.TenantKey)] : Array.Empty<(string, string, Func<RollUpName, object>)>(),
            .. query.ByIdentity ? [(identity, "OnlyIdentity", n => n.Identity ?? "")] : Array.Empty<(string, string, Func<RollUpName, object>)>(),
            .. query.ByConfigurationSet ? [(set, "OnlySet", n => n.ConfigurationSet ?? "")] : Array.Empty<(string, string, Func<RollUpName, object>)>(),
            .. query.ByProvider ? [("r.provider", "OnlyProvider", n => n.Provider ?? "")] : Array.Empty<(string, string, Func<RollUpName, object>)>(),
        ];
        if (names.Count == 0) return "false";
        if (told.Length == 0) return "true";
        var rows = names.Select((name, i) =>
        {
            foreach (var (_, parameter, value) in told) parameters.Add(parameter + i, value(name));
            return $"({string.Join(", ", told.Select(t => $"@{t.Name}{i}"))})";
        }).ToArray();
        return $"({string.Join(", ", told.Select(t => t.Column))}) IN (VALUES {string.Join(", ", rows)})";
    }
}
