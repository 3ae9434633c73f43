-- Keys of sends, written with what they accepted: the same call again gets the answer of the first. In the order of hours, so that what is
-- written now lies together. Four parts take turns by the day; the one that comes two days from now is emptied whole, without a delete.
CREATE TABLE send_keys (
    slot smallint NOT NULL,
    hour integer NOT NULL,
    call bytea NOT NULL,
    tenant_key bigint NOT NULL,
    content bytea NOT NULL,
    message_id text NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (slot, hour, call, tenant_key)
) PARTITION BY LIST (slot);
CREATE TABLE send_keys_0 PARTITION OF send_keys FOR VALUES IN (0);
CREATE TABLE send_keys_1 PARTITION OF send_keys FOR VALUES IN (1);
CREATE TABLE send_keys_2 PARTITION OF send_keys FOR VALUES IN (2);
CREATE TABLE send_keys_3 PARTITION OF send_keys FOR VALUES IN (3);
