-- Metrics as those of SES: messages with one recipient, in the hour of their acceptance. What was accepted before has none.
ALTER TABLE roll_ups ADD COLUMN metric_send integer NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_delivery integer NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_delivery_open integer NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_delivery_click integer NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_delivery_complaint integer NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_permanent_bounce integer NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_transient_bounce integer NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_complaint integer NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_open integer NOT NULL DEFAULT 0;
ALTER TABLE roll_ups ADD COLUMN metric_click integer NOT NULL DEFAULT 0;

-- The same by day, for whoever looks at weeks of one tenant; hour is the first of the day.
CREATE TABLE roll_up_days (
    tenant_key bigint NOT NULL,
    hour integer NOT NULL,
    scope integer NOT NULL,
    provider text COLLATE "C" NOT NULL,
    sent bigint NOT NULL,
    delivered bigint NOT NULL,
    handed_over bigint NOT NULL,
    hard_bounced bigint NOT NULL,
    soft_bounced bigint NOT NULL,
    blocked bigint NOT NULL,
    deferred bigint NOT NULL,
    complained bigint NOT NULL,
    suppressed bigint NOT NULL,
    expired bigint NOT NULL,
    cancelled bigint NOT NULL,
    rejected bigint NOT NULL,
    opened bigint NOT NULL,
    clicked bigint NOT NULL,
    unsubscribed bigint NOT NULL,
    loop_delivered bigint NOT NULL,
    metric_send bigint NOT NULL,
    metric_delivery bigint NOT NULL,
    metric_delivery_open bigint NOT NULL,
    metric_delivery_click bigint NOT NULL,
    metric_delivery_complaint bigint NOT NULL,
    metric_permanent_bounce bigint NOT NULL,
    metric_transient_bounce bigint NOT NULL,
    metric_complaint bigint NOT NULL,
    metric_open bigint NOT NULL,
    metric_click bigint NOT NULL,
    PRIMARY KEY (tenant_key, hour, scope, provider)
) WITH (fillfactor = 80);
CREATE INDEX roll_up_days_by_hour ON roll_up_days (hour);

-- Sums over tenants, written with the rows that they sum up. Kinds: 0 all mail, 1 one tenant, 2 one configuration set, 3 one identity
-- with one configuration set; an empty name is mail without one. Of each the bucket that begins with hour and is span hours long, for each
-- provider and, as provider *, for all of them together.
-- Silos write to rows of their own (slot), so that none waits for another; two with the same slot do, and are as exact.
CREATE TABLE roll_up_sums (
    kind smallint NOT NULL,
    span smallint NOT NULL,
    hour integer NOT NULL,
    provider text COLLATE "C" NOT NULL,
    tenant_key bigint NOT NULL,
    identity text COLLATE "C" NOT NULL,
    configuration_set text COLLATE "C" NOT NULL,
    slot smallint NOT NULL,
    sent bigint NOT NULL,
    delivered bigint NOT NULL,
    handed_over bigint NOT NULL,
    hard_bounced bigint NOT NULL,
    soft_bounced bigint NOT NULL,
    blocked bigint NOT NULL,
    deferred bigint NOT NULL,
    complained bigint NOT NULL,
    suppressed bigint NOT NULL,
    expired bigint NOT NULL,
    cancelled bigint NOT NULL,
    rejected bigint NOT NULL,
    opened bigint NOT NULL,
    clicked bigint NOT NULL,
    unsubscribed bigint NOT NULL,
    loop_delivered bigint NOT NULL,
    metric_send bigint NOT NULL,
    metric_delivery bigint NOT NULL,
    metric_delivery_open bigint NOT NULL,
    metric_delivery_click bigint NOT NULL,
    metric_delivery_complaint bigint NOT NULL,
    metric_permanent_bounce bigint NOT NULL,
    metric_transient_bounce bigint NOT NULL,
    metric_complaint bigint NOT NULL,
    metric_open bigint NOT NULL,
    metric_click bigint NOT NULL,
    PRIMARY KEY (kind, span, hour, provider, tenant_key, identity, configuration_set, slot)
) WITH (fillfactor = 80);
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
    kind, span, hour, provider, tenant_key, identity, configuration_set, slot, sent, delivered, handed_over, hard_bounced, soft_bounced,
    blocked, deferred, complained, suppressed, expired, cancelled, rejected, opened, clicked, unsubscribed, loop_delivered, metric_send,
    metric_delivery, metric_delivery_open, metric_delivery_click, metric_delivery_complaint, metric_permanent_bounce,
    metric_transient_bounce, metric_complaint, metric_open, metric_click)
SELECT
    k.kind, k.span, r.hour / k.span * k.span, CASE t.is_total WHEN 1 THEN '*' ELSE r.provider END,
    CASE k.kind WHEN 1 THEN r.tenant_key ELSE 0 END, CASE k.kind WHEN 3 THEN COALESCE(s.identity, '') ELSE '' END,
    CASE WHEN k.kind > 1 THEN COALESCE(s.configuration_set, '') ELSE '' END, 0, SUM(r.sent), SUM(r.delivered), SUM(r.handed_over),
    SUM(r.hard_bounced), SUM(r.soft_bounced), SUM(r.blocked), SUM(r.deferred), SUM(r.complained), SUM(r.suppressed), SUM(r.expired),
    SUM(r.cancelled), SUM(r.rejected), SUM(r.opened), SUM(r.clicked), SUM(r.unsubscribed), SUM(r.loop_delivered), 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0
FROM roll_ups r CROSS JOIN kinds k CROSS JOIN totals t
    LEFT JOIN roll_up_scopes s ON s.tenant_key = r.tenant_key AND s.scope = r.scope
GROUP BY 1, 2, 3, 4, 5, 6, 7;
