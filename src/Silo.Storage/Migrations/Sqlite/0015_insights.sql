-- What message insights are searched by is made of the log; meta's "insights" is the position up to which that is done. Rows lie in tables
-- insights_<day>, in slices of the time of acceptance: a slice takes what was accepted from its first millisecond on, up to the next one's.
CREATE TABLE insight_slices (
    slice INTEGER PRIMARY KEY,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    day INTEGER NOT NULL,
    rows INTEGER NOT NULL
);

INSERT INTO meta (name, value) VALUES ('insights', 0);

-- Files of export jobs, in parts.
CREATE TABLE export_parts (
    file TEXT NOT NULL,
    number INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (file, number)
);
