-- What became of a tenant's sends by hour, scope (identity and configuration set) and mailbox provider, hours since the year 1.
-- Written with snapshots: what is here is what the events up to the snapshot say.
CREATE TABLE roll_ups (
    tenant_key bigint NOT NULL,
    hour integer NOT NULL,
    scope integer NOT NULL,
    provider text COLLATE "C" NOT NULL,
    sent integer NOT NULL,
    delivered integer NOT NULL,
    handed_over integer NOT NULL,
    hard_bounced integer NOT NULL,
    soft_bounced integer NOT NULL,
    blocked integer NOT NULL,
    deferred integer NOT NULL,
    complained integer NOT NULL,
    suppressed integer NOT NULL,
    expired integer NOT NULL,
    cancelled integer NOT NULL,
    rejected integer NOT NULL,
    opened integer NOT NULL,
    clicked integer NOT NULL,
    unsubscribed integer NOT NULL,
    loop_delivered integer NOT NULL,
    PRIMARY KEY (tenant_key, hour, scope, provider)
) WITH (fillfactor = 80);
CREATE INDEX roll_ups_by_hour ON roll_ups (hour);

-- The names of scopes. The number is a digest of the names, and stands in the ids of messages.
CREATE TABLE roll_up_scopes (
    tenant_key bigint NOT NULL,
    scope integer NOT NULL,
    identity text COLLATE "C" NOT NULL,
    configuration_set text COLLATE "C",
    PRIMARY KEY (tenant_key, scope)
);
