-- Who changed what. A record is written before its change; its result is a row of its own, so that no row is ever altered.
CREATE TABLE audit_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at bigint NOT NULL,
    request_id text NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    key_kind int NOT NULL,
    operation text NOT NULL,
    resource text,
    tenant_name text COLLATE "C",
    address text
);
CREATE INDEX audit_events_by_at ON audit_events (at);
CREATE INDEX audit_events_by_key ON audit_events (key_id, id);
CREATE INDEX audit_events_by_tenant ON audit_events (tenant_name, id);

CREATE TABLE audit_results (
    id bigint PRIMARY KEY,
    status int NOT NULL,
    error text
);

CREATE FUNCTION begin_audit(
    of_at bigint, of_request text, of_key text, of_kind int, of_operation text, of_resource text, of_tenant text, of_address text)
RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO audit_events (at, request_id, key_id, key_kind, operation, resource, tenant_name, address)
        VALUES (of_at, of_request, of_key, of_kind, of_operation, of_resource, of_tenant, of_address) RETURNING id;
$$;

CREATE FUNCTION end_audit(of_id bigint, of_status int, of_error text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_results (id, status, error) VALUES (of_id, of_status, of_error) ON CONFLICT DO NOTHING;
    RETURN 1;
END $$;

-- How many were dropped.
CREATE FUNCTION drop_audit(before bigint, at_once int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    gone bigint[];
BEGIN
    SELECT array_agg(o.id) INTO gone FROM (SELECT e.id FROM audit_events e WHERE e.at < before ORDER BY e.at LIMIT at_once) o;
    IF gone IS NULL THEN RETURN 0; END IF;
    DELETE FROM audit_results r WHERE r.id = ANY (gone);
    DELETE FROM audit_events e WHERE e.id = ANY (gone);
    RETURN array_length(gone, 1);
END $$;
