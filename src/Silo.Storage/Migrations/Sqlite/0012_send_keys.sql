-- Keys of sends, written with what they accepted: the same call again gets the answer of the first. In the order of hours, so that what is
-- written now lies together, and what is too old goes from the beginning.
CREATE TABLE send_keys (
    hour INTEGER NOT NULL,
    call BLOB NOT NULL,
    tenant_key INTEGER NOT NULL,
    content BLOB NOT NULL,
    message_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (hour, call, tenant_key)
) WITHOUT ROWID;
