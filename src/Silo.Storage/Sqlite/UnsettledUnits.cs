namespace Silo.Storage.Sqlite;

/// <summary>Units that were in hand when an earlier process ended, read from what it released.</summary>
internal static class UnsettledUnits
{
    /// <param name="firstId">The first id of this process: releases before it are of earlier ones.</param>
    /// <param name="tenantKey">Of this tenant only; null for all.</param>
    public static IReadOnlyList<UnsettledUnit> Read(Reader reader, long firstId, long? tenantKey)
    {
        var releases = reader.Prepared("SELECT release_id, unit_ids FROM releases WHERE release_id < ?1 ORDER BY release_id")
            .Bind(0, firstId);
        var unit = reader.Prepared(
            $"""
            SELECT {SqliteSpool.UnitColumns}, u.tenant_key, t.name FROM units u JOIN tenants t ON t.tenant_key = u.tenant_key
            WHERE u.unit_id = ?1 AND u.settled_release < ?2
            """);
        // Of two releases of a unit the later one counts, as it does for settlements.
        var unsettled = new SortedDictionary<long, UnsettledUnit>();
        while (releases.Step())
        {
            var release = releases.Long(0);
            foreach (var id in UnitIdList.Decode(releases.Span(1)))
            {
                unit.Bind(0, id).Bind(1, release);
                if (unit.Step() && (tenantKey is null || unit.Long(15) == tenantKey))
                    unsettled[id] = new(unit.Long(15), unit.Text(16), release, SqliteSpool.UnitOf(unit));
                unit.Reset();
            }
        }

        releases.Reset();
        return [.. unsettled.Values];
    }
}
