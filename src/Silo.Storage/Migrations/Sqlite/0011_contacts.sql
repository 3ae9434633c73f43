-- Contacts by their list's id and the address in lower case. Topics: "+name" for in and "-name" for out, with blanks between.
CREATE TABLE contacts (
    list TEXT NOT NULL,
    folded TEXT NOT NULL,
    address TEXT NOT NULL,
    topics TEXT NOT NULL,
    left_all INTEGER NOT NULL,
    attributes TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (list, folded)
) WITHOUT ROWID;

-- Lists that are gone, whose contacts are cleared away a few at a time.
CREATE TABLE contacts_gone (
    list TEXT PRIMARY KEY
) WITHOUT ROWID;

-- Who wants no bulk mail of a tenant. Those of a tenant that is gone go with its suppression list.
CREATE TABLE opt_outs (
    tenant_key INTEGER NOT NULL,
    folded TEXT NOT NULL,
    address TEXT NOT NULL,
    at INTEGER NOT NULL,
    message_id TEXT,
    PRIMARY KEY (tenant_key, folded)
) WITHOUT ROWID;
