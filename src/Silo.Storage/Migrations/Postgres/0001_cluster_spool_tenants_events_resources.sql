-- Instants are ticks (100 ns) in UTC, as bigint; due at the maximum means set aside. Leases alone are instants of this server's clock.
-- Names compare ordinally: COLLATE "C".

CREATE SEQUENCE id_blocks;

-- A process that opened the store. Every batch holds its row FOR SHARE, so whoever marks it dead waits for the batch that runs, and
-- none commits after it. Renewals touch another row and wait for nothing.
CREATE TABLE incarnations (
    incarnation bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    address text NOT NULL,
    alone boolean NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    dead boolean NOT NULL DEFAULT false,
    swept boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);

CREATE INDEX incarnations_to_sweep ON incarnations (incarnation) WHERE dead AND NOT swept;

-- steady_since: from when on no two renewals lay more than half a lease apart.
CREATE TABLE leases (
    incarnation bigint PRIMARY KEY,
    expires_at timestamptz NOT NULL,
    steady_since timestamptz NOT NULL,
    taken boolean NOT NULL DEFAULT false
) WITH (fillfactor = 20);

-- The last batch that an incarnation stored.
CREATE TABLE batches (
    incarnation bigint PRIMARY KEY,
    number bigint NOT NULL,
    transaction_number bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20);

CREATE TABLE counters (
    name text PRIMARY KEY,
    value bigint NOT NULL
) WITH (fillfactor = 50);

-- tenants: how many there are, the account tenant not counted. log_offset: is added to transaction numbers to make positions of events.
INSERT INTO counters (name, value) VALUES ('tenants', 0), ('log_offset', 0);

CREATE TABLE tenants (
    tenant_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    tenant_id text COLLATE "C" NOT NULL UNIQUE,
    arn text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    sending_status text COLLATE "C" NOT NULL,
    reputation_impact text COLLATE "C",
    owner bigint
) WITH (fillfactor = 80);

CREATE INDEX tenants_by_status ON tenants (sending_status, name);
CREATE INDEX tenants_with_finding ON tenants (reputation_impact, name) WHERE reputation_impact IS NOT NULL;
CREATE INDEX tenants_by_owner ON tenants (owner, tenant_key);

CREATE TABLE requests (
    tenant_key bigint PRIMARY KEY,
    incarnation bigint NOT NULL,
    asked_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Apart from the tenants: written often and long, while lists run over short rows.
CREATE TABLE snapshots (
    tenant_key bigint PRIMARY KEY,
    applied_sequence bigint NOT NULL,
    state bytea NOT NULL,
    counters bytea NOT NULL
) WITH (fillfactor = 70, toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- Bodies up to a page stay in their row: one insertion instead of one for each 2 KB.
CREATE TABLE messages (
    message_key bigint PRIMARY KEY,
    envelope bytea NOT NULL,
    content bytea NOT NULL
) WITH (
    toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE units (
    unit_id bigint PRIMARY KEY,
    tenant_key bigint NOT NULL,
    message_key bigint NOT NULL,
    units_of_message int NOT NULL,
    recipient text COLLATE "C" NOT NULL,
    due bigint NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    first_attempt bigint,
    crashes int NOT NULL DEFAULT 0,
    possible_duplicate boolean NOT NULL DEFAULT false,
    settled_release bigint NOT NULL DEFAULT 0
) WITH (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_threshold = -1,
    autovacuum_analyze_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);

-- Neither is worth compressing on the way in, and nothing of it is searched.
ALTER TABLE messages ALTER COLUMN envelope SET STORAGE EXTERNAL, ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE snapshots ALTER COLUMN state SET STORAGE EXTERNAL, ALTER COLUMN counters SET STORAGE EXTERNAL;

CREATE INDEX units_by_due ON units (tenant_key, due, unit_id);

CREATE TABLE releases (
    release_id bigint PRIMARY KEY,
    incarnation bigint NOT NULL,
    unit_ids bigint[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX releases_by_incarnation ON releases (incarnation);

-- A partition per day (days since 0001-01-01), made ahead of time. Retention detaches and drops them.
CREATE TABLE events (
    day int NOT NULL,
    position bigint NOT NULL,
    tenant_key bigint NOT NULL,
    sequence bigint NOT NULL,
    at bigint NOT NULL,
    kind int NOT NULL,
    payload bytea NOT NULL
) PARTITION BY LIST (day);

ALTER TABLE events ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX events_by_position ON events (position, day);
CREATE INDEX events_by_tenant ON events (tenant_key, sequence);

CREATE TABLE resources (
    kind int NOT NULL,
    name text COLLATE "C" NOT NULL,
    arn text COLLATE "C" NOT NULL UNIQUE,
    document bytea NOT NULL,
    created_at bigint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (kind, name)
);

CREATE TABLE tags (
    arn text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (arn, key)
);

CREATE TABLE associations (
    tenant_name text COLLATE "C" NOT NULL,
    resource_arn text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    kind int NOT NULL,
    resource_name text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (tenant_name, resource_arn)
);

CREATE INDEX associations_by_resource ON associations (resource_arn, tenant_name);

-- First in each batch. Of two attempts at one batch the second waits for the first and then fails, if that was stored. Returns what
-- the positions of the batch's events begin with, without the offset.
CREATE FUNCTION begin_batch(me bigint, next bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    mine bigint := pg_current_xact_id()::text::bigint;
BEGIN
    UPDATE batches SET number = next, transaction_number = mine WHERE incarnation = me AND number = next - 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'batch % does not follow the last one of incarnation %', next, me USING ERRCODE = 'SI002';
    END IF;
    RETURN mine;
END $$;

-- Last in each batch, so that a process that is stopped while it sends holds nobody up, and in each other change.
CREATE FUNCTION fence(me bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM incarnations WHERE incarnation = me AND NOT dead FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'incarnation % has ended', me USING ERRCODE = 'SI001';
    END IF;
END $$;

-- Who waits here waits for another change of tenants or resources; the order is the same for all, so nobody waits in a circle.
CREATE FUNCTION lock_control_plane() RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(1936289903, 1)
$$;

-- The new key, 0 when the name is taken, -1 when there are too many.
CREATE FUNCTION create_tenant(
    me bigint, new_name text, new_id text, new_arn text, created bigint, status text, impact text, applied bigint, new_state bytea,
    new_counters bytea, tag_keys text[], tag_values text[], max_tenants bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    new_key bigint;
    counted boolean := new_name <> '$account';
BEGIN
    PERFORM lock_control_plane();
    PERFORM 1 FROM tenants WHERE name = new_name;
    IF FOUND THEN RETURN 0; END IF;
    IF counted THEN
        UPDATE counters SET value = value + 1 WHERE name = 'tenants' AND value < max_tenants;
        IF NOT FOUND THEN RETURN -1; END IF;
    END IF;
    INSERT INTO tenants (name, tenant_id, arn, created_at, sending_status, reputation_impact, owner)
        VALUES (new_name, new_id, new_arn, created, status, impact, me) RETURNING tenant_key INTO new_key;
    INSERT INTO snapshots (tenant_key, applied_sequence, state, counters) VALUES (new_key, applied, new_state, new_counters);
    PERFORM put_tags(new_arn, tag_keys, tag_values);
    RETURN new_key;
END $$;

-- 1 when it is gone, 0 when there was none (of this incarnation), -1 when it has mail.
CREATE FUNCTION delete_tenant(me bigint, key bigint) RETURNS bigint LANGUAGE plpgsql AS $$
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
    DELETE FROM requests r WHERE r.tenant_key = key;
    DELETE FROM snapshots s WHERE s.tenant_key = key;
    DELETE FROM tenants t WHERE t.tenant_key = key;
    IF old.name <> '$account' THEN UPDATE counters SET value = value - 1 WHERE name = 'tenants'; END IF;
    RETURN 1;
END $$;

-- 1 when the other one has it now, 0 when that one has ended. Its row is held, so that it cannot end in between and be taken for swept.
-- A request that is being made once more is passed over: tenants are given in any order, and waiting for one could be in a circle. Its
-- claim takes it away.
CREATE FUNCTION hand_tenant(me bigint, key bigint, other bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM requests r USING (
        SELECT q.tenant_key FROM requests q WHERE q.tenant_key = key AND q.incarnation = other FOR UPDATE SKIP LOCKED) AS answered
        WHERE r.tenant_key = answered.tenant_key;
    PERFORM 1 FROM incarnations i WHERE i.incarnation = other AND NOT i.dead FOR SHARE;
    IF NOT FOUND THEN RETURN 0; END IF;
    UPDATE tenants SET owner = other WHERE tenant_key = key AND owner = me;
    RETURN 1;
END $$;

-- 1 when nobody has it now, 0 when it has mail.
CREATE FUNCTION release_tenant(me bigint, key bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM units u WHERE u.tenant_key = key LIMIT 1;
    IF FOUND THEN RETURN 0; END IF;
    UPDATE tenants SET owner = NULL WHERE tenant_key = key AND owner = me;
    RETURN 1;
END $$;

CREATE FUNCTION put_tags(of_arn text, keys text[], new_values text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO tags (arn, key, value) SELECT of_arn, t.key, t.value FROM unnest(keys, new_values) AS t (key, value)
    ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value
$$;

-- 1 when created, 0 when it exists, -1 when there are too many.
CREATE FUNCTION create_resource(
    of_kind int, new_name text, new_arn text, new_document bytea, created bigint, tag_keys text[], tag_values text[], max_of_kind bigint)
    RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_control_plane();
    PERFORM 1 FROM resources WHERE kind = of_kind AND name = new_name;
    IF FOUND THEN RETURN 0; END IF;
    IF (SELECT count(*) FROM resources WHERE kind = of_kind) >= max_of_kind THEN RETURN -1; END IF;
    INSERT INTO resources (kind, name, arn, document, created_at, version) VALUES (of_kind, new_name, new_arn, new_document, created, 1);
    PERFORM put_tags(new_arn, tag_keys, tag_values);
    RETURN 1;
END $$;

CREATE FUNCTION replace_resource(of_kind int, of_name text, new_document bytea, expected_version bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_control_plane();
    UPDATE resources SET document = new_document, version = version + 1
        WHERE kind = of_kind AND name = of_name AND version = expected_version;
    RETURN CASE WHEN FOUND THEN 1 ELSE 0 END;
END $$;

-- 1 when deleted, 0 when there is none, -1 when a tenant is associated with it.
CREATE FUNCTION delete_resource(of_kind int, of_name text, of_arn text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_control_plane();
    PERFORM 1 FROM resources WHERE kind = of_kind AND name = of_name;
    IF NOT FOUND THEN RETURN 0; END IF;
    PERFORM 1 FROM associations WHERE resource_arn = of_arn LIMIT 1;
    IF FOUND THEN RETURN -1; END IF;
    DELETE FROM resources WHERE kind = of_kind AND name = of_name;
    DELETE FROM tags WHERE arn = of_arn;
    RETURN 1;
END $$;

-- 1 when set, 0 when there would be too many.
CREATE FUNCTION set_tags(of_arn text, keys text[], new_values text[], max_tags bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_control_plane();
    IF (SELECT count(*) FROM (SELECT key FROM tags WHERE arn = of_arn UNION SELECT unnest(keys)) AS k) > max_tags THEN RETURN 0; END IF;
    PERFORM put_tags(of_arn, keys, new_values);
    RETURN 1;
END $$;

CREATE FUNCTION remove_tags(of_arn text, keys text[]) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_control_plane();
    DELETE FROM tags WHERE arn = of_arn AND key = ANY (keys);
    RETURN 1;
END $$;

-- 1 when associated, 0 when it was, -1 without the tenant, -2 without the resource, -3 when there are too many.
CREATE FUNCTION associate(
    of_tenant text, of_tenant_id text, of_arn text, of_kind int, of_name text, created bigint, max_per_tenant bigint)
    RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_control_plane();
    -- By id as well: a tenant that was deleted and made again under its name is another one.
    PERFORM 1 FROM tenants WHERE name = of_tenant AND tenant_id = of_tenant_id;
    IF NOT FOUND THEN RETURN -1; END IF;
    PERFORM 1 FROM resources WHERE kind = of_kind AND name = of_name AND arn = of_arn;
    IF NOT FOUND THEN RETURN -2; END IF;
    PERFORM 1 FROM associations WHERE tenant_name = of_tenant AND resource_arn = of_arn;
    IF FOUND THEN RETURN 0; END IF;
    IF (SELECT count(*) FROM associations WHERE tenant_name = of_tenant) >= max_per_tenant THEN RETURN -3; END IF;
    INSERT INTO associations (tenant_name, resource_arn, tenant_id, kind, resource_name, created_at)
        VALUES (of_tenant, of_arn, of_tenant_id, of_kind, of_name, created);
    RETURN 1;
END $$;

CREATE FUNCTION dissociate(of_tenant text, of_arn text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_control_plane();
    DELETE FROM associations WHERE tenant_name = of_tenant AND resource_arn = of_arn;
    RETURN CASE WHEN FOUND THEN 1 ELSE 0 END;
END $$;

-- Marks an incarnation dead whose lease lapsed. Not before this one's own was steady for a whole lease, and has half of one left: after
-- a time in which nobody could renew all have lapsed, and whoever comes back first must not end the others. 1 when this call did it.
CREATE FUNCTION take_over(me bigint, other bigint, lease interval) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM leases l WHERE l.incarnation = me AND NOT l.taken AND l.expires_at - clock_timestamp() >= lease / 2
        AND l.steady_since <= clock_timestamp() - lease;
    IF NOT FOUND THEN RETURN 0; END IF;
    PERFORM fence(me);
    PERFORM 1 FROM leases l WHERE l.incarnation = other AND NOT l.taken AND l.expires_at < clock_timestamp() FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN RETURN 0; END IF;
    -- A batch whose sender is stopped would hold rows for as long as that lasts.
    PERFORM pg_terminate_backend(a.pid) FROM pg_stat_activity a
        WHERE a.datname = current_database() AND a.application_name = 'Silo writer ' || other AND a.usename = current_user;
    RETURN end_incarnation(other);
END $$;

CREATE FUNCTION end_incarnation(which bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    UPDATE leases l SET taken = true WHERE l.incarnation = which;
    UPDATE incarnations i SET dead = true WHERE i.incarnation = which;
    RETURN 1;
END $$;

-- Events of transactions that are below every batch under way: positions are given before the commit, so a later one may show first.
-- What a reader sees first is the end; only then it looks who is still at it, and reads what is below with a snapshot of its own.
CREATE FUNCTION read_events(after bigint, max_events int, log_offset bigint)
    RETURNS TABLE ("position" bigint, tenant_key bigint, sequence bigint, at bigint, kind int, payload bytea)
    LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    horizon bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
    running bigint;
BEGIN
    -- Numbers of sessions lack their epoch.
    SELECT min(CASE WHEN n > horizon + 2147483648 THEN n - 4294967296 ELSE n END) INTO running
        FROM (SELECT ((horizon >> 32) << 32) + a.backend_xid::text::bigint AS n FROM pg_stat_activity a
            WHERE a.datname = current_database() AND a.application_name LIKE 'Silo writer %' AND a.backend_xid IS NOT NULL) AS sessions;
    IF running < horizon THEN horizon := running; END IF;
    RETURN QUERY SELECT e.position, e.tenant_key, e.sequence, e.at, e.kind, e.payload FROM events e
        WHERE e.position > after AND e.position < (horizon + log_offset) << 20 ORDER BY e.position LIMIT max_events;
END $$;
