namespace Silo.Storage.Insights;

/// <summary>
/// Goes back through the slices of a query for one page. Whoever has a tenant's few messages in mind passes many slices at once; a slice
/// that has something is read alone, so that no page sorts more than a slice.
/// </summary>
internal static class InsightWalk
{
    // What one call looks at: 16 slices of all tenants are a million rows at most, and of single tenants a slice costs one look at an index.
    private const int SlicesAtOnce = 64;
    private const int MaxSlices = 16;
    private const int MaxSlicesOfTenants = 1_024;

    /// <param name="slices">All, the oldest first.</param>
    /// <param name="read">Rows of some slices of one day, in the order of pages: those slices, behind which row, how many.</param>
    public static async ValueTask<InsightPage> Page(
        InsightQuery query, IReadOnlyList<InsightSlice> slices, InsightPlace? after, int limit,
        Func<IReadOnlyList<InsightSlice>, (InsightKey, int)?, int, ValueTask<IReadOnlyList<(long Slice, InsightRow Row)>>> read)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 10_000);
        var found = new List<InsightRow>();
        var at = slices.Count - 1;
        while (at >= 0 && (after is null ? slices[at].FirstMs >= query.UntilMs : slices[at].Number > after.Slice)) at--;
        var row = after is not null && at >= 0 && slices[at].Number == after.Slice ? after.Row : null;
        var (room, group) = (query.TenantKeys is null ? MaxSlices : MaxSlicesOfTenants, 1);
        while (at >= 0 && EndsBehind(at))
        {
            if (room <= 0 || found.Count == limit) return new InsightPage(found, new InsightPlace(slices[at].Number, row));
            var taken = new List<InsightSlice>();
            for (var i = at; i >= 0 && EndsBehind(i) && taken.Count < group && slices[i].Day == slices[at].Day; i--) taken.Add(slices[i]);
            var rows = await read(taken, row, limit - found.Count);
            room -= taken.Count;
            found.AddRange(rows.Select(r => r.Row));
            if (found.Count == limit)
            {
                var (slice, last) = rows[^1];
                return new InsightPage(found, new InsightPlace(slice, (last.Key, last.Number)));
            }

            group = query.TenantKeys is null || rows.Count > 0 ? 1 : Math.Min(group * 2, SlicesAtOnce);
            (at, row) = (at - taken.Count, null);
        }

        return new InsightPage(found, null);

        bool EndsBehind(int index) => index == slices.Count - 1 || slices[index + 1].FirstMs > query.FromMs;
    }
}
