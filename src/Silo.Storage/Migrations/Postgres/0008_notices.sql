-- Events that somebody outside is to be told of, until every destination has had them. Written with their event.
CREATE TABLE notices (
    tenant_key bigint NOT NULL,
    sequence bigint NOT NULL,
    at bigint NOT NULL,
    kind int NOT NULL,
    payload bytea NOT NULL,
    message_id text COLLATE "C",
    set_name text COLLATE "C",
    PRIMARY KEY (tenant_key, sequence)
) WITH (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_threshold = -1,
    autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);

ALTER TABLE notices ALTER COLUMN payload SET STORAGE EXTERNAL;

-- What notices tell of their message.
CREATE TABLE message_facts (
    message_id text COLLATE "C" PRIMARY KEY,
    day int NOT NULL,
    set_name text COLLATE "C",
    facts bytea NOT NULL
);
CREATE INDEX message_facts_by_day ON message_facts (day);

-- How far each destination is with a tenant's notices.
CREATE TABLE notice_cursors (
    tenant_key bigint NOT NULL,
    destination text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (tenant_key, destination)
) WITH (fillfactor = 70, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX notice_cursors_by_destination ON notice_cursors (destination);

-- Whose notices which incarnation publishes.
CREATE TABLE notice_claims (
    tenant_key bigint PRIMARY KEY,
    claimed_by bigint NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- Tenants that were deleted before their notices were out.
CREATE TABLE notice_tenants (
    tenant_key bigint PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL
);

-- Claims notices of up to so many tenants, those after the key first and then from the beginning, so that all get their turn. One process
-- at a time; who comes meanwhile gets none, and asks again.
CREATE FUNCTION claim_notices(me bigint, of_keys bigint[], after bigint, max_tenants int) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(1936289903, 4) THEN RETURN; END IF;
    PERFORM 1 FROM incarnations i WHERE i.incarnation = me AND NOT i.dead FOR SHARE;
    IF NOT FOUND THEN RETURN; END IF;
    RETURN QUERY
        WITH RECURSIVE later (key) AS (
            SELECT min(n.tenant_key) FROM notices n WHERE n.tenant_key > after AND of_keys IS NULL
            UNION ALL SELECT (SELECT min(n.tenant_key) FROM notices n WHERE n.tenant_key > l.key) FROM later l WHERE l.key IS NOT NULL),
        earlier (key) AS (
            SELECT min(n.tenant_key) FROM notices n WHERE n.tenant_key <= after AND of_keys IS NULL
            UNION ALL SELECT (SELECT min(n.tenant_key) FROM notices n WHERE n.tenant_key > e.key AND n.tenant_key <= after)
            FROM earlier e WHERE e.key IS NOT NULL),
        candidates (key) AS (
            SELECT l.key FROM later l UNION ALL SELECT e.key FROM earlier e
            UNION ALL SELECT DISTINCT k FROM unnest(of_keys) AS u (k) WHERE EXISTS (SELECT 1 FROM notices n WHERE n.tenant_key = k)),
        free (key) AS (
            SELECT c.key FROM candidates c WHERE c.key IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM notice_claims o JOIN incarnations i ON i.incarnation = o.claimed_by WHERE o.tenant_key = c.key AND NOT i.dead)
            LIMIT max_tenants)
        INSERT INTO notice_claims AS c (tenant_key, claimed_by) SELECT f.key, me FROM free f
            ON CONFLICT (tenant_key) DO UPDATE SET claimed_by = me RETURNING c.tenant_key;
END $$;

-- True while the claim holds, which it does then to the end of the transaction.
CREATE FUNCTION publishes_notices(me bigint, key bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM incarnations i WHERE i.incarnation = me AND NOT i.dead FOR SHARE;
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM 1 FROM notice_claims c WHERE c.tenant_key = key AND c.claimed_by = me FOR UPDATE;
    RETURN FOUND;
END $$;

-- A step that is lost in a crash of the database is made again: what was told is told twice then, which is allowed.
CREATE FUNCTION advance_notices(me bigint, key bigint, of_destination text, through bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    IF NOT publishes_notices(me, key) THEN RETURN false; END IF;
    INSERT INTO notice_cursors AS c (tenant_key, destination, sequence) VALUES (key, of_destination, through)
        ON CONFLICT (tenant_key, destination) DO UPDATE SET sequence = greatest(c.sequence, excluded.sequence);
    RETURN true;
END $$;

-- How many went; -1 when the claim is lost.
CREATE FUNCTION trim_notices(me bigint, key bigint, through bigint, at_once int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    IF NOT publishes_notices(me, key) THEN RETURN -1; END IF;
    DELETE FROM notices n WHERE n.tenant_key = key AND n.sequence <= coalesce((
        SELECT l.sequence FROM notices l WHERE l.tenant_key = key AND l.sequence <= through
        ORDER BY l.sequence OFFSET at_once - 1 LIMIT 1), through);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;

CREATE FUNCTION forget_notice_cursors(me bigint, key bigint, kept text[]) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF NOT publishes_notices(me, key) THEN RETURN false; END IF;
    PERFORM 1 FROM notices n WHERE n.tenant_key = key LIMIT 1;
    IF FOUND THEN
        DELETE FROM notice_cursors c WHERE c.tenant_key = key AND c.destination <> ALL (kept);
    ELSE
        DELETE FROM notice_cursors c WHERE c.tenant_key = key;
        DELETE FROM notice_tenants t WHERE t.tenant_key = key;
    END IF;
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION delete_tenant(me bigint, key bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    old tenants;
BEGIN
    PERFORM lock_control_plane();
    SELECT * INTO old FROM tenants t WHERE t.tenant_key = key AND t.owner = me FOR UPDATE;
    IF NOT FOUND THEN RETURN 0; END IF;
    PERFORM 1 FROM units u WHERE u.tenant_key = key LIMIT 1;
    IF FOUND THEN RETURN -1; END IF;
    DELETE FROM associations a WHERE a.tenant_name = old.name;
    DELETE FROM tags t WHERE t.arn = old.arn;
    INSERT INTO suppressed_gone (list) VALUES (key) ON CONFLICT DO NOTHING;
    INSERT INTO notice_tenants (tenant_key, name, tenant_id) SELECT key, old.name, old.tenant_id
        WHERE EXISTS (SELECT 1 FROM notices n WHERE n.tenant_key = key) ON CONFLICT DO NOTHING;
    DELETE FROM requests r WHERE r.tenant_key = key;
    DELETE FROM snapshots s WHERE s.tenant_key = key;
    DELETE FROM tenants t WHERE t.tenant_key = key;
    IF old.name <> '$account' THEN UPDATE counters SET value = value - 1 WHERE name = 'tenants'; END IF;
    RETURN 1;
END $$;
