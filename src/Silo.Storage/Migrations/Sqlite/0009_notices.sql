-- Events that somebody outside is to be told of, until every destination has had them. Written with their event.
CREATE TABLE notices (
    tenant_key INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    payload BLOB NOT NULL,
    message_id TEXT,
    set_name TEXT,
    PRIMARY KEY (tenant_key, sequence)
) WITHOUT ROWID;

-- What notices tell of their message. Rows are numbered by age, so that what is old goes from the beginning.
CREATE TABLE message_facts (
    id INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL UNIQUE,
    day INTEGER NOT NULL,
    set_name TEXT,
    facts BLOB NOT NULL
);
CREATE INDEX message_facts_by_day ON message_facts (day);

-- How far each destination is with a tenant's notices.
CREATE TABLE notice_cursors (
    tenant_key INTEGER NOT NULL,
    destination TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (tenant_key, destination)
) WITHOUT ROWID;
CREATE INDEX notice_cursors_by_destination ON notice_cursors (destination);

-- Tenants that were deleted before their notices were out.
CREATE TABLE notice_tenants (
    tenant_key INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    tenant_id TEXT NOT NULL
);
