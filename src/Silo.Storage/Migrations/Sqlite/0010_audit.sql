-- Who changed what. A record is written before its change; its result is a row of its own, so that no row is ever altered.
CREATE TABLE audit_events (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    key_kind INTEGER NOT NULL,
    operation TEXT NOT NULL,
    resource TEXT,
    tenant_name TEXT,
    address TEXT
);
CREATE INDEX audit_events_by_at ON audit_events (at);
CREATE INDEX audit_events_by_key ON audit_events (key_id, id);
CREATE INDEX audit_events_by_tenant ON audit_events (tenant_name, id);

CREATE TABLE audit_results (
    id INTEGER PRIMARY KEY,
    status INTEGER NOT NULL,
    error TEXT
);
