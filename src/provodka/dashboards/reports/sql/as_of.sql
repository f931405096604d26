WITH RECURSIVE
-- The visits as they stood at the instant: what began later is not there, what ended later is open.
seen AS MATERIALIZED (
  SELECT v.*,
    CASE WHEN v.left_at <= :as_of THEN v.exit ELSE 'open' END AS exit_then,
    CASE WHEN v.left_at <= :as_of THEN v.left_at END AS left_then,
    coalesce(CASE :by
      WHEN 'manager' THEN v.responsible::text
      WHEN 'department' THEN v.department::text
      WHEN 'source' THEN v.source
      WHEN 'client_kind' THEN v.client_kind
    END, '') AS grp,
    (CAST(:managers AS uuid[]) IS NULL OR v.responsible = ANY (CAST(:managers AS uuid[])))
    AND (CAST(:departments AS uuid[]) IS NULL
      OR v.department = ANY (CAST(:departments AS uuid[])))
    AND (CAST(:source AS text) IS NULL OR coalesce(v.source, '') = :source)
    AND (CAST(:client_kind AS text) IS NULL OR coalesce(v.client_kind, '') = :client_kind)
    AS wanted
  FROM report.stage_visit v
  WHERE v.entered_at <= :as_of
),
latest AS MATERIALIZED (
  SELECT DISTINCT ON (deal) * FROM seen ORDER BY deal, visit DESC
),
merged (deal, survivor) AS (
  SELECT deal, survivor FROM latest WHERE exit_then = 'merged'
  UNION
  SELECT m.deal, l.survivor FROM merged m JOIN latest l ON l.deal = m.survivor
  WHERE l.exit_then = 'merged'
),
-- Whose history each deal belongs to: its own, or that of the deal it was merged into.
subject AS MATERIALIZED (
  SELECT deal, deal AS subject FROM latest WHERE exit_then NOT IN ('deleted', 'merged')
  UNION ALL
  SELECT m.deal, m.survivor FROM merged m JOIN latest l ON l.deal = m.survivor
  WHERE l.exit_then NOT IN ('deleted', 'merged')
),
live AS MATERIALIZED (
  SELECT s.subject, v.* FROM seen v JOIN subject s ON s.deal = v.deal
  WHERE CAST(:scenario AS text) IS NULL OR v.scenario = :scenario
),
-- The state of each live deal: the last visit of the deal that survived.
state AS MATERIALIZED (
  SELECT s.subject, l.scenario, l.stage_kind, l.exit_then, l.entered_at, l.amount, l.currency,
    l.grp, l.wanted
  FROM subject s JOIN latest l ON l.deal = s.subject WHERE s.deal = s.subject
),
born AS (
  SELECT s.subject, min(v.deal_created_at) AS created_at
  FROM seen v JOIN subject s ON s.deal = v.deal GROUP BY s.subject
),
-- The deals created in the period, once per scenario, with what was true at their first entry.
cohort AS MATERIALIZED (
  SELECT f.* FROM (
    SELECT DISTINCT ON (subject, scenario) subject, scenario, grp, wanted
    FROM live ORDER BY subject, scenario, entered_at, deal, visit
  ) f JOIN born b ON b.subject = f.subject
  WHERE f.wanted AND b.created_at >= :since AND b.created_at < :until
),
-- The stages as known at the instant, or as first known if the instant is earlier.
known AS (
  SELECT DISTINCT ON (o.scenario, o.stage) o.*
  FROM report.stage_order o
  JOIN (SELECT scenario, greatest(min(seen_at), :as_of) AS moment
        FROM report.stage_order GROUP BY scenario) m
    ON m.scenario = o.scenario AND o.seen_at <= m.moment
  WHERE CAST(:scenario AS text) IS NULL OR o.scenario = :scenario
  ORDER BY o.scenario, o.stage, o.seen_at DESC
),
step AS (
  SELECT scenario, stage, name, rank, kind,
    row_number() OVER (PARTITION BY scenario ORDER BY kind = 'won', rank, stage) AS step
  FROM known WHERE kind <> 'lost'
)
