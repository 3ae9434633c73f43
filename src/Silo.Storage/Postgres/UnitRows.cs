using Npgsql;
using Silo.Core.Pacing;

namespace Silo.Storage.Postgres;

/// <summary>Units as the queue holds them.</summary>
internal static class UnitRows
{
    public const string Columns =
        "u.unit_id, u.message_key, u.units_of_message, u.recipient, u.due, u.attempts, u.first_attempt, u.crashes, u.possible_duplicate, "
        + "u.stream, u.pool, u.delays_told, u.provider, u.sending_domain, u.overflow_pool";

    /// <summary>
    /// Units in release rows of incarnations that have ended. Of two releases of a unit the later one counts, and comes later.
    /// </summary>
    /// <param name="condition">On "tenants t".</param>
    public static string SelectUnsettled(string condition) =>
        $"""
        SELECT {Columns}, u.tenant_key, t.name, r.release_id
        FROM incarnations i JOIN releases r ON r.incarnation = i.incarnation CROSS JOIN LATERAL unnest(r.unit_ids) AS x (unit_id)
        JOIN units u ON u.unit_id = x.unit_id AND u.settled_release < r.release_id JOIN tenants t ON t.tenant_key = u.tenant_key
        WHERE i.dead AND NOT i.swept AND {condition}
        ORDER BY r.release_id
        """;

    public static QueuedUnit Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetInt64(1), row.GetInt32(2), row.GetString(3), TenantRows.Instant(row, 4), row.GetInt32(5),
        row.IsDBNull(6) ? null : TenantRows.Instant(row, 6), row.GetInt32(7), row.GetBoolean(8))
    {
        Stream = (MailStream)row.GetInt16(9), Pool = row.IsDBNull(10) ? null : row.GetString(10), DelaysTold = row.GetInt32(11),
        Provider = row.IsDBNull(12) ? null : row.GetString(12), SendingDomain = row.IsDBNull(13) ? null : row.GetString(13),
        OverflowPool = row.IsDBNull(14) ? null : row.GetString(14),
    };

    public static async Task<IReadOnlyList<UnsettledUnit>> ReadUnsettled(NpgsqlDataReader rows)
    {
        var units = new SortedDictionary<long, UnsettledUnit>();
        while (await rows.ReadAsync())
            units[rows.GetInt64(0)] = new(rows.GetInt64(15), rows.GetString(16), rows.GetInt64(17), Read(rows));
        return [.. units.Values];
    }
}
