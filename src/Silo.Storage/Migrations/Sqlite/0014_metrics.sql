-- Metrics as those of SES: messages with one recipient, in the hour of their acceptance. What was accepted before has none.
ALTER TABLE roll_ups ADD COLUMN metric_send INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_delivery INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_delivery_open INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_delivery_click INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_delivery_complaint INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_permanent_bounce INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_transient_bounce INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_complaint INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_open INTEGER NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_click INTEGER NOT NULL DEFAULT 0;

-- The same by day, for whoever looks at weeks of one tenant; hour is the first of the day.
CREATE TABLE roll_up_days (
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
    metric_send INTEGER NOT NULL,
    metric_delivery INTEGER NOT NULL,
    metric_delivery_open INTEGER NOT NULL,
    metric_delivery_click INTEGER NOT NULL,
    metric_delivery_complaint INTEGER NOT NULL,
    metric_permanent_bounce INTEGER NOT NULL,
    metric_transient_bounce INTEGER NOT NULL,
    metric_complaint INTEGER NOT NULL,
    metric_open INTEGER NOT NULL,
    metric_click INTEGER NOT NULL,
    PRIMARY KEY (tenant_key, hour, scope, provider)
) WITHOUT ROWID;
CREATE INDEX roll_up_days_by_hour ON roll_up_days (hour);

-- Sums over tenants, written with the rows that they sum up. Kinds: 0 all mail, 1 one tenant, 2 one configuration set, 3 one identity
-- with one configuration set; an empty name is mail without one. Of each the bucket that begins with hour and is span hours long, for each
-- provider and, as provider *, for all of them together.
CREATE TABLE roll_up_sums (
    kind INTEGER NOT NULL,
    span INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    provider TEXT NOT NULL,
    tenant_key INTEGER NOT NULL,
    identity TEXT NOT NULL,
    configuration_set TEXT NOT NULL,
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
    metric_send INTEGER NOT NULL,
    metric_delivery INTEGER NOT NULL,
    metric_delivery_open INTEGER NOT NULL,
    metric_delivery_click INTEGER NOT NULL,
    metric_delivery_complaint INTEGER NOT NULL,
    metric_permanent_bounce INTEGER NOT NULL,
    metric_transient_bounce INTEGER NOT NULL,
    metric_complaint INTEGER NOT NULL,
    metric_open INTEGER NOT NULL,
    metric_click INTEGER NOT NULL,
    PRIMARY KEY (kind, span, hour, provider, tenant_key, identity, configuration_set)
) WITHOUT ROWID;
-- The series of one name; rankings of all names go by the primary key.
CREATE INDEX roll_up_sums_by_name ON roll_up_sums (kind, identity, configuration_set, span, hour, provider) WHERE kind > 1;
-- By name, for names that several tenants have.
CREATE INDEX roll_up_scopes_by_name ON roll_up_scopes (identity, configuration_set);

INSERT INTO roll_up_days (
    tenant_key, hour, scope, provider, sent, delivered, handed_over, hard_bounced, soft_bounced, blocked, deferred, complained,
    suppressed, expired, cancelled, rejected, opened, clicked, unsubscribed, loop_delivered, metric_send, metric_delivery,
    metric_delivery_open, metric_delivery_click, metric_delivery_complaint, metric_permanent_bounce, metric_transient_bounce,
    metric_complaint, metric_open, metric_click)
SELECT
    tenant_key, hour / 24 * 24, scope, provider, SUM(sent), SUM(delivered), SUM(handed_over), SUM(hard_bounced), SUM(soft_bounced),
    SUM(blocked), SUM(deferred), SUM(complained), SUM(suppressed), SUM(expired), SUM(cancelled), SUM(rejected), SUM(opened),
    SUM(clicked), SUM(unsubscribed), SUM(loop_delivered), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM roll_ups GROUP BY tenant_key, hour / 24 * 24, scope, provider;

WITH kinds (kind, span) AS (VALUES (0, 1), (0, 24), (1, 24), (1, 144), (2, 1), (2, 24), (2, 144), (3, 1), (3, 24), (3, 144)),
    totals (is_total) AS (VALUES (0), (1))
INSERT INTO roll_up_sums (
    kind, span, hour, provider, tenant_key, identity, configuration_set, sent, delivered, handed_over, hard_bounced, soft_bounced,
    blocked, deferred, complained, suppressed, expired, cancelled, rejected, opened, clicked, unsubscribed, loop_delivered, metric_send,
    metric_delivery, metric_delivery_open, metric_delivery_click, metric_delivery_complaint, metric_permanent_bounce,
    metric_transient_bounce, metric_complaint, metric_open, metric_click)
SELECT
    k.kind, k.span, r.hour / k.span * k.span, CASE t.is_total WHEN 1 THEN '*' ELSE r.provider END,
    CASE k.kind WHEN 1 THEN r.tenant_key ELSE 0 END, CASE k.kind WHEN 3 THEN COALESCE(s.identity, '') ELSE '' END,
    CASE WHEN k.kind > 1 THEN COALESCE(s.configuration_set, '') ELSE '' END, SUM(r.sent), SUM(r.delivered), SUM(r.handed_over),
    SUM(r.hard_bounced), SUM(r.soft_bounced), SUM(r.blocked), SUM(r.deferred), SUM(r.complained), SUM(r.suppressed), SUM(r.expired),
    SUM(r.cancelled), SUM(r.rejected), SUM(r.opened), SUM(r.clicked), SUM(r.unsubscribed), SUM(r.loop_delivered), 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0
FROM roll_ups r CROSS JOIN kinds k CROSS JOIN totals t
    LEFT JOIN roll_up_scopes s ON s.tenant_key = r.tenant_key AND s.scope = r.scope
GROUP BY 1, 2, 3, 4, 5, 6, 7;
