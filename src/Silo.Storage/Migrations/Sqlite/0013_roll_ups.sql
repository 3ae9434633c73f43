-- What became of a tenant's sends by hour, scope (identity and configuration set) and mailbox provider, hours since the year 1.
-- Written with snapshots: what is here is what the events up to the snapshot say.
CREATE TABLE roll_ups (
    tenant_key INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    provider TEXT NOT NULL,
    sent INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    handed_over INTEGER NOT NULL,
    hard_bounced INTEGER NOT NULL,
    soft_bounced INTEGER NOT NULL,
    blocked INTEGER NOT NULL,
    deferred INTEGER NOT NULL,
    complained INTEGER NOT NULL,
    suppressed INTEGER NOT NULL,
    expired INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    clicked INTEGER NOT NULL,
    unsubscribed INTEGER NOT NULL,
    loop_delivered INTEGER NOT NULL,
    PRIMARY KEY (tenant_key, hour, scope, provider)
) WITHOUT ROWID;
CREATE INDEX roll_ups_by_hour ON roll_ups (hour);

-- The names of scopes. The number is a digest of the names, and stands in the ids of messages.
CREATE TABLE roll_up_scopes (
    tenant_key INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    identity TEXT NOT NULL,
    configuration_set TEXT,
    PRIMARY KEY (tenant_key, scope)
) WITHOUT ROWID;
