-- What message insights are searched by is made of the log, up to this position. Rows lie in tables insights_<day>, in slices of the time of
-- acceptance: a slice takes what was accepted from its first millisecond on, up to the next one's.
CREATE TABLE insight_state (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL
) WITH (fillfactor = 50);

INSERT INTO insight_state (position) VALUES (0);

CREATE TABLE insight_slices (
    slice bigint PRIMARY KEY,
    first_ms bigint NOT NULL,
    last_ms bigint NOT NULL,
    day int NOT NULL,
    rows bigint NOT NULL
) WITH (fillfactor = 70);

-- Files of export jobs, in parts.
CREATE TABLE export_parts (
    file text COLLATE "C" NOT NULL,
    number int NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (file, number)
);
ALTER TABLE export_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;
