-- Addresses that get no mail: list 0 is the account's, the others are tenants' keys. Sends look by the folded address, calls by the exact one.
CREATE TABLE suppressed (
    list bigint NOT NULL,
    address text COLLATE "C" NOT NULL,
    folded text COLLATE "C" NOT NULL,
    reason int NOT NULL,
    updated_at bigint NOT NULL,
    message_id text COLLATE "C",
    PRIMARY KEY (list, address)
);
CREATE INDEX suppressed_by_folded ON suppressed (folded, list);

-- Lists of tenants that are gone. Keys are not used again, so their entries are found by nobody, and are cleared away a few at a time.
CREATE TABLE suppressed_gone (
    list bigint PRIMARY KEY
);

-- 1 when it is there now, 0 without the tenant. A null name is the account's list.
CREATE FUNCTION put_suppressed(
    of_tenant text, of_address text, of_folded text, of_reason int, at bigint, of_message text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    of_list bigint := 0;
BEGIN
    IF of_tenant IS NOT NULL THEN
        SELECT t.tenant_key INTO of_list FROM tenants t WHERE t.name = of_tenant;
        IF NOT FOUND THEN RETURN 0; END IF;
    END IF;
    INSERT INTO suppressed AS s (list, address, folded, reason, updated_at, message_id)
        VALUES (of_list, of_address, of_folded, of_reason, at, of_message)
        ON CONFLICT (list, address) DO UPDATE
        SET reason = excluded.reason, updated_at = excluded.updated_at, message_id = excluded.message_id;
    RETURN 1;
END $$;

CREATE FUNCTION delete_suppressed(of_tenant text, of_address text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM suppressed s WHERE s.address = of_address
        AND s.list = CASE WHEN of_tenant IS NULL THEN 0 ELSE (SELECT t.tenant_key FROM tenants t WHERE t.name = of_tenant) END;
    RETURN CASE WHEN FOUND THEN 1 ELSE 0 END;
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
    DELETE FROM requests r WHERE r.tenant_key = key;
    DELETE FROM snapshots s WHERE s.tenant_key = key;
    DELETE FROM tenants t WHERE t.tenant_key = key;
    IF old.name <> '$account' THEN UPDATE counters SET value = value - 1 WHERE name = 'tenants'; END IF;
    RETURN 1;
END $$;
