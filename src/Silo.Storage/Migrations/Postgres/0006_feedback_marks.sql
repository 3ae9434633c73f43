-- What was told of units since they left: the same told again changes nothing. In the order of the days on which their messages were
-- accepted, so that what is too old to be told of goes from the beginning.
CREATE TABLE feedback_marks (
    day integer NOT NULL,
    tenant_key bigint NOT NULL,
    unit bytea NOT NULL,
    state integer NOT NULL,
    PRIMARY KEY (day, tenant_key, unit)
);
