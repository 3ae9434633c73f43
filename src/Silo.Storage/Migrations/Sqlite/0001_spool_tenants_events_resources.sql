-- Everything is laid out in the order of its arrival: with many tenants, a key that begins with the tenant makes each row
-- of a batch dirty a page of its own.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

-- ids: reserved up to here. commits: one more with each batch, so that a reader can tell which commit it sees.
-- tenants: how many there are, the account tenant not counted. snapshots_behind: no event up to this position is younger
-- than the snapshot of its tenant.
INSERT INTO meta (name, value) VALUES ('ids', 0), ('commits', 0), ('tenants', 0), ('snapshots_behind', 0);

-- AUTOINCREMENT: the key of a deleted tenant is never used again.
CREATE TABLE tenants (
    tenant_key INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    tenant_id TEXT NOT NULL UNIQUE,
    arn TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    sending_status TEXT NOT NULL,
    reputation_impact TEXT
);

CREATE INDEX tenants_by_status ON tenants (sending_status, name);
CREATE INDEX tenants_with_finding ON tenants (reputation_impact, name) WHERE reputation_impact IS NOT NULL;

-- Apart from the tenants: written often and long, while lists run over short rows.
CREATE TABLE snapshots (
    tenant_key INTEGER PRIMARY KEY,
    applied_sequence INTEGER NOT NULL,
    state BLOB NOT NULL,
    counters BLOB NOT NULL
);

CREATE TABLE messages (
    message_key INTEGER PRIMARY KEY,
    envelope BLOB NOT NULL,
    content BLOB NOT NULL
);

-- Instants are ticks (100 ns) in UTC; due at the maximum means set aside.
CREATE TABLE units (
    unit_id INTEGER PRIMARY KEY,
    tenant_key INTEGER NOT NULL REFERENCES tenants,
    message_key INTEGER NOT NULL,
    units_of_message INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    first_attempt INTEGER,
    crashes INTEGER NOT NULL DEFAULT 0,
    possible_duplicate INTEGER NOT NULL DEFAULT 0,
    settled_release INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX units_by_due ON units (tenant_key, due);

CREATE TABLE releases (
    release_id INTEGER PRIMARY KEY,
    unit_ids BLOB NOT NULL
);

-- The log is cut into tables events_<segment_id>, so that retention drops a table and never deletes rows.
-- A segment holds the positions from its first one up to the next segment's.
CREATE TABLE event_segments (
    segment_id INTEGER PRIMARY KEY,
    first_position INTEGER NOT NULL,
    day INTEGER NOT NULL
);

CREATE TABLE resources (
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    arn TEXT NOT NULL,
    document BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
);

CREATE UNIQUE INDEX resources_by_arn ON resources (arn);

CREATE TABLE tags (
    arn TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (arn, key)
) WITHOUT ROWID;

CREATE TABLE associations (
    tenant_name TEXT NOT NULL,
    resource_arn TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    kind INTEGER NOT NULL,
    resource_name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_name, resource_arn)
) WITHOUT ROWID;

CREATE INDEX associations_by_resource ON associations (resource_arn, tenant_name);
