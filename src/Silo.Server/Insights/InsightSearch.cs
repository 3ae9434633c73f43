using System.Globalization;
using Silo.Storage;

namespace Silo.Server.Insights;

/// <summary>Pages of a search, and the way of its places through tokens.</summary>
internal sealed class InsightSearch(IInsightStore store, TimeProvider time)
{
    // Whoever finds little in much gets a short page and goes on; no call holds on for longer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async ValueTask<InsightPage> Page(InsightQuery query, InsightPlace? after, int pageSize, CancellationToken cancellationToken)
    {
        if (query.TenantKeys is { Count: 0 } || query.FromMs >= query.UntilMs) return new InsightPage([], null);
        var started = time.GetTimestamp();
        var rows = new List<InsightRow>();
        do
        {
            var page = await store.Search(query, after, pageSize - rows.Count, cancellationToken);
            rows.AddRange(page.Rows);
            after = page.Next;
        }
        while (after is not null && rows.Count < pageSize && time.GetElapsedTime(started) < Patience);
        return new InsightPage(rows, after);
    }

    public static string? Write(InsightPlace? place) => place is null ? null : place.Row is not { } row
        ? place.Slice.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture,
            $"{place.Slice}:{row.Key.TenantKey}:{row.Key.AcceptedMs}:{row.Key.Message:x32}:{row.Number}");

    /// <summary>False for a text that is no place.</summary>
    public static bool TryRead(string? text, out InsightPlace? place)
    {
        place = null;
        if (text is null) return true;
        var parts = text.Split(':');
        if (!long.TryParse(parts[0], CultureInfo.InvariantCulture, out var slice)) return false;
        if (parts.Length == 1)
        {
            place = new InsightPlace(slice, null);
            return true;
        }

        if (parts.Length != 5 || !long.TryParse(parts[1], CultureInfo.InvariantCulture, out var tenant)
            || !long.TryParse(parts[2], CultureInfo.InvariantCulture, out var accepted)
            || !UInt128.TryParse(parts[3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var message)
            || !int.TryParse(parts[4], CultureInfo.InvariantCulture, out var number)) return false;
        place = new InsightPlace(slice, (new InsightKey(tenant, accepted, message), number));
        return true;
    }
}
