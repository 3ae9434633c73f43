-- Addresses that get no mail: list 0 is the account's, the others are tenants' keys. Sends look by the folded address, calls by the exact one.
CREATE TABLE suppressed (
    list INTEGER NOT NULL,
    address TEXT NOT NULL,
    folded TEXT NOT NULL,
    reason INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    message_id TEXT,
    PRIMARY KEY (list, address)
) WITHOUT ROWID;
CREATE INDEX suppressed_by_folded ON suppressed (folded, list);

-- Lists of tenants that are gone. Keys are not used again, so their entries are found by nobody, and are cleared away a few at a time.
CREATE TABLE suppressed_gone (
    list INTEGER PRIMARY KEY
);
