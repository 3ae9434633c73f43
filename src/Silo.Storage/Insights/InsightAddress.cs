using System.Globalization;

namespace Silo.Storage.Insights;

/// <summary>Where a row of insights lies, for whoever goes through all of them: its table's day and its key.</summary>
internal readonly record struct InsightAddress(int Day, long Slice, InsightKey Key, int Number)
{
    /// <summary>Before all rows.</summary>
    public static InsightAddress First { get; } = new(0, 0, default, 0);

    public static InsightAddress Parse(string? place)
    {
        if (place is null) return First;
        var parts = place.Split(':');
        return new InsightAddress(
            (int)Number64(parts[0]), Number64(parts[1]),
            new InsightKey(
                Number64(parts[2]), Number64(parts[3]),
                UInt128.Parse(parts[4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)),
            (int)Number64(parts[5]));
    }

    public static AddressRow ToRow(int day, long slice, InsightRow row) => new(
        new InsightAddress(day, slice, row.Key, row.Number).ToString(), row.Key.TenantKey, InsightSql.TextOf(row));

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Day}:{Slice}:{Key.TenantKey}:{Key.AcceptedMs}:{Key.Message:x32}:{Number}");

    /// <summary>The parameters of <see cref="InsightSql.ReadAfter"/>; in a later table than its own it begins anew.</summary>
    public object ToParameters(int day, int limit)
    {
        var from = day == Day ? this : First;
        return new
        {
            slice = from.Slice, tenant = from.Key.TenantKey, accepted = from.Key.AcceptedMs, message = InsightSql.Bytes(from.Key.Message),
            number = (long)from.Number, limit = (long)limit,
        };
    }

    private static long Number64(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
