-- A lead is a deal as it was created; qualified when it first goes beyond its first stage.
, entry AS MATERIALIZED (
  SELECT v.*, row_number() OVER (PARTITION BY subject, scenario ORDER BY entered_at, deal, visit)
    AS nth
  FROM live v
),
first_stage AS (
  SELECT e.subject, e.scenario, e.rank, e.responsible, e.entered_at FROM entry e WHERE e.nth = 1
),
turned AS MATERIALIZED (
  SELECT e.subject, e.scenario,
    min(e.entered_at) FILTER (WHERE e.stage_kind = 'won'
      OR (e.stage_kind = 'open' AND e.rank > f.rank)) AS qualified_at,
    min(e.entered_at) FILTER (WHERE e.stage_kind = 'lost') AS lost_at,
    max(e.left_then) AS gone_at, bool_or(e.exit_then = 'open') AS stays
  FROM entry e JOIN first_stage f ON f.subject = e.subject AND f.scenario = e.scenario
  GROUP BY e.subject, e.scenario
),
-- A proposal that was sent again keeps the moment of its first sending.
sent AS (
  SELECT s.subject, min(p.sent_at) FILTER (WHERE p.sent_at <= :as_of) AS sent_at
  FROM report.proposal_version p JOIN subject s ON s.deal = p.deal_id
  WHERE p.valid_from <= :as_of GROUP BY s.subject
),
overdue AS MATERIALIZED (
  SELECT DISTINCT deal_id FROM report.task_version
  WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
    AND (deleted_at IS NULL OR deleted_at > :as_of) AND status = 'open' AND due_at < :as_of
    AND deal_id IS NOT NULL
),
lead AS MATERIALIZED (
  SELECT c.subject, c.scenario, c.grp, b.created_at,
    CASE WHEN t.qualified_at IS NOT NULL
        AND (t.lost_at IS NULL OR t.qualified_at <= t.lost_at) THEN 'qualified'
      WHEN t.lost_at IS NOT NULL THEN 'lost' ELSE 'open' END AS state,
    least(t.qualified_at, t.lost_at, CASE WHEN NOT t.stays THEN t.gone_at END, :as_of) AS until_at,
    s.subject IS NOT NULL AS proposed, s.sent_at,
    CASE WHEN z.stage_kind <> 'open' AND z.exit_then = 'open' THEN z.entered_at END AS closed_at,
    CASE WHEN e.calendar = ANY (CAST(:zone_code AS text[])) THEN e.calendar ELSE '' END AS code,
    k.deal_id IS NOT NULL AS late
  FROM cohort c JOIN born b ON b.subject = c.subject
  JOIN turned t ON t.subject = c.subject AND t.scenario = c.scenario
  JOIN first_stage f ON f.subject = c.subject AND f.scenario = c.scenario
  JOIN state z ON z.subject = c.subject
  LEFT JOIN sent s ON s.subject = c.subject
  LEFT JOIN overdue k ON k.deal_id = c.subject
  LEFT JOIN report.employee_version e ON e.document = f.responsible
    AND e.valid_from <= f.entered_at AND (e.valid_to IS NULL OR e.valid_to > f.entered_at)
),
measured AS MATERIALIZED (
  SELECT l.scenario, l.grp, m.measure, m.state, m.until_at, l.created_at, l.code
  FROM lead l CROSS JOIN LATERAL (VALUES
    ('conversion', l.state, greatest(l.until_at, l.created_at)),
    ('proposal', CASE WHEN NOT l.proposed THEN NULL WHEN l.sent_at IS NOT NULL THEN 'sent'
      ELSE 'open' END, greatest(coalesce(l.sent_at, least(l.closed_at, :as_of)), l.created_at))
    ) AS m (measure, state, until_at)
  WHERE m.state IS NOT NULL
),
sample AS (
  SELECT m.scenario, m.grp, m.state, m.measure || ' ' || x.clock AS measure,
    greatest(0, round(x.length))::bigint AS length
  FROM measured m
  CROSS JOIN LATERAL (VALUES
    ('wall', extract(epoch FROM m.until_at - m.created_at)::float8),
    ('working', $worked(m.created_at, m.until_at, m.code))
  ) AS x (clock, length)
)
