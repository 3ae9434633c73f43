namespace Silo.Storage.Postgres;

/// <summary>The statements of a batch. Each runs once with arrays; all of one batch are one round trip and one transaction.</summary>
internal static class BatchSql
{
    public const string Begin = "SELECT begin_batch($1, $2)";

    public const string Fence = "SELECT fence($1)";

    public const string InsertMessages =
        "INSERT INTO messages (message_key, envelope, content) SELECT * FROM unnest($1, $2, $3)";

    public const string InsertUnits =
        """
        INSERT INTO units (unit_id, tenant_key, message_key, units_of_message, recipient, due, stream, pool, provider, sending_domain)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """;

    public const string RetryUnits =
        """
        UPDATE units u SET due = s.due, attempts = s.attempts, first_attempt = s.first_attempt, crashes = s.crashes,
            possible_duplicate = s.possible_duplicate, settled_release = GREATEST(u.settled_release, s.release),
            delays_told = s.delays_told, pool = COALESCE(s.pool, u.pool), overflow_pool = s.overflow_pool
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            AS s (unit_id, due, attempts, first_attempt, crashes, possible_duplicate, release, delays_told, pool, overflow_pool)
        WHERE u.unit_id = s.unit_id
        """;

    public const string DeleteUnits = "DELETE FROM units u USING unnest($1) AS s (unit_id) WHERE u.unit_id = s.unit_id";

    public const string DeleteMessages = "DELETE FROM messages m USING unnest($1) AS s (message_key) WHERE m.message_key = s.message_key";

    public const string DeleteMessagesWithoutUnits =
        """
        DELETE FROM messages m USING unnest($1, $2) AS s (message_key, units)
        WHERE m.message_key = s.message_key
            AND NOT EXISTS (SELECT 1 FROM units u WHERE u.unit_id BETWEEN s.message_key + 1 AND s.message_key + s.units)
        """;

    // Units that are gone are left out: nothing will settle them.
    public const string InsertRelease =
        """
        INSERT INTO releases (release_id, incarnation, unit_ids)
        SELECT $1, $2, array_agg(u.unit_id) FROM unnest($3) AS s (unit_id) JOIN units u ON u.unit_id = s.unit_id AND u.settled_release < $1
        HAVING count(*) > 0 RETURNING unit_ids
        """;

    // Of one address the last entry, and always in the same order: batches that wait for each other's rows do not do so in a circle.
    public const string Suppress =
        """
        INSERT INTO suppressed (list, address, folded, reason, updated_at, message_id)
        SELECT DISTINCT ON (s.list, s.address) s.list, s.address, s.folded, s.reason, s.at, s.message
        FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY AS s (list, address, folded, reason, at, message, n)
        ORDER BY s.list, s.address, s.n DESC
        ON CONFLICT (list, address) DO UPDATE
        SET reason = excluded.reason, updated_at = excluded.updated_at, message_id = excluded.message_id
        """;

    public const string DeleteReleases = "DELETE FROM releases r USING unnest($1) AS s (release_id) WHERE r.release_id = s.release_id";

    public const string InsertEvents =
        """
        INSERT INTO events (day, position, tenant_key, sequence, at, kind, payload)
        SELECT $6, ((pg_current_xact_id()::text::bigint + $7) << 20) + s.n - 1, s.tenant_key, s.sequence, s.at, s.kind, s.payload
        FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS s (tenant_key, sequence, at, kind, payload, n)
        """;

    public const string InsertNotices =
        "INSERT INTO notices (tenant_key, sequence, at, kind, payload, message_id, set_name) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)";

    public const string InsertFacts =
        """
        INSERT INTO message_facts (message_id, day, set_name, facts) SELECT * FROM unnest($1, $2, $3, $4)
        ON CONFLICT (message_id) DO NOTHING
        """;

    public const string WriteFeedbackMarks =
        """
        INSERT INTO feedback_marks (day, tenant_key, unit, state) SELECT * FROM unnest($1, $2, $3, $4)
        ON CONFLICT (day, tenant_key, unit) DO UPDATE SET state = EXCLUDED.state
        """;

    public const string NameScopes =
        """
        INSERT INTO roll_up_scopes (tenant_key, scope, identity, configuration_set) SELECT * FROM unnest($1, $2, $3, $4)
        ON CONFLICT (tenant_key, scope) DO NOTHING
        """;

    /// <summary>The last one is the slot of the silo that writes.</summary>
    public static readonly string AddRollUps =
        $"""
        WITH news AS MATERIALIZED (
            SELECT * FROM unnest({string.Join(", ", Enumerable.Range(1, 4 + RollUpSql.Columns.Length).Select(i => $"${i}"))})
                AS n (tenant_key, hour, scope, provider, {string.Join(", ", RollUpSql.Columns)})),
        rows AS ({RollUpSums.AddRows}), days AS ({RollUpSums.AddDays})
        {RollUpSums.AddSums($"${5 + RollUpSql.Columns.Length}")}
        """;

    public const string WriteSnapshots =
        """
        UPDATE snapshots w SET applied_sequence = s.applied, state = s.state, counters = s.counters
        FROM unnest($1, $2, $3, $4) AS s (tenant_key, applied, state, counters) WHERE w.tenant_key = s.tenant_key
        """;

    public const string WriteStatus =
        """
        UPDATE tenants t SET sending_status = s.status, reputation_impact = s.impact
        FROM unnest($1, $2, $3) AS s (tenant_key, status, impact)
        WHERE t.tenant_key = s.tenant_key AND (t.sending_status, t.reputation_impact) IS DISTINCT FROM (s.status, s.impact)
        """;
}
