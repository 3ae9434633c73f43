-- What was told of units since they left: the same told again changes nothing. In the order of the days on which their messages were
-- accepted, so that what is too old to be told of goes from the beginning.
CREATE TABLE feedback_marks (
    day INTEGER NOT NULL,
    tenant_key INTEGER NOT NULL,
    unit BLOB NOT NULL,
    state INTEGER NOT NULL,
    PRIMARY KEY (day, tenant_key, unit)
) WITHOUT ROWID;
